// A rule of a Choice state: a comparison of a variable with a constant or another variable, or And, Or, Not of rules.
// Values of the wrong type make a comparison false, never an error; a path that finds nothing is an error, except for
// IsPresent.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/workflow/json.h"
#include "engine/workflow/jsonpath.h"
#include "engine/workflow/scope.h"

namespace tocsin {

enum class ChoiceTest : std::uint8_t {
  kEquals,
  kLess,
  kGreater,
  kLessEquals,
  kGreaterEquals,
  kMatches,
  kIs,
  kIsPresent
};
enum class ChoiceType : std::uint8_t { kString, kNumeric, kBoolean, kTimestamp, kNull, kAny };

// A comparison operator, such as "NumericLessThanEqualsPath".
struct ChoiceOperator {
  std::string_view name;
  ChoiceTest test;
  ChoiceType type;
  bool by_path;  // its operand is a path
};

class ChoiceRule {
 public:
  // Called for each mistake with the members that lead to it, and a hint that may be empty.
  using Report = std::function<void(const std::string& message, const std::string& where, const std::string& hint)>;
  // Reads the rule's condition; its Next is the Choice state's affair.
  static ChoiceRule compile(const Json& value, const Report& report);

  bool holds(const Scope& scope) const;  // throws StateFailure

 private:
  enum class Kind : std::uint8_t { kCompare, kAnd, kOr, kNot };

  static ChoiceRule compile_at(const Json& value, const Report& report, const std::string& where, bool nested);
  void compile_parts(const Json& value, const Report& report, const std::string& where);
  void compile_comparison(const Json& rule, const Json& operand, const Report& report, const std::string& where);

  Kind kind_ = Kind::kCompare;
  std::vector<ChoiceRule> parts_;
  std::optional<JsonPath> variable_;
  const ChoiceOperator* operator_ = nullptr;
  JsonRef operand_;  // or
  std::optional<JsonPath> operand_path_;
};

// '*' stands for any run of characters, '\*' for itself.
bool string_matches(std::string_view pattern, std::string_view text);

}  // namespace tocsin
