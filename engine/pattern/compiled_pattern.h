// What runs of all patterns of a set: a table of distinct tests, and for each pattern a chain of steps that leads from
// test to test until it accepts or rejects. Two patterns with the same condition share the test. Constant while
// matching.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
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
  enum class Subject : std::uint8_t {
    kLine,      // the whole line
    kField,     // the value of `slot`
    kElements,  // one of the values in `slot`, from where rests()[rest] leads on
    kToken,     // the field of a space-delimited line at `place`
  };
  enum class Kind : std::uint8_t {
    kTerm,      // the text contains terms[operand]
    kRegex,     // the text contains what regexes[operand] describes
    kText,      // the text is the operand-th of `literals`
    kNumber,    // as kText, but a number is compared by value
    kWildcard,  // the text matches wildcards[operand]
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    kIsNull,
    kIsTrue,
    kIsFalse,
    kNotExists,
    kTokenCount,  // the line has at least `operand` fields
  };
  Subject subject = Subject::kLine;
  Kind kind = Kind::kTerm;
  bool negated = false;  // !=, which still needs a text or a number
  FieldSlot slot;
  std::uint32_t rest = 0;
  TokenPlace place;
  std::uint32_t operand = 0;
  std::uint32_t literals = 0;  // kText, kNumber: which of the lists of literals
  double number = 0;
};

struct PatternStep {
  std::uint32_t test = 0;
  std::uint32_t if_true = 0;  // the next step, or kAccept or kReject
  std::uint32_t if_false = 0;
};

// Tests of which at least one must hold for a pattern to match. None: nothing is known that must hold.
using PatternAnchors = std::vector<std::uint32_t>;

class CompiledPatterns {
 public:
  static constexpr std::uint32_t kAccept = 0xFFFFFFFF;
  static constexpr std::uint32_t kReject = 0xFFFFFFFE;

  // The first step of the pattern; its fields are added to `projection`.
  std::uint32_t compile(const PatternTree& tree, Projection& projection);

  // All choices of anchors that a compiled pattern has; each anchor is a term, or a field that equals a text or number.
  std::vector<PatternAnchors> anchors(const PatternTree& tree) const;

  const std::vector<PatternStep>& steps() const { return steps_; }
  const std::vector<PatternTest>& tests() const { return tests_; }
  const std::vector<std::string>& terms() const { return terms_; }
  const std::vector<std::uint32_t>& tests_of_terms() const { return tests_of_terms_; }
  const std::vector<Wildcard>& wildcards() const { return wildcards_; }
  const std::vector<std::shared_ptr<const Regex>>& regexes() const { return regexes_; }
  const std::vector<FieldPath>& rests() const { return rests_; }
  // The texts that a field is compared with, one entry for each field that is. The first is that of all other texts.
  const std::vector<TextIndex>& literals() const { return literals_; }
  // How many slots an event must have at least.
  std::size_t slots() const { return slots_; }

 private:
  std::uint32_t compile(const TermsPattern& pattern);
  std::uint32_t compile(const SpaceDelimitedPattern& pattern, Projection& projection);
  std::uint32_t compile(const ConditionNode& node, PatternStep targets, Projection& projection);
  std::uint32_t add_step(PatternStep step);
  std::uint32_t test_of(const PatternTerm& term);
  std::uint32_t test_of(const FieldCondition& condition, Projection& projection);
  std::uint32_t token_count_test(std::size_t least);
  std::uint32_t add_test(const std::string& name, PatternTest test);
  std::vector<PatternAnchors> anchors(const ConditionNode& node) const;
  std::vector<PatternAnchors> anchors(const TermsPattern& pattern) const;
  void choose_operand(PatternTest& test, const PatternLiteral& literal);

  std::vector<PatternStep> steps_;
  std::vector<PatternTest> tests_;
  std::vector<std::string> terms_;
  std::vector<std::uint32_t> tests_of_terms_;
  std::vector<Wildcard> wildcards_;
  std::vector<std::shared_ptr<const Regex>> regexes_;
  std::vector<FieldPath> rests_;
  std::vector<TextIndex> literals_{1};
  std::map<std::string, std::uint32_t, std::less<>> known_tests_;  // by what they test, printed
  std::map<FieldSlot, std::uint32_t> literals_of_slot_;
  std::size_t slots_ = 0;
};

}  // namespace tocsin
