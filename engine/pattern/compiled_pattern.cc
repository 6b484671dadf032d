#include "engine/pattern/compiled_pattern.h"

#include <algorithm>
#include <iterator>
#include <utility>

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

bool is_all_optional(const TermsPattern& pattern) {
  const auto is_optional = [](const PatternTerm& term) { return term.kind == TermKind::kOptional; };
  return !pattern.terms.empty() && std::ranges::all_of(pattern.terms, is_optional);
}

// What a test is known by: the same name, the same test.
std::string name_of(const PatternTerm& term) {
  return term.regex ? "regex " + term.regex->text() : "term " + term.text;
}

std::string name_of(FieldCondition condition) {
  // Quotes make a difference to numbers only, and names of fields none.
  condition.literal.quoted = !condition.literal.number;
  if (auto* field = std::get_if<FieldOfLine>(&condition.field)) {
    field->name = std::to_string(static_cast<int>(field->place.kind)) + '/' + std::to_string(field->place.index);
  }
  return "field " + to_text(condition);
}

}  // namespace

std::uint32_t CompiledPatterns::compile(const PatternTree& tree, Projection& projection) {
  if (const auto* terms = std::get_if<TermsPattern>(&tree.form)) return compile(*terms);
  if (const auto* fields = std::get_if<SpaceDelimitedPattern>(&tree.form)) return compile(*fields, projection);
  return compile(std::get<JsonPattern>(tree.form).root, {.test = 0, .if_true = kAccept, .if_false = kReject},
                 projection);
}

