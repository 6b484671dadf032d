#include "engine/pattern/parser.h"

#include <algorithm>
#include <utility>

#include "engine/base/text.h"
#include "engine/pattern/characters.h"
#include "engine/pattern/lexer.h"

namespace tocsin {
namespace {

using Kind = PatternTokenKind;

std::string describe(const PatternToken& token) {
  if (token.kind == Kind::kEnd) return "the end of the pattern";
  if (token.kind == Kind::kString) return "a quoted text";
  if (token.kind == Kind::kRegex) return "a regular expression";
  return "'" + printable(token.text, 60) + "'";
}

// condition && condition || ( expression ). && binds tighter. What a condition is about is the derived parser's matter.
class ConditionParser {
 protected:
  using NextToken = bool (PatternLexer::*)(PatternToken&, PatternError&);
  ConditionParser(std::string_view text, NextToken next, PatternError& error)
      : lexer_(text), next_(next), error_(error) {}
  virtual ~ConditionParser() = default;

  virtual bool parse_condition(FieldCondition& out) = 0;

  bool advance() { return (lexer_.*next_)(token_, error_); }
  bool is(Kind kind) const { return token_.kind == kind; }
  bool is_word(std::string_view text) const { return is(Kind::kWord) && token_.text == text; }
  PatternToken& token() { return token_; }

  bool fail(std::string message, std::string hint = {}) {
    return fail_pattern(error_, token_.column, std::move(message) + ", found " + describe(token_), std::move(hint));
  }

  bool take(Kind kind, std::string_view what) {
    if (token_.kind != kind) return fail("expected " + std::string(what));
    return advance();
  }

  bool parse_any(ConditionNode& out, int depth) {
    return parse_chain(out, depth, Kind::kOr, ConditionNode::Kind::kOr, &ConditionParser::parse_all);
  }

  bool parse_comparison(FieldCondition& out) {
    static constexpr std::pair<std::string_view, FieldTest> kTests[] = {
        {"=", FieldTest::kEqual},   {"!=", FieldTest::kNotEqual},    {"<", FieldTest::kLess},
        {">", FieldTest::kGreater}, {"<=", FieldTest::kLessOrEqual}, {">=", FieldTest::kGreaterOrEqual},
    };
    for (const auto& [text, test] : kTests) {
      if (token_.text == text) out.test = test;
    }
    if (!advance()) return false;
    if (!is(Kind::kWord) && !is(Kind::kString) && !is(Kind::kRegex)) {
      return fail("expected a value after " + std::string(to_text(out.test)));
    }
    out.literal.quoted = is(Kind::kString);
    if (is(Kind::kWord)) out.literal.number = parse_number(token_.text);
    if (out.test != FieldTest::kEqual && out.test != FieldTest::kNotEqual && !out.literal.number) {
      return fail(std::string(to_text(out.test)) + " needs a number without quotes");
    }
    if (is(Kind::kRegex)) {
      if (++regexes_ > kMaxRegexes) return fail("a pattern has at most two regular expressions");
      out.literal.regex = Regex::parse(token_.text, token_.column + 1, error_);
      return out.literal.regex != nullptr && advance();
    }
    out.literal.text = std::move(token_.text);
    return advance();
  }

 private:
  bool parse_all(ConditionNode& out, int depth) {
    return parse_chain(out, depth, Kind::kAnd, ConditionNode::Kind::kAnd, &ConditionParser::parse_one);
  }

  bool parse_one(ConditionNode& out, int depth) {
    if (token_.kind != Kind::kLeftParenthesis) return parse_condition(out.condition);
    if (depth >= kMaxPatternDepth) return fail("the parentheses are nested too deeply");
    return advance() && parse_any(out, depth + 1) && take(Kind::kRightParenthesis, "&&, || or ')'");
  }

  bool parse_chain(ConditionNode& out, int depth, Kind separator, ConditionNode::Kind kind,
                   bool (ConditionParser::*parse_part)(ConditionNode&, int)) {
    ConditionNode first;
    if (!(this->*parse_part)(first, depth)) return false;
    if (token_.kind != separator) {
      out = std::move(first);
      return true;
    }
    out.kind = kind;
    out.children.push_back(std::move(first));
    while (token_.kind == separator) {
      if (!advance() || !(this->*parse_part)(out.children.emplace_back(), depth)) return false;
    }
    return true;
  }

  PatternLexer lexer_;
  NextToken next_;
  PatternError& error_;
  PatternToken token_;
  int regexes_ = 0;
};

// { expression }
class JsonParser : private ConditionParser {
 public:
  JsonParser(std::string_view text, PatternError& error) : ConditionParser(text, &PatternLexer::next, error) {}

  bool parse(JsonPattern& out) {
    if (!advance() || !take(Kind::kLeftBrace, "'{'")) return false;
    if (!parse_any(out.root, 0) || !take(Kind::kRightBrace, "&&, || or '}'")) return false;
    if (!is(Kind::kEnd)) return fail("expected nothing after '}'");
    return true;
  }

 private:
  bool parse_condition(FieldCondition& out) override {
    if (!is(Kind::kSelector)) return fail("expected a selector", "a condition begins with a field: $.field = 1");
    if (token().selector.each && ++wildcards_ > kMaxSelectorWildcards) {
      return fail("a pattern has at most three wildcards in selectors");
    }
    out.field = std::move(token().selector);
    if (!advance()) return false;
    if (is(Kind::kOperator)) return parse_comparison(out);
    if (is_word("IS")) return parse_is(out);
    if (!is_word("NOT")) return fail("expected =, !=, <, <=, >, >=, IS or NOT EXISTS");
    out.test = FieldTest::kNotExists;
    if (!advance()) return false;
    if (!is_word("EXISTS")) return fail("expected EXISTS after NOT");
    return advance();
  }

