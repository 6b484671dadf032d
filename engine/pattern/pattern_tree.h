// What the parser makes of a filter pattern: terms that are searched for in the line, conditions on the fields of a
// JSON line, or conditions on the fields of a space-delimited line. Constant once parsed. Printed, a tree is a pattern
// again that parses to the same tree, and equal prints mean equal patterns.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/event/projection.h"
#include "engine/pattern/line_tokens.h"
#include "engine/pattern/regex.h"

namespace tocsin {

enum class TermKind {
  kRequired,  // word, "some words"
  kExcluded,  // -word
  kOptional,  // ?word: one of them suffices; ignored beside a required or excluded term, as CloudWatch does
};

struct PatternTerm {
  TermKind kind = TermKind::kRequired;
  std::string text;
  std::shared_ptr<const Regex> regex;  // instead of the text
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

// The field of a JSON line that a condition is about. With `each`, `path` leads to an object or array and the condition
// to each value in it, from where `rest` leads on: $.items[*].name. One such value suffices.
struct FieldSelector {
  FieldPath path;
  bool each = false;
  FieldPath rest;

  FieldPath& end() { return each ? rest : path; }
};

// The field of a space-delimited line that a condition is about.
struct FieldOfLine {
  std::string name;
  TokenPlace place;
};

// The value a field is compared with. An unquoted number is compared by value with numbers, and by its text with
// strings; everything else is compared by text. '*' in the text stands for any run of characters.
struct PatternLiteral {
  std::string text;
  bool quoted = false;
  std::optional<double> number;        // only of unquoted numbers
  std::shared_ptr<const Regex> regex;  // instead of the text

  bool has_wildcard() const { return text.find('*') != std::string::npos; }
};

struct FieldCondition {
  std::variant<FieldSelector, FieldOfLine> field;
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

struct SpaceDelimitedPattern {
  struct Field {
    std::string name;                        // may be empty
    std::optional<ConditionNode> condition;  // on this field
    bool ellipsis = false;                   // instead: any number of fields
  };
  std::vector<Field> fields;  // none: every line matches

  // How many fields a line has at least.
  std::size_t least_fields() const;
  // Where the field of that number stands in a line.
  TokenPlace place_of(std::size_t field) const;
  // Of `name` or, counted from 1, `3`: as $name and $3 are written where a value is taken. nullopt: there is no such
  // field.
  std::optional<TokenPlace> place_of_name(std::string_view name) const;
  // The fields of a line that matches, in order, by $name, or $number where they have none.
  std::vector<std::pair<std::string, std::string_view>> extract(const LineTokens& tokens) const;
};

struct PatternTree {
  std::variant<TermsPattern, JsonPattern, SpaceDelimitedPattern> form;

  // A line that is no JSON object matches no such pattern, whatever its conditions.
  bool wants_json() const { return std::holds_alternative<JsonPattern>(form); }
};

std::string to_text(const FieldCondition& condition);
std::string to_text(const PatternTree& tree);

}  // namespace tocsin
