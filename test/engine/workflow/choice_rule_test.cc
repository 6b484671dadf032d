#include "engine/workflow/choice_rule.h"

#include <gtest/gtest.h>

#include "test/engine/workflow/machine_run.h"

namespace tocsin {
namespace {

// "yes" or "no", or the error and its cause.
std::string choose(const std::string& rule, const std::string& input) {
  const MachineRun run =
      run_machine(machine_of(R"("S": {"Type": "Choice", "Choices": [{)" + rule +
                             R"(, "Next": "Yes"}], "Default": "No"}, "Yes": {"Type": "Pass", "Result": 1, "End": true},
                   "No": {"Type": "Pass", "Result": 0, "End": true})"),
                  input);
  if (run.status != ExecutionStatus::kSucceeded) return run.error + ": " + run.cause;
  return run.output == "1" ? "yes" : "no";
}

TEST(ChoiceRule, Compares) {
  struct Case {
    const char *rule, *input, *chosen;  // the rule without its Variable, which is $.v
  };
  const Case cases[] = {
      {R"("StringEquals": "a")", R"({"v":"a"})", "yes"},
      {R"("StringEquals": "a")", R"({"v":"a "})", "no"},
      {R"("StringEquals": "1")", R"({"v":1})", "no"},
      {R"("StringLessThan": "AB")", R"({"v":"A"})", "yes"},
      {R"("StringLessThan": "A")", R"({"v":"A"})", "no"},
      {R"("StringLessThanEquals": "A")", R"({"v":"A"})", "yes"},
      {R"("StringGreaterThan": "A")", R"({"v":"a"})", "yes"},
      {R"("StringGreaterThanEquals": "b")", R"({"v":"a"})", "no"},
      {R"("StringEqualsPath": "$.w")", R"({"v":"a","w":"a"})", "yes"},
      {R"("StringEqualsPath": "$.w")", R"({"v":"1","w":1})", "no"},
      {R"("StringMatches": "log-*.txt")", R"({"v":"log-2026.txt"})", "yes"},
      {R"("StringMatches": "log-*.txt")", R"({"v":"log-2026.txt.gz"})", "no"},
      {R"("NumericEquals": 1)", R"({"v":1.0})", "yes"},
      {R"("NumericEquals": 0)", R"({"v":-0.0})", "yes"},
      {R"("NumericEquals": 1)", R"({"v":"1"})", "no"},
      {R"("NumericEquals": 1)", R"({"v":true})", "no"},
      {R"("NumericLessThan": 2)", R"({"v":1.5})", "yes"},
      {R"("NumericGreaterThan": -1)", R"({"v":18446744073709551615})", "yes"},
      {R"("NumericLessThanEqualsPath": "$.w")", R"({"v":3,"w":3})", "yes"},
      {R"("NumericGreaterThanEqualsPath": "$.w")", R"({"v":2,"w":3})", "no"},
      {R"("BooleanEquals": false)", R"({"v":false})", "yes"},
      {R"("BooleanEquals": false)", R"({"v":null})", "no"},
      {R"("BooleanEqualsPath": "$.w")", R"({"v":true,"w":true})", "yes"},
      {R"("TimestampEquals": "2016-03-14T01:59:00Z")", R"({"v":"2016-03-14T02:59:00+01:00"})", "yes"},
      {R"("TimestampLessThan": "2016-03-14T01:59:00Z")", R"({"v":"2016-03-14T01:58:59.999999999Z"})", "yes"},
      {R"("TimestampGreaterThan": "2016-03-14T01:59:00Z")", R"({"v":"yesterday"})", "no"},
      {R"("TimestampGreaterThanEqualsPath": "$.w")", R"({"v":"2016-03-14T01:59:00Z","w":"2016-03-14T01:59:00Z"})",
       "yes"},
      {R"("IsNull": true)", R"({"v":null})", "yes"},
      {R"("IsNull": false)", R"({"v":0})", "yes"},
      {R"("IsNumeric": true)", R"({"v":1.1})", "yes"},
      {R"("IsNumeric": true)", R"({"v":"1.1"})", "no"},
      {R"("IsString": false)", R"({"v":[]})", "yes"},
      {R"("IsBoolean": true)", R"({"v":false})", "yes"},
      {R"("IsTimestamp": true)", R"({"v":"2016-03-14T01:59:00Z"})", "yes"},
      {R"("IsTimestamp": true)", R"({"v":"2016-03-14"})", "no"},
      {R"("IsPresent": true)", R"({"v":null})", "yes"},
      {R"("IsPresent": true)", R"({})", "no"},
      {R"("IsPresent": false)", R"({})", "yes"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(choose(R"("Variable": "$.v", )" + std::string(c.rule), c.input), c.chosen) << c.rule << " " << c.input;
  }
}

TEST(ChoiceRule, CombinesRules) {
  const char* between =
      R"("And": [{"Variable": "$.v", "NumericGreaterThan": 1}, {"Variable": "$.v", "NumericLessThan": 5}])";
  EXPECT_EQ(choose(between, R"({"v":3})"), "yes");
  EXPECT_EQ(choose(between, R"({"v":5})"), "no");
  const char* either =
      R"("Or": [{"Variable": "$.v", "StringEquals": "a"}, {"Not": {"Variable": "$.v", "IsString": true}}])";
  EXPECT_EQ(choose(either, R"({"v":"a"})"), "yes");
  EXPECT_EQ(choose(either, R"({"v":"b"})"), "no");
  EXPECT_EQ(choose(either, R"({"v":7})"), "yes");
  // The second rule is not looked at where the first one decides.
  EXPECT_EQ(choose(R"("Or": [{"Variable": "$.v", "IsPresent": false}, {"Variable": "$.v", "NumericEquals": 1}])", "{}"),
            "yes");
}

TEST(ChoiceRule, FailsOnPathsToNowhere) {
  EXPECT_EQ(
      choose(R"("Variable": "$.v", "NumericEquals": 1)", "{}"),
      "States.Runtime: An error occurred while executing the state 'S' (entered at the event id #2). Invalid path "
      "'$.v': The choice state's condition path references an invalid value.");
}

TEST(ChoiceRule, MatchesStrings) {
  struct Case {
    const char *pattern, *text;
    bool matches;
  };
  const Case cases[] = {
      {"", "", true},
      {"", "a", false},
      {"*", "", true},
      {"*", "abc", true},
      {"a*", "abc", true},
      {"*c", "abc", true},
      {"a*c", "ac", true},
      {"a*c", "abcd", false},
      {"ab*ba", "aba", false},
      {"*a*b*", "xxaxxbx", true},
      {"*a*b*", "xxbxxax", false},
      {"a\\*c", "a*c", true},
      {"a\\*c", "abc", false},
      {"a\\\\*", "a\\b", true},
      {"**", "x", true},
      {"*aab", "aaab", true},
  };
  for (const Case& c : cases) EXPECT_EQ(string_matches(c.pattern, c.text), c.matches) << c.pattern << " " << c.text;
}

}  // namespace
}  // namespace tocsin
