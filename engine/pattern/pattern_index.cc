#include "engine/pattern/pattern_index.h"

#include <algorithm>

namespace tocsin {

PatternIndex::PatternIndex(const CompiledPatterns& patterns, const std::vector<std::vector<PatternAnchors>>& anchors)
    : of_test_(patterns.tests().size()) {
  std::vector<std::size_t> uses(patterns.tests().size());
  for (const std::vector<PatternAnchors>& choices : anchors) {
    for (const PatternAnchors& choice : choices) {
      for (const std::uint32_t test : choice) ++uses[test];
    }
  }
  const auto cost = [&uses](const PatternAnchors& choice) {
    std::size_t sum = 0;
    for (const std::uint32_t test : choice) sum += uses[test];
    return sum;
  };
  for (std::uint32_t pattern = 0; pattern < anchors.size(); ++pattern) {
    const std::vector<PatternAnchors>& choices = anchors[pattern];
    if (choices.empty()) {
      always_.push_back(pattern);
      continue;
    }
    for (const std::uint32_t test : *std::ranges::min_element(choices, {}, cost)) {
      if (of_test_[test].empty()) add_test(patterns, test);
      if (of_test_[test].empty() || of_test_[test].back() != pattern) of_test_[test].push_back(pattern);
    }
  }
  for (Field& field : fields_) std::ranges::sort(field.by_number);
}

void PatternIndex::add_test(const CompiledPatterns& patterns, std::uint32_t test) {
  const PatternTest& added = patterns.tests()[test];
  if (added.kind == PatternTest::Kind::kTerm) {
    has_terms_ = true;
    return;
  }
  auto field = std::ranges::find(fields_, added.slot, &Field::slot);
  if (field == fields_.end()) {
    fields_.push_back({.slot = added.slot, .literals = added.literals, .by_literal = {}, .by_number = {}});
    field = fields_.end() - 1;
    field->by_literal.resize(patterns.literals()[added.literals].size());
  }
  field->by_literal[added.operand].push_back(test);
  if (added.kind == PatternTest::Kind::kNumber) field->by_number.emplace_back(added.number, test);
}

}  // namespace tocsin
