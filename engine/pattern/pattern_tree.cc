#include "engine/pattern/pattern_tree.h"

#include "engine/base/ensure.h"

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

void print(std::string& out, const ConditionNode& node) {
  if (node.kind == ConditionNode::Kind::kCondition) {
    out += to_text(node.condition);
    return;
  }
  out += node.kind == ConditionNode::Kind::kAnd ? "and(" : "or(";
  const char* separator = "";
  for (const ConditionNode& child : node.children) {
    out += separator;
    separator = ", ";
    print(out, child);
  }
  out += ')';
}

void print(std::string& out, const TermsPattern& pattern) {
  if (pattern.terms.empty()) {
    out += "all";
    return;
  }
  out += "terms(";
  const char* separator = "";
  for (const PatternTerm& term : pattern.terms) {
    out += separator;
    separator = ", ";
    if (term.kind == TermKind::kExcluded) out += '-';
    if (term.kind == TermKind::kOptional) out += '?';
    print_quoted(out, term.text);
  }
  out += ')';
}

}  // namespace

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
  std::string out = to_text(condition.field);
  out += ' ';
  out += to_text(condition.test);
  if (condition.test < FieldTest::kIsNull) {
    out += ' ';
    if (condition.literal.quoted) {
      print_quoted(out, condition.literal.text);
    } else {
      out += condition.literal.text;
    }
  }
  return out;
}

std::string to_text(const PatternTree& tree) {
  std::string out;
  if (const auto* terms = std::get_if<TermsPattern>(&tree.form)) print(out, *terms);
  if (const auto* json = std::get_if<JsonPattern>(&tree.form)) print(out, json->root);
  return out;
}

}  // namespace tocsin