// Steps are made from the last to the first, so that each knows where it leads.
std::uint32_t CompiledPatterns::compile(const TermsPattern& pattern) {
  const bool all_optional = is_all_optional(pattern);
  std::uint32_t next = all_optional ? kReject : kAccept;
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

std::uint32_t CompiledPatterns::compile(const SpaceDelimitedPattern& pattern, Projection& projection) {
  std::uint32_t next = kAccept;
  for (auto field = pattern.fields.rbegin(); field != pattern.fields.rend(); ++field) {
    if (!field->condition) continue;
    next = compile(*field->condition, {.test = 0, .if_true = next, .if_false = kReject}, projection);
  }
  const std::size_t least = pattern.least_fields();
  return least == 0 ? next : add_step({token_count_test(least), next, kReject});
}

std::uint32_t CompiledPatterns::compile(const ConditionNode& node, PatternStep targets, Projection& projection) {
  if (node.kind == ConditionNode::Kind::kCondition) {
    targets.test = test_of(node.condition, projection);
    return add_step(targets);
  }
  const bool all = node.kind == ConditionNode::Kind::kAnd;
  std::uint32_t next = all ? targets.if_true : targets.if_false;
  for (auto child = node.children.rbegin(); child != node.children.rend(); ++child) {
    (all ? targets.if_true : targets.if_false) = next;
    next = compile(*child, targets, projection);
  }
  return next;
}

std::uint32_t CompiledPatterns::add_step(PatternStep step) {
  steps_.push_back(step);
  return static_cast<std::uint32_t>(steps_.size() - 1);
}

std::uint32_t CompiledPatterns::add_test(const std::string& name, PatternTest test) {
  const auto [known, fresh] = known_tests_.try_emplace(name, static_cast<std::uint32_t>(tests_.size()));
  if (fresh) tests_.push_back(test);
  return known->second;
}

std::uint32_t CompiledPatterns::test_of(const PatternTerm& term) {
  const std::string name = name_of(term);
  if (const auto known = known_tests_.find(name); known != known_tests_.end()) return known->second;
  PatternTest test{.kind = term.regex ? Kind::kRegex : Kind::kTerm};
  if (term.regex) {
    test.operand = static_cast<std::uint32_t>(regexes_.size());
    regexes_.push_back(term.regex);
  } else {
    test.operand = static_cast<std::uint32_t>(terms_.size());
    terms_.push_back(term.text);
    tests_of_terms_.push_back(static_cast<std::uint32_t>(tests_.size()));
  }
  return add_test(name, test);
}

std::uint32_t CompiledPatterns::token_count_test(std::size_t least) {
  return add_test("fields " + std::to_string(least),
                  {.kind = Kind::kTokenCount, .operand = static_cast<std::uint32_t>(least)});
}

std::uint32_t CompiledPatterns::test_of(const FieldCondition& condition, Projection& projection) {
  PatternTest test;
  if (const auto* field = std::get_if<FieldOfLine>(&condition.field)) {
    test.subject = PatternTest::Subject::kToken;
    test.place = field->place;
  } else {
    const auto& selector = std::get<FieldSelector>(condition.field);
    test.subject = selector.each ? PatternTest::Subject::kElements : PatternTest::Subject::kField;
    test.slot = projection.add(selector.path);
    slots_ = std::max(slots_, test.slot.index + std::size_t{1});
  }
  const std::string name = name_of(condition);
  if (const auto known = known_tests_.find(name); known != known_tests_.end()) return known->second;
  if (test.subject == PatternTest::Subject::kElements) {
    test.rest = static_cast<std::uint32_t>(rests_.size());
    rests_.push_back(std::get<FieldSelector>(condition.field).rest);
  }
  test.number = condition.literal.number.value_or(0);
  if (condition.test != FieldTest::kEqual && condition.test != FieldTest::kNotEqual) {
    test.kind = ordering_kind(condition.test);
  } else {
    test.negated = condition.test == FieldTest::kNotEqual;
    choose_operand(test, condition.literal);
  }
  return add_test(name, test);
}

void CompiledPatterns::choose_operand(PatternTest& test, const PatternLiteral& literal) {
  if (literal.regex) {
    test.kind = Kind::kRegex;
    test.operand = static_cast<std::uint32_t>(regexes_.size());
    regexes_.push_back(literal.regex);
    return;
  }
  if (literal.has_wildcard()) {
    test.kind = Kind::kWildcard;
    test.operand = static_cast<std::uint32_t>(wildcards_.size());
    wildcards_.emplace_back(literal.text);
    return;
  }
  if (test.subject == PatternTest::Subject::kField) {
    const auto [literals, fresh] =
        literals_of_slot_.try_emplace(test.slot, static_cast<std::uint32_t>(literals_.size()));
    if (fresh) literals_.emplace_back();
    test.literals = literals->second;
  }
  test.kind = literal.number ? Kind::kNumber : Kind::kText;
  test.operand = literals_[test.literals].add(literal.text);
}

std::vector<PatternAnchors> CompiledPatterns::anchors(const PatternTree& tree) const {
  if (const auto* terms = std::get_if<TermsPattern>(&tree.form)) return anchors(*terms);
  if (const auto* json = std::get_if<JsonPattern>(&tree.form)) return anchors(json->root);
  return {};
}

std::vector<PatternAnchors> CompiledPatterns::anchors(const TermsPattern& pattern) const {
  const bool all_optional = is_all_optional(pattern);
  std::vector<PatternAnchors> choices;
  PatternAnchors one_of_all;
  for (const PatternTerm& term : pattern.terms) {
    if (term.kind != TermKind::kRequired && !all_optional) continue;
    const bool is_usable = !term.regex && !term.text.empty();
    if (all_optional && !is_usable) return {};
    if (!is_usable) continue;
    const std::uint32_t test = known_tests_.at(name_of(term));
    if (all_optional) {
      one_of_all.push_back(test);
    } else {
      choices.push_back({test});
    }
  }
  if (!one_of_all.empty()) choices.push_back(std::move(one_of_all));
  return choices;
}

std::vector<PatternAnchors> CompiledPatterns::anchors(const ConditionNode& node) const {
  if (node.kind == ConditionNode::Kind::kCondition) {
    const std::uint32_t test = known_tests_.at(name_of(node.condition));
    const PatternTest& found = tests_[test];
    const bool is_equality = (found.kind == Kind::kText || found.kind == Kind::kNumber) && !found.negated;
    if (found.subject != PatternTest::Subject::kField || !is_equality) return {};
    return {{test}};
  }
  std::vector<PatternAnchors> choices;
  PatternAnchors one_of_each;
  for (const ConditionNode& child : node.children) {
    std::vector<PatternAnchors> of_child = anchors(child);
    if (node.kind == ConditionNode::Kind::kAnd) {
      std::ranges::move(of_child, std::back_inserter(choices));
    } else if (of_child.empty()) {
      return {};
    } else {
      one_of_each.insert(one_of_each.end(), of_child[0].begin(), of_child[0].end());
    }
  }
  if (node.kind == ConditionNode::Kind::kOr) choices.push_back(std::move(one_of_each));
  return choices;
}

}  // namespace tocsin