  bool parse_is(FieldCondition& out) {
    if (!advance()) return false;
    if (is_word("NULL")) {
      out.test = FieldTest::kIsNull;
    } else if (is_word("TRUE")) {
      out.test = FieldTest::kIsTrue;
    } else if (is_word("FALSE")) {
      out.test = FieldTest::kIsFalse;
    } else {
      return fail("expected NULL, TRUE or FALSE after IS");
    }
    return advance();
  }

  int wildcards_ = 0;
};

// [name, name = value && name != value, ..., ]
class SpaceDelimitedParser : private ConditionParser {
 public:
  SpaceDelimitedParser(std::string_view text, PatternError& error)
      : ConditionParser(text, &PatternLexer::next_in_brackets, error) {}

  bool parse(SpaceDelimitedPattern& out) {
    if (!advance() || !take(Kind::kLeftBracket, "'['")) return false;
    while (!is(Kind::kRightBracket) || !out.fields.empty()) {
      if (!parse_field(out)) return false;
      if (is(Kind::kRightBracket)) break;
      if (!take(Kind::kComma, "',' or ']'")) return false;
    }
    if (!advance()) return false;
    if (!is(Kind::kEnd)) return fail("expected nothing after ']'");
    for (std::size_t i = 0; i < out.fields.size(); ++i) {
      if (out.fields[i].condition) place(*out.fields[i].condition, out.place_of(i));
    }
    return true;
  }

 private:
  bool parse_field(SpaceDelimitedPattern& out) {
    SpaceDelimitedPattern::Field& field = out.fields.emplace_back();
    name_.clear();
    has_comparison_ = false;
    if (is(Kind::kComma) || is(Kind::kRightBracket)) return true;  // without a name
    if (is(Kind::kEllipsis)) {
      if (std::exchange(has_ellipsis_, true)) return fail("a pattern has at most one '...'");
      field.ellipsis = true;
      return advance();
    }
    const std::size_t column = token().column;
    ConditionNode condition;
    if (!parse_any(condition, 0)) return false;
    const bool bare = condition.kind == ConditionNode::Kind::kCondition && !has_comparison_;
    if (!bare) field.condition = std::move(condition);
    field.name = name_;
    if (std::ranges::count(out.fields, name_, &SpaceDelimitedPattern::Field::name) > 1) {
      token().column = column;
      token().text = name_;
      token().kind = Kind::kWord;
      return fail("a field's name stands once");
    }
    return true;
  }

  bool parse_condition(FieldCondition& out) override {
    if (!is(Kind::kWord)) return fail("expected a field's name");
    if (!is_field_name(token().text)) {
      return fail("expected a field's name", "it has letters, digits, '_' and '-', and does not begin with a digit");
    }
    if (!name_.empty() && token().text != name_) {
      return fail("expected '" + name_ + "'", "all conditions between two commas are about one field");
    }
    const bool first = name_.empty();
    name_ = token().text;
    out.field = FieldOfLine{.name = name_, .place = {}};
    if (!advance()) return false;
    if (is(Kind::kOperator)) {
      has_comparison_ = true;
      return parse_comparison(out);
    }
    if (first && (is(Kind::kComma) || is(Kind::kRightBracket))) return true;
    return fail("expected =, !=, <, <=, > or >=");
  }

  static bool is_field_name(std::string_view text) { return !is_digit(text[0]) && std::ranges::all_of(text, is_name); }

  static void place(ConditionNode& node, TokenPlace where) {
    if (node.kind == ConditionNode::Kind::kCondition) std::get<FieldOfLine>(node.condition.field).place = where;
    for (ConditionNode& child : node.children) place(child, where);
  }

  std::string name_;  // of the field that is being read
  bool has_comparison_ = false;
  bool has_ellipsis_ = false;
};

bool parse_terms(std::string_view text, TermsPattern& out, PatternError& error) {
  PatternLexer lexer(text);
  PatternToken token;
  while (true) {
    if (!lexer.next_term(token, error)) return false;
    if (token.kind == Kind::kEnd) return true;
    const TermKind kind = token.prefix == '-'   ? TermKind::kExcluded
                          : token.prefix == '?' ? TermKind::kOptional
                                                : TermKind::kRequired;
    PatternTerm& term = out.terms.emplace_back(PatternTerm{.kind = kind, .text = {}, .regex = nullptr});
    if (token.kind == Kind::kRegex) {
      const std::size_t column = token.column + (token.prefix != 0 ? 2 : 1);
      term.regex = Regex::parse(token.text, column, error);
      if (!term.regex) return false;
    } else {
      term.text = std::move(token.text);
    }
  }
}

}  // namespace

std::optional<PatternTree> parse_pattern(std::string_view text, PatternError& error) {
  const auto begins_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  if (static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character)) > kMaxPatternLength) {
    fail_pattern(error, 0, "the pattern is longer than 1024 characters");
    return std::nullopt;
  }
  const std::size_t first = text.find_first_not_of(" \t\n\r\f\v");
  PatternTree tree;
  if (first == std::string_view::npos) return tree;
  if (text[first] == '[') {
    SpaceDelimitedPattern pattern;
    if (!SpaceDelimitedParser(text, error).parse(pattern)) return std::nullopt;
    tree.form = std::move(pattern);
    return tree;
  }
  if (text[first] == '{') {
    JsonPattern pattern;
    if (!JsonParser(text, error).parse(pattern)) return std::nullopt;
    tree.form = std::move(pattern);
    return tree;
  }
  TermsPattern pattern;
  if (!parse_terms(text, pattern, error)) return std::nullopt;
  tree.form = std::move(pattern);
  return tree;
}

}  // namespace tocsin
