#include "engine/alarm/alarm_definition.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

TEST(AlarmDefinition, WordsReadBackAsTheyPrint) {
  for (const AlarmState state : {AlarmState::kOk, AlarmState::kAlarm, AlarmState::kInsufficientData}) {
    EXPECT_EQ(parse_alarm_state(to_text(state)), state);
  }
  for (const Comparison comparison :
       {Comparison::kGreaterThan, Comparison::kGreaterOrEqual, Comparison::kLessThan, Comparison::kLessOrEqual}) {
    EXPECT_EQ(parse_comparison(to_text(comparison)), comparison);
  }
  for (const TreatMissingData treatment : {TreatMissingData::kMissing, TreatMissingData::kIgnore,
                                           TreatMissingData::kBreaching, TreatMissingData::kNotBreaching}) {
    EXPECT_EQ(parse_treat_missing_data(to_text(treatment)), treatment);
  }
  for (const Severity severity : {Severity::kInfo, Severity::kWarning, Severity::kCritical}) {
    EXPECT_EQ(parse_severity(to_text(severity)), severity);
  }
}

TEST(AlarmDefinition, OtherWordsAreRefused) {
  EXPECT_EQ(parse_alarm_state("ok"), std::nullopt);
  EXPECT_EQ(parse_comparison("="), std::nullopt);
  EXPECT_EQ(parse_comparison(""), std::nullopt);
  EXPECT_EQ(parse_treat_missing_data("notbreaching"), std::nullopt);
  EXPECT_EQ(parse_severity("fatal"), std::nullopt);
}

TEST(AlarmDefinition, SignsAndNamesCompareAlike) {
  struct Row {
    const char* sign;
    bool below, equal, above;
  };
  for (const Row& row : {Row{">", false, false, true}, Row{">=", false, true, true}, Row{"<", true, false, false},
                         Row{"<=", true, true, false}}) {
    const Comparison comparison = parse_comparison(row.sign).value();
    EXPECT_EQ(breaches(4, comparison, 5), row.below) << row.sign;
    EXPECT_EQ(breaches(5, comparison, 5), row.equal) << row.sign;
    EXPECT_EQ(breaches(6, comparison, 5), row.above) << row.sign;
  }
}

TEST(AlarmDefinition, RangeAndIntervalFollowThePeriod) {
  struct Row {
    std::int64_t period_s;
    int n, range;
    std::int64_t interval_s;
  };
  for (const Row& row : {Row{10, 3, 9, 10}, Row{20, 3, 6, 10}, Row{30, 1, 3, 10}, Row{60, 3, 5, 60}, Row{300, 3, 5, 60},
                         Row{3600, 24, 26, 60}}) {
    AlarmDefinition alarm;
    alarm.period = Period::seconds(row.period_s);
    alarm.evaluation_periods = row.n;
    EXPECT_EQ(evaluation_range(alarm), row.range) << row.period_s;
    EXPECT_EQ(evaluation_interval(alarm), Period::seconds(row.interval_s)) << row.period_s;
  }
  AlarmDefinition alarm;
  alarm.evaluation_range = 17;
  EXPECT_EQ(evaluation_range(alarm), 17);
}

TEST(AlarmDefinition, TheReturnedQueryIsTheOneThatSaysSo) {
  AlarmDefinition alarm;
  alarm.metrics.resize(3);
  alarm.metrics[0].return_data = false;
  alarm.metrics[1].id = "rate";
  alarm.metrics[2].return_data = false;
  EXPECT_EQ(returned_query(alarm).id, "rate");
}

}  // namespace
}  // namespace tocsin
