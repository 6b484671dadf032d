// A filter pattern evaluated straight from its tree: slow and plain, to hold the compiled form against.
#pragma once

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/pattern/pattern_tree.h"
#include "test/engine/pattern/field_line.h"

namespace tocsin::test {

class ReferenceMatcher {
 public:
  explicit ReferenceMatcher(const FieldLine& line) : line_(line) {}

  bool matches(const PatternTree& tree) const {
    if (const auto* json = std::get_if<JsonPattern>(&tree.form)) return holds(json->root);
    if (const auto* fields = std::get_if<SpaceDelimitedPattern>(&tree.form)) return holds(*fields);
    const auto& terms = std::get<TermsPattern>(tree.form).terms;
    bool strict = false;
    bool optional = false;
    bool optional_found = false;
    for (const PatternTerm& term : terms) {
      const bool found =
          term.regex ? term.regex->found_in(line_.text()) : line_.text().find(term.text) != std::string::npos;
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

  bool holds(const SpaceDelimitedPattern& pattern) const {
    if (tokens().size() < pattern.least_fields()) return false;
    for (const SpaceDelimitedPattern::Field& field : pattern.fields) {
      if (field.condition && !holds(*field.condition)) return false;
    }
    return true;
  }

  // The line's fields; the last entry of each is the text from its first character to the line's end.
  struct Token {
    std::string text;
    std::string with_the_rest;
  };
  std::vector<Token> tokens() const {
    std::vector<Token> out;
    const std::string line = line_.text() + " ";
    std::size_t at = 0;
    while ((at = line.find_first_not_of(" \t\n\r", at)) != std::string::npos) {
      const std::string rest = line.substr(at, line.find_last_not_of(" \t\n\r") + 1 - at);
      std::size_t end = line.find_first_of(" \t\n\r", at);
      bool marked = false;
      if (line[at] == '"' || line[at] == '[') {
        for (std::size_t i = at + 1; i + 1 < line.size() && !marked; ++i) {
          const bool closes = line[i] == (line[at] == '"' ? '"' : ']');
          if (closes && std::string(" \t\n\r").find(line[i + 1]) != std::string::npos) {
            marked = true;
            end = i + 1;
          }
        }
      }
      out.push_back({marked ? line.substr(at + 1, end - at - 2) : line.substr(at, end - at), rest});
      at = end;
    }
    return out;
  }

  bool holds(const FieldCondition& condition) const {
    if (const auto* named = std::get_if<FieldOfLine>(&condition.field)) {
      const std::vector<Token> all = tokens();
      const bool back = named->place.kind == TokenPlace::Kind::kBack;
      const std::size_t at = back ? all.size() - 1 - named->place.index : named->place.index;
      const bool rest = named->place.kind == TokenPlace::Kind::kRest && at + 1 < all.size();
      const std::string text = rest ? all.at(at).with_the_rest : all.at(at).text;
      const std::optional<double> number = parse_number(text);
      if (!number) return holds(condition, {.kind = FieldKind::kText, .text = text});
      return holds(condition, {.kind = FieldKind::kNumber, .number = *number, .text = text});
    }
    const auto& selector = std::get<FieldSelector>(condition.field);
    const FieldValue whole = line_.field(selector.path);
    if (!selector.each) return holds(condition, whole);
    const bool absent = condition.test == FieldTest::kNotExists;
    if (whole.kind != FieldKind::kCompound) return absent;
    for (const nlohmann::json& element : nlohmann::json::parse(whole.text)) {
      const nlohmann::json* at = &element;
      for (const FieldPath::Step& step : selector.rest.steps) {
        if (at == nullptr) break;
        const auto* key = std::get_if<std::string>(&step);
        if (key != nullptr) {
          at = at->is_object() && at->contains(*key) ? &at->at(*key) : nullptr;
        } else {
          const std::uint32_t index = std::get<std::uint32_t>(step);
          at = at->is_array() && index < at->size() ? &at->at(index) : nullptr;
        }
      }
      if (at == nullptr) continue;
      const std::string text = at->is_string() ? "\"" + at->get<std::string>() + "\"" : at->dump();
      if (absent || holds(condition, FieldLine::read(text))) return !absent;
    }
    return absent;
  }

  static bool holds(const FieldCondition& condition, const FieldValue& value) {
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
    if (literal.regex) return literal.regex->found_in(value.text);
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
