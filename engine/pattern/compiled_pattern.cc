#include "engine/pattern/compiled_pattern.h"

#include <algorithm>

#include "engine/base/ensure.h"

namespace tocsin {
namespace {

using Kind = PatternTest::Kind;

Kind ordering_kind(FieldTest test) {
  switch (test) {
    case FieldTest::kLess:
      return Kind::kLess;
    case FieldTest::kLessOrEqual:
      return Kind::kLessOrEqual;
    case FieldTest::kGreater:
      return Kind::kGreater;
    case FieldTest::kGreaterOrEqual:
      return Kind::kGreaterOrEqual;
    case FieldTest::kIsNull:
      return Kind::kIsNull;
    case FieldTest::kIsTrue:
      return Kind::kIsTrue;
    case FieldTest::kIsFalse:
      return Kind::kIsFalse;
    case FieldTest::kNotExists:
      return Kind::kNotExists;
    case FieldTest::kEqual:
    case FieldTest::kNotEqual:
      break;
  }
  ENSURE(false);
}

}  // namespace

std::uint32_t CompiledPatterns::compile(const PatternTree& tree, Projection& projection) {
  if (const auto* json = std::get_if<JsonPattern>(&tree.form)) {
    return compile_node(json->root, {.test = 0, .if_true = kAccept, .if_false = kReject}, projection);
  }
  return compile_terms(std::get<TermsPattern>(tree.form));
}

// Steps are made from the last to the first, so that each knows where it leads.
std::uint32_t CompiledPatterns::compile_terms(const TermsPattern& pattern) {
  const bool all_optional = std::all_of(pattern.terms.begin(), pattern.terms.end(),
                                        [](const PatternTerm& term) { return term.kind == TermKind::kOptional; });
  std::uint32_t next = all_optional && !pattern.terms.empty() ? kReject : kAccept;
  for (auto term = pattern.terms.rbegin(); term != pattern.terms.rend(); ++term) {
    switch (term->kind) {
      case TermKind::kRequired:
        next = add_step({test_of(*term), next, kReject});
        break;
      case TermKind::kExcluded:
        next = add_step({test_of(*term), kReject, next});
        break;
      case TermKind::kOptional:
        if (all_optional) next = add_step({test_of(*term), kAccept, next});
        break;
    }
  }
  return next;
}

std::uint32_t CompiledPatterns::compile_node(const ConditionNode& node, PatternStep targets, Projection& projection) {
  if (node.kind == ConditionNode::Kind::kCondition) {
    targets.test = test_of(node.condition, projection);
    return add_step(targets);
  }
  const bool all = node.kind == ConditionNode::Kind::kAnd;
  std::uint32_t next = all ? targets.if_true : targets.if_false;
  for (auto child = node.children.rbegin(); child != node.children.rend(); ++child) {
    (all ? targets.if_true : targets.if_false) = next;
    next = compile_node(*child, targets, projection);
  }
  return next;
}

std::uint32_t CompiledPatterns::add_step(PatternStep step) {
  steps_.push_back(step);
  return static_cast<std::uint32_t>(steps_.size() - 1);
}

std::uint32_t CompiledPatterns::test_of(const PatternTerm& term) {
  const auto [known, fresh] = known_tests_.try_emplace("term " + term.text, static_cast<std::uint32_t>(tests_.size()));
  if (fresh) {
    tests_.push_back({.kind = Kind::kTerm, .operand = static_cast<std::uint32_t>(terms_.size())});
    terms_.push_back(term.text);
  }
  return known->second;
}

std::uint32_t CompiledPatterns::test_of(const FieldCondition& condition, Projection& projection) {
  // Quotes make a difference to numbers only.
  FieldCondition plain = condition;
  plain.literal.quoted = !condition.literal.number;
  const FieldSlot slot = projection.add(condition.field);
  slots_ = std::max(slots_, slot.index + std::size_t{1});
  const auto [known, fresh] =
      known_tests_.try_emplace("field " + to_text(plain), static_cast<std::uint32_t>(tests_.size()));
  if (fresh) tests_.push_back(make_test(condition, slot));
  return known->second;
}

PatternTest CompiledPatterns::make_test(const FieldCondition& condition, FieldSlot slot) {
  PatternTest test;
  test.slot = slot;
  test.number = condition.literal.number.value_or(0);
  if (condition.test != FieldTest::kEqual && condition.test != FieldTest::kNotEqual) {
    test.kind = ordering_kind(condition.test);
    return test;
  }
  test.negated = condition.test == FieldTest::kNotEqual;
  if (condition.literal.has_wildcard()) {
    test.kind = Kind::kWildcard;
    test.operand = static_cast<std::uint32_t>(wildcards_.size());
    wildcards_.emplace_back(condition.literal.text);
    return test;
  }
  const auto [literals, fresh] = literals_of_slot_.try_emplace(slot, static_cast<std::uint32_t>(literals_.size()));
  if (fresh) literals_.emplace_back();
  test.kind = condition.literal.number ? Kind::kNumber : Kind::kText;
  test.literals = literals->second;
  test.operand = literals_[test.literals].add(condition.literal.text);
  return test;
}

}  // namespace tocsin
