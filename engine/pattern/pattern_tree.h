// What the parser makes of a filter pattern: either terms that are searched for in the line, or conditions on the
// fields of a JSON line. Constant once parsed. The printed tree is the language of the parser's tests, and equal prints
// mean equal patterns.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/event/projection.h"

namespace tocsin {

enum class TermKind {
  kRequired,  // word, "some words"
  kExcluded,  // -word
  kOptional,  // ?word: one of them suffices; ignored beside a required or excluded term, as CloudWatch does
};

struct PatternTerm {
  TermKind kind = TermKind::kRequired;
  std::string text;
};

enum class FieldTest {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kIsNull,
  kIsTrue,
  kIsFalse,
  kNotExists,
};

std::string_view to_text(FieldTest test);  // "!=", "IS NULL"

// The value a field is compared with. An unquoted number is compared by value with numbers, and by its text with
// strings; everything else is compared by text. '*' in the text stands for any run of characters.
struct PatternLiteral {
  std::string text;
  bool quoted = false;
  std::optional<double> number;  // only of unquoted numbers

  bool has_wildcard() const { return text.find('*') != std::string::npos; }
};

struct FieldCondition {
  FieldPath field;
  FieldTest test = FieldTest::kEqual;
  PatternLiteral literal;  // empty where the test takes none
};

struct ConditionNode {
  enum class Kind { kCondition, kAnd, kOr };
  Kind kind = Kind::kCondition;
  FieldCondition condition;             // kCondition
  std::vector<ConditionNode> children;  // kAnd, kOr: at least two
};

struct TermsPattern {
  std::vector<PatternTerm> terms;  // none: every line matches
};

struct JsonPattern {
  ConditionNode root;
};

struct PatternTree {
  std::variant<TermsPattern, JsonPattern> form;

  // A line that is no JSON object matches no such pattern, whatever its conditions.
  bool wants_json() const { return std::holds_alternative<JsonPattern>(form); }
};

std::string to_text(const FieldCondition& condition);
std::string to_text(const PatternTree& tree);

}  // namespace tocsin
