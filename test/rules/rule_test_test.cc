// Rule tests themselves: that they are read, that they pass, and above all that they fail.
#include "rules/rule_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tocsin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

RuleSet default_rules() {
  return load_rules({}, process_environment()).rules;
}

std::vector<std::string> run(const std::string& text) {
  const RuleTestFile file = read_rule_tests({"t.yaml", text});
  EXPECT_EQ(file.diagnostics.render(), "");
  EXPECT_EQ(file.tests.size(), 1u);
  return run_rule_test(file.tests.at(0), default_rules());
}

TEST(DefaultPack, PassesItsTests) {
  const std::string path = std::string(TOCSIN_SOURCE_DIR) + "/rules/packs/default_test.yaml";
  const std::optional<std::string> text = process_environment().read_file(path);
  ASSERT_TRUE(text);
  const RuleTestFile file = read_rule_tests({path, *text});
  EXPECT_EQ(file.diagnostics.render(), "");
  EXPECT_GE(file.tests.size(), 9u);
  const RuleSet rules = default_rules();
  for (const RuleTest& test : file.tests) EXPECT_THAT(run_rule_test(test, rules), IsEmpty()) << test.name;
}

TEST(RuleTest, TellsAStateThatIsNotAsExpected) {
  EXPECT_THAT(run(R"(
tests:
  - name: wrong
    series: [{service: payment, events: 100x8, errors: 50x8}]
    expect:
      - {at: 6m, alarms: {error-rate/payment: OK, error-rate/nobody: ALARM}}
)"),
              ElementsAre("t.yaml:6: at 6m error-rate/payment is ALARM, expected OK",
                          "t.yaml:6: at 6m error-rate/nobody is INSUFFICIENT_DATA, expected ALARM"));
}

TEST(RuleTest, TellsAnAlarmThatMustNeverFire) {
  const std::vector<std::string> failures = run(R"(
tests:
  - name: wrong
    series: [{service: payment, events: 100x8, errors: 50x8}]
    never: [error-rate/*]
)");
  ASSERT_EQ(failures.size(), 1u);
  EXPECT_THAT(failures[0], HasSubstr("error-rate/payment must never be in ALARM, but was at "));
}

TEST(RuleTest, TellsALineThatIsNoEvent) {
  EXPECT_THAT(run("tests:\n  - name: x\n    lines: |\n      {\"level\": \"INFO\"}\n    never: [a]\n"),
              ElementsAre("line 1 is no event: no_timestamp"));
}

TEST(RuleTest, WritesLinesWithTheFieldsOfTheRules) {
  const LoadedRules loaded = load_rules({{"mine.yaml",
                                          "event: {timestamp: [t.at], level: [l], latency: [{field: d, unit: us}]}\n"
                                          "log_groups: {service: [s.name]}\n"
                                          "categories: {select: '{ $.l = \"ERROR\" }'}\n"}},
                                        process_environment());
  ASSERT_EQ(loaded.diagnostics.render(), "");
  const RuleTestFile file = read_rule_tests({"t.yaml", R"(
tests:
  - name: x
    series: [{service: payment, events: 60x8, errors: 30x8, latency_ms: 3000x8}]
    expect: [{at: 6m, alarms: {error-rate/payment: ALARM, latency-p99/payment: ALARM}}]
)"});
  EXPECT_THAT(run_rule_test(file.tests.at(0), loaded.rules), IsEmpty());
}

TEST(RuleTest, SeriesAreShort) {
  using Values = RuleTestSeries::Values;
  EXPECT_EQ(parse_series("5 0 _ 2x3"), (Values{5, 0, std::nullopt, 2, 2, 2}));
  EXPECT_EQ(parse_series("_x2"), (Values{std::nullopt, std::nullopt}));
  EXPECT_EQ(parse_series(""), Values{});
  for (const std::string text : {"a", "1x", "x3", "1x-1", "1x1x1", "1x999999999", "1,2"}) {
    EXPECT_EQ(parse_series(text), std::nullopt) << text;
  }
}

TEST(RuleTest, FaultsOfAFileAreToldTogether) {
  const RuleTestFile file = read_rule_tests({"t.yaml", R"(
tests:
  - name: nothing expected
    series: [{service: a, events: 5}]
  - name: odd
    sreies: []
    start: soon
    series: [{service: a, events: many, errors: 9}, {events: 1.5}]
    expect: [{at: 5m, alarms: {a: ALRAM}}]
)"});
  const std::string text = file.diagnostics.render();
  for (const char* part : {"a test that expects nothing can't fail", "unknown key 'sreies'", "'start' must be a time",
                           "'events' must be a series, not 'many'", "more errors than events in interval 1",
                           "a series lacks 'service'", "not '1.5'", "unknown state 'ALRAM'"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

}  // namespace
}  // namespace tocsin
