// A filter pattern evaluated straight from its tree: slow and plain, to hold the compiled form against.
#pragma once

#include "engine/pattern/pattern_tree.h"
#include "test/engine/pattern/field_line.h"

namespace tocsin::test {

class ReferenceMatcher {
 public:
  explicit ReferenceMatcher(const FieldLine& line) : line_(line) {}

  bool matches(const PatternTree& tree) const {
    if (const auto* json = std::get_if<JsonPattern>(&tree.form)) return holds(json->root);
    const auto& terms = std::get<TermsPattern>(tree.form).terms;
    bool strict = false;
    bool optional = false;
    bool optional_found = false;
    for (const PatternTerm& term : terms) {
      const bool found = line_.text().find(term.text) != std::string::npos;
      if (term.kind == TermKind::kRequired && !found) return false;
      if (term.kind == TermKind::kExcluded && found) return false;
      if (term.kind != TermKind::kOptional) strict = true;
      if (term.kind == TermKind::kOptional) optional = true;
      if (term.kind == TermKind::kOptional && found) optional_found = true;
    }
    return strict || !optional || optional_found;
  }

 private:
  bool holds(const ConditionNode& node) const {
    if (node.kind == ConditionNode::Kind::kCondition) return holds(node.condition);
    std::size_t count = 0;
    for (const ConditionNode& child : node.children) count += holds(child) ? 1 : 0;
    return node.kind == ConditionNode::Kind::kAnd ? count == node.children.size() : count > 0;
  }

  bool holds(const FieldCondition& condition) const {
    const FieldValue value = line_.field(condition.field);
    const bool is_number = value.kind == FieldKind::kNumber;
    const bool comparable = is_number || value.kind == FieldKind::kText;
    const double right = condition.literal.number.value_or(0);
    switch (condition.test) {
      case FieldTest::kEqual:
        return comparable && equal(value, condition.literal);
      case FieldTest::kNotEqual:
        return comparable && !equal(value, condition.literal);
      case FieldTest::kLess:
        return is_number && value.number < right;
      case FieldTest::kLessOrEqual:
        return is_number && value.number <= right;
      case FieldTest::kGreater:
        return is_number && value.number > right;
      case FieldTest::kGreaterOrEqual:
        return is_number && value.number >= right;
      case FieldTest::kIsNull:
        return value.kind == FieldKind::kNull || (value.kind == FieldKind::kCompound && value.truth);
      case FieldTest::kIsTrue:
        return value.kind == FieldKind::kBoolean && value.truth;
      case FieldTest::kIsFalse:
        return value.kind == FieldKind::kBoolean && !value.truth;
      case FieldTest::kNotExists:
        return value.kind == FieldKind::kAbsent;
    }
    return false;
  }

  static bool equal(const FieldValue& value, const PatternLiteral& literal) {
    if (value.kind == FieldKind::kNumber && literal.number) return value.number == *literal.number;
    return wild(literal.text, std::string(value.text), true);
  }

  // The pattern's first piece must be here, or anywhere where a star stands before it.
  static bool wild(const std::string& pattern, const std::string& text, bool here) {
    const std::size_t star = pattern.find('*');
    const std::string piece = pattern.substr(0, star);
    if (star == std::string::npos && piece.empty()) return !here || text.empty();
    const std::size_t at = text.find(piece);
    if (at == std::string::npos || (here && at != 0)) return false;
    const std::string rest = text.substr(at + piece.size());
    if (star == std::string::npos) return rest.empty();
    return wild(pattern.substr(star + 1), rest, false);
  }

  const FieldLine& line_;
};

}  // namespace tocsin::test
