// Leads from what an event holds to the patterns that may match it, so that the others cost nothing: most patterns ask
// for a term, or for a field that equals a text or number, and are listed under it. Constant after construction.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine/pattern/compiled_pattern.h"

namespace tocsin {

class PatternIndex {
 public:
  // `anchors`: for each pattern its choices (CompiledPatterns::anchors). Of these the one is taken that fewest patterns
  // share.
  PatternIndex(const CompiledPatterns& patterns, const std::vector<std::vector<PatternAnchors>>& anchors);

  // Patterns that nothing leads to: they may always match.
  std::span<const std::uint32_t> always() const { return always_; }
  // Those that may match where the test holds. A pattern may be under several.
  std::span<const std::uint32_t> of_test(std::uint32_t test) const { return of_test_[test]; }

  // The fields that some pattern's anchor is about.
  struct Field {
    FieldSlot slot;
    std::uint32_t literals = 0;                               // which list of literals
    std::vector<std::vector<std::uint32_t>> by_literal;       // tests
    std::vector<std::pair<double, std::uint32_t>> by_number;  // tests, ordered
  };
  std::span<const Field> fields() const { return fields_; }
  bool has_terms() const { return has_terms_; }  // some pattern is under a term

 private:
  void add_test(const CompiledPatterns& patterns, std::uint32_t test);

  std::vector<std::uint32_t> always_;
  std::vector<std::vector<std::uint32_t>> of_test_;
  std::vector<Field> fields_;
  bool has_terms_ = false;
};

}  // namespace tocsin
