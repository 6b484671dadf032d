#include "engine/pattern/parser.h"

#include <algorithm>
#include <utility>

#include "engine/base/text.h"
#include "engine/pattern/lexer.h"

namespace tocsin {
namespace {

using Kind = PatternTokenKind;

std::string describe(const PatternToken& token) {
  if (token.kind == Kind::kEnd) return "the end of the pattern";
  if (token.kind == Kind::kString) return "a quoted text";
  return "'" + printable(token.text, 60) + "'";
}

// { expression }, where expression is: condition && condition || ( expression ). && binds tighter.
class JsonParser {
 public:
  JsonParser(std::string_view text, PatternError& error) : lexer_(text), error_(error) {}

  bool parse(JsonPattern& out) {
    if (!advance() || !take(Kind::kLeftBrace, "'{'")) return false;
    if (!parse_any(out.root, 0) || !take(Kind::kRightBrace, "&&, || or '}'")) return false;
    if (token_.kind != Kind::kEnd) return fail("expected nothing after '}'");
    return true;
  }

 private:
  bool advance() { return lexer_.next(token_, error_); }

  bool fail(std::string message, std::string hint = {}) {
    return fail_pattern(error_, token_.column, std::move(message) + ", found " + describe(token_), std::move(hint));
  }

  bool take(Kind kind, std::string_view what) {
    if (token_.kind != kind) return fail("expected " + std::string(what));
    return advance();
  }

  bool parse_any(ConditionNode& out, int depth) {
    return parse_chain(out, depth, Kind::kOr, ConditionNode::Kind::kOr, &JsonParser::parse_all);
  }

  bool parse_all(ConditionNode& out, int depth) {
    return parse_chain(out, depth, Kind::kAnd, ConditionNode::Kind::kAnd, &JsonParser::parse_one);
  }

  bool parse_chain(ConditionNode& out, int depth, Kind separator, ConditionNode::Kind kind,
                   bool (JsonParser::*parse_part)(ConditionNode&, int)) {
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

  bool parse_one(ConditionNode& out, int depth) {
    if (token_.kind != Kind::kLeftParenthesis) return parse_condition(out.condition);
    if (depth >= kMaxPatternDepth) return fail("the parentheses are nested too deeply");
    return advance() && parse_any(out, depth + 1) && take(Kind::kRightParenthesis, "&&, || or ')'");
  }

  bool parse_condition(FieldCondition& out) {
    if (token_.kind != Kind::kSelector)
      return fail("expected a selector", "a condition begins with a field: $.field = 1");
    out.field = std::move(token_.path);
    if (!advance()) return false;
    if (token_.kind == Kind::kOperator) return parse_comparison(out);
    if (token_.kind == Kind::kWord && token_.text == "IS") return parse_is(out);
    if (token_.kind == Kind::kWord && token_.text == "NOT") {
      out.test = FieldTest::kNotExists;
      if (!advance()) return false;
      if (token_.kind != Kind::kWord || token_.text != "EXISTS") return fail("expected EXISTS after NOT");
      return advance();
    }
    return fail("expected =, !=, <, <=, >, >=, IS or NOT EXISTS");
  }

  bool parse_is(FieldCondition& out) {
    if (!advance()) return false;
    const bool word = token_.kind == Kind::kWord;
    if (word && token_.text == "NULL") {
      out.test = FieldTest::kIsNull;
    } else if (word && token_.text == "TRUE") {
      out.test = FieldTest::kIsTrue;
    } else if (word && token_.text == "FALSE") {
      out.test = FieldTest::kIsFalse;
    } else {
      return fail("expected NULL, TRUE or FALSE after IS");
    }
    return advance();
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
    if (token_.kind != Kind::kWord && token_.kind != Kind::kString) {
      return fail("expected a value after " + std::string(to_text(out.test)));
    }
    const bool ordering = out.test != FieldTest::kEqual && out.test != FieldTest::kNotEqual;
    out.literal.quoted = token_.kind == Kind::kString;
    if (!out.literal.quoted) out.literal.number = parse_number(token_.text);
    if (ordering && !out.literal.number) {
      return fail(std::string(to_text(out.test)) + " needs a number without quotes");
    }
    out.literal.text = std::move(token_.text);
    return advance();
  }

  PatternLexer lexer_;
  PatternError& error_;
  PatternToken token_;
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
    out.terms.push_back({kind, std::move(token.text)});
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
    fail_pattern(error, first, "space-delimited patterns are not supported yet");
    return std::nullopt;
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
