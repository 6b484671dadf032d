// What runs of all patterns of a set: a table of distinct tests, and for each pattern a chain of steps that leads from
// test to test until it accepts or rejects. Two patterns with the same condition share the test. Constant while
// matching.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/event/field_value.h"
#include "engine/event/projection.h"
#include "engine/pattern/pattern_tree.h"
#include "engine/pattern/text_index.h"
#include "engine/pattern/wildcard.h"

namespace tocsin {

struct PatternTest {
  enum class Kind : std::uint8_t {
    kTerm,      // the line contains terms[operand]
    kText,      // the field's text is the operand-th of its literals
    kNumber,    // as kText, but a number is compared by value
    kWildcard,  // the field's text matches wildcards[operand]
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    kIsNull,
    kIsTrue,
    kIsFalse,
    kNotExists,
  };
  Kind kind = Kind::kTerm;
  bool negated = false;  // !=, which still needs a text or a number
  FieldSlot slot;
  std::uint32_t operand = 0;
  std::uint32_t literals = 0;  // kText, kNumber: index of the field's literals
  double number = 0;
};

struct PatternStep {
  std::uint32_t test = 0;
  std::uint32_t if_true = 0;  // the next step, or kAccept or kReject
  std::uint32_t if_false = 0;
};

class CompiledPatterns {
 public:
  static constexpr std::uint32_t kAccept = 0xFFFFFFFF;
  static constexpr std::uint32_t kReject = 0xFFFFFFFE;

  // The first step of the pattern; its fields are added to `projection`.
  std::uint32_t compile(const PatternTree& tree, Projection& projection);

  const std::vector<PatternStep>& steps() const { return steps_; }
  const std::vector<PatternTest>& tests() const { return tests_; }
  const std::vector<std::string>& terms() const { return terms_; }
  const std::vector<Wildcard>& wildcards() const { return wildcards_; }
  // The texts that a field is compared with, one entry for each field that is.
  const std::vector<TextIndex>& literals() const { return literals_; }
  // How many slots an event must have at least.
  std::size_t slots() const { return slots_; }

 private:
  std::uint32_t compile_terms(const TermsPattern& pattern);
  std::uint32_t compile_node(const ConditionNode& node, PatternStep targets, Projection& projection);
  std::uint32_t add_step(PatternStep step);
  std::uint32_t test_of(const PatternTerm& term);
  std::uint32_t test_of(const FieldCondition& condition, Projection& projection);
  PatternTest make_test(const FieldCondition& condition, FieldSlot slot);

  std::vector<PatternStep> steps_;
  std::vector<PatternTest> tests_;
  std::vector<std::string> terms_;
  std::vector<Wildcard> wildcards_;
  std::vector<TextIndex> literals_;
  std::map<std::string, std::uint32_t, std::less<>> known_tests_;  // by what they test, printed
  std::map<FieldSlot, std::uint32_t> literals_of_slot_;
  std::size_t slots_ = 0;
};

}  // namespace tocsin
