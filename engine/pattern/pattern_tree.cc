#include "engine/pattern/pattern_tree.h"

#include <algorithm>
#include <charconv>

#include "engine/base/ensure.h"
#include "engine/pattern/characters.h"

namespace tocsin {
namespace {

void print_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

void print_regex(std::string& out, const Regex& regex) {
  out += '%';
  out += regex.text();
  out += '%';
}

void print(std::string& out, const ConditionNode& node) {
  if (node.kind == ConditionNode::Kind::kCondition) {
    out += to_text(node.condition);
    return;
  }
  const bool all = node.kind == ConditionNode::Kind::kAnd;
  const char* separator = "";
  for (const ConditionNode& child : node.children) {
    out += separator;
    separator = all ? " && " : " || ";
    // && binds tighter than ||, and by itself makes its operands one node.
    const bool plain =
        child.kind == ConditionNode::Kind::kCondition || (!all && child.kind == ConditionNode::Kind::kAnd);
    if (!plain) out += '(';
    print(out, child);
    if (!plain) out += ')';
  }
}

// A term that can stand without quotes.
bool is_word(std::string_view text) {
  return !text.empty() && text[0] != '-' && std::ranges::all_of(text, is_name);
}

void print(std::string& out, const TermsPattern& pattern) {
  const char* separator = "";
  for (const PatternTerm& term : pattern.terms) {
    out += separator;
    separator = " ";
    if (term.kind == TermKind::kExcluded) out += '-';
    if (term.kind == TermKind::kOptional) out += '?';
    if (term.regex) {
      print_regex(out, *term.regex);
    } else if (is_word(term.text)) {
      out += term.text;
    } else {
      print_quoted(out, term.text);
    }
  }
}

void print(std::string& out, const SpaceDelimitedPattern& pattern) {
  out += '[';
  const char* separator = "";
  for (const SpaceDelimitedPattern::Field& field : pattern.fields) {
    out += separator;
    separator = ", ";
    if (field.ellipsis) {
      out += "...";
    } else if (field.condition) {
      print(out, *field.condition);
    } else {
      out += field.name;
    }
  }
  out += ']';
}

void print(std::string& out, const std::variant<FieldSelector, FieldOfLine>& field) {
  if (const auto* named = std::get_if<FieldOfLine>(&field)) {
    out += named->name;
    return;
  }
  const auto& selector = std::get<FieldSelector>(field);
  out += to_text(selector.path);
  if (!selector.each) return;
  out += "[*]";
  out += to_text(selector.rest).substr(1);
}

}  // namespace

std::size_t SpaceDelimitedPattern::least_fields() const {
  return static_cast<std::size_t>(std::ranges::count(fields, false, &Field::ellipsis));
}

TokenPlace SpaceDelimitedPattern::place_of(std::size_t field) const {
  const auto ellipsis = std::ranges::find(fields, true, &Field::ellipsis);
  if (ellipsis == fields.end()) {
    return {field + 1 == fields.size() ? TokenPlace::Kind::kRest : TokenPlace::Kind::kFront, field};
  }
  if (field < static_cast<std::size_t>(ellipsis - fields.begin())) return {TokenPlace::Kind::kFront, field};
  return {TokenPlace::Kind::kBack, fields.size() - 1 - field};
}

std::optional<TokenPlace> SpaceDelimitedPattern::place_of_name(std::string_view name) const {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!name.empty() && fields[i].name == name) return place_of(i);
  }
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size() || number == 0) return std::nullopt;
  const auto ellipsis = std::ranges::find(fields, true, &Field::ellipsis);
  if (fields.empty() || ellipsis != fields.end()) return TokenPlace{TokenPlace::Kind::kFront, number - 1};
  if (number > fields.size()) return std::nullopt;
  return place_of(number - 1);
}

std::vector<std::pair<std::string, std::string_view>> SpaceDelimitedPattern::extract(const LineTokens& tokens) const {
  std::vector<std::pair<std::string, std::string_view>> out;
  if (tokens.size() < least_fields()) return out;
  const auto number = [&] { return "$" + std::to_string(out.size() + 1); };
  const std::size_t more = tokens.size() - least_fields();  // than the pattern names
  if (fields.empty()) {
    for (std::size_t i = 0; i < more; ++i) out.emplace_back(number(), tokens.at({TokenPlace::Kind::kFront, i}));
  }
  for (std::size_t field = 0; field < fields.size(); ++field) {
    if (fields[field].ellipsis) {
      for (std::size_t i = 0; i < more; ++i) {
        out.emplace_back(number(), tokens.at({TokenPlace::Kind::kFront, field + i}));
      }
    } else {
      const std::string& name = fields[field].name;
      out.emplace_back(name.empty() ? number() : "$" + name, tokens.at(place_of(field)));
    }
  }
  return out;
}

std::string_view to_text(FieldTest test) {
  switch (test) {
    case FieldTest::kEqual:
      return "=";
    case FieldTest::kNotEqual:
      return "!=";
    case FieldTest::kLess:
      return "<";
    case FieldTest::kLessOrEqual:
      return "<=";
    case FieldTest::kGreater:
      return ">";
    case FieldTest::kGreaterOrEqual:
      return ">=";
    case FieldTest::kIsNull:
      return "IS NULL";
    case FieldTest::kIsTrue:
      return "IS TRUE";
    case FieldTest::kIsFalse:
      return "IS FALSE";
    case FieldTest::kNotExists:
      return "NOT EXISTS";
  }
  ENSURE(false);
}

std::string to_text(const FieldCondition& condition) {
  std::string out;
  print(out, condition.field);
  out += ' ';
  out += to_text(condition.test);
  if (condition.test >= FieldTest::kIsNull) return out;
  out += ' ';
  if (condition.literal.regex) {
    print_regex(out, *condition.literal.regex);
  } else if (condition.literal.quoted) {
    print_quoted(out, condition.literal.text);
  } else {
    out += condition.literal.text;
  }
  return out;
}

std::string to_text(const PatternTree& tree) {
  std::string out;
  if (const auto* terms = std::get_if<TermsPattern>(&tree.form)) print(out, *terms);
  if (const auto* fields = std::get_if<SpaceDelimitedPattern>(&tree.form)) print(out, *fields);
  if (const auto* json = std::get_if<JsonPattern>(&tree.form)) {
    out += "{ ";
    print(out, json->root);
    out += " }";
  }
  return out;
}

}  // namespace tocsin
