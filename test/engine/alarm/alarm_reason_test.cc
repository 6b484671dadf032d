#include "engine/alarm/alarm_reason.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "test/engine/alarm/series.h"

namespace tocsin {
namespace {

TEST(AlarmReason, NumbersPrintAsCloudWatchPrintsThem) {
  struct Row {
    double value;
    const char* text;
  };
  for (const Row& row : {Row{11, "11.0"}, Row{5, "5.0"}, Row{0.35, "0.35"}, Row{0, "0.0"}, Row{-2.5, "-2.5"},
                         Row{99.50160229693434, "99.50160229693434"}, Row{0.001, "0.001"}, Row{0.0001, "1.0E-4"},
                         Row{1234567, "1234567.0"}, Row{12345678, "1.2345678E7"}, Row{1e300, "1.0E300"},
                         Row{-1e7, "-1.0E7"}, Row{std::numeric_limits<double>::infinity(), "null"}}) {
    EXPECT_EQ(cloudwatch_number(row.value), row.text);
  }
}

struct ReasonRow {
  int m, n;  // m 0: not written, so N
  TreatMissingData treatment;
  AlarmState previous;
  const char* range;
  const char* reason;
};

TEST(AlarmReason, Texts) {
  using enum TreatMissingData;
  using enum AlarmState;
  const ReasonRow rows[] = {
      {2, 3, kMissing, kOk, "0 0 9 0 11",
       "Threshold Crossed: 2 out of the last 3 datapoints [11.0 (20/11/26 10:04:00), 9.0 (20/11/26 10:02:00)] were "
       "greater "
       "than the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition)."},
      {1, 1, kMissing, kOk, "0 0 11",
       "Threshold Crossed: 1 out of the last 1 datapoints [11.0 (20/11/26 10:04:00)] was greater than the threshold "
       "(5.0) "
       "(minimum 1 datapoint for OK -> ALARM transition)."},
      {0, 1, kMissing, kOk, "0 0 11",
       "Threshold Crossed: 1 datapoint [11.0 (20/11/26 10:04:00)] was greater than the threshold (5.0)."},
      {0, 1, kMissing, kAlarm, "0 0 0.35",
       "Threshold Crossed: 1 datapoint [0.35 (20/11/26 10:04:00)] was not greater than the threshold (5.0)."},
      {0, 2, kMissing, kOk, "0 6 7",
       "Threshold Crossed: 2 out of the last 2 datapoints [7.0 (20/11/26 10:04:00), 6.0 (20/11/26 10:03:00)] were "
       "greater "
       "than the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition)."},
      {2, 3, kMissing, kAlarm, "0 0 0 9 1",
       "Threshold Crossed: 2 out of the last 3 datapoints [1.0 (20/11/26 10:04:00), 0.0 (20/11/26 10:02:00)] were not "
       "greater than the threshold (5.0) (minimum 2 datapoints for ALARM -> OK transition)."},
      {3, 3, kBreaching, kOk, "_ _ 6 _ 7",
       "Threshold Crossed: 2 out of the last 3 datapoints [7.0 (20/11/26 10:04:00), 6.0 (20/11/26 10:02:00)] were "
       "greater "
       "than the threshold (5.0) and 1 missing datapoint was treated as [Breaching] (minimum 3 datapoints for OK -> "
       "ALARM "
       "transition)."},
      {2, 3, kBreaching, kOk, "_ _ _ _ 0",
       "Threshold Crossed: 0 out of the last 3 datapoints were greater than the threshold (5.0) and 2 missing "
       "datapoints "
       "were treated as [Breaching] (minimum 2 datapoints for OK -> ALARM transition)."},
      {1, 3, kNotBreaching, kAlarm, "_ _ _ _ 0",
       "Threshold Crossed: 1 out of the last 3 datapoints [0.0 (20/11/26 10:04:00)] was not greater than the threshold "
       "(5.0) and 2 missing datapoints were treated as [NonBreaching] (minimum 3 datapoints for ALARM -> OK "
       "transition)."},
      {2, 2, kBreaching, kOk, "_ _ _ _",
       "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as "
       "[Breaching]."},
      {0, 1, kNotBreaching, kAlarm, "_ _ _",
       "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
       "[NonBreaching]."},
      {3, 3, kMissing, kOk, "_ _ _ _ _", "Insufficient Data: 3 datapoints were unknown."},
      {0, 1, kMissing, kOk, "_ _ _", "Insufficient Data: 1 datapoint was unknown."},
      {3, 3, kMissing, kOk, "_ _ _ 7 6", "Insufficient Data: 1 datapoint was unknown."},
  };
  for (const ReasonRow& row : rows) {
    AlarmDefinition alarm = alarm_above_five(row.n, row.m == 0 ? row.n : row.m, row.treatment);
    alarm.names_datapoints_to_alarm = row.m != 0;
    EXPECT_EQ(evaluate(alarm, series(row.range), row.previous).reason, row.reason) << row.range;
  }
}

TEST(AlarmReason, ComparisonsInWords) {
  struct Row {
    Comparison comparison;
    const char* words;
  };
  for (const Row& row : {Row{Comparison::kGreaterThan, "was not greater than the threshold (5.0)"},
                         Row{Comparison::kGreaterOrEqual, "was greater than or equal to the threshold (5.0)"},
                         Row{Comparison::kLessThan, "was not less than the threshold (5.0)"},
                         Row{Comparison::kLessOrEqual, "was less than or equal to the threshold (5.0)"}}) {
    AlarmDefinition alarm = alarm_above_five(1, 1);
    alarm.comparison = row.comparison;
    const AlarmVerdict verdict = evaluate(alarm, series("5"), AlarmState::kInsufficientData);
    EXPECT_NE(verdict.reason.find(row.words), std::string::npos) << verdict.reason;
  }
}

TEST(AlarmReason, UnchangedStatesSayWhyWhenAsked) {
  struct Row {
    const char* range;
    const char* reason;
  };
  for (const Row& row :
       {Row{"_ _ _ _ _", "Unchanged: no datapoints were received for 3 periods, and missing data is ignored."},
        Row{"_ _ _ 6 _",
            "Unchanged: 1 datapoint of the 2 needed breached, 2 were missing, and missing data "
            "is ignored."}}) {
    const std::vector<Datapoint> range = series(row.range);
    const AlarmVerdict verdict =
        evaluate_alarm(alarm_above_five(3, 2, TreatMissingData::kIgnore),
                       {.datapoints = range, .previous = AlarmState::kOk, .at = kSeriesEnd, .always_reason = true});
    EXPECT_EQ(verdict.reason, row.reason);
  }
}

TEST(AlarmReason, ALongListIsCutWithinCloudWatchsLimit) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "123456.123456789 ";
  const AlarmVerdict verdict = evaluate(alarm_above_five(100, 100), series(text), AlarmState::kOk);
  EXPECT_LE(verdict.reason.size(), 1023U);
  EXPECT_NE(verdict.reason.find(", ...] were greater"), std::string::npos) << verdict.reason;
}

TEST(AlarmReasonData, NamesTheDatapointsThatDecided) {
  AlarmDefinition alarm = alarm_above_five(3, 2);
  alarm.metrics[0].unit = "Count";
  std::vector<Datapoint> range = series("_ 0 9 _ 11");
  for (Datapoint& point : range) point.sample_count = 4;
  const AlarmVerdict verdict = evaluate(alarm, range, AlarmState::kOk);
  EXPECT_EQ(verdict.reason_data,
            "{\"version\":\"1.0\",\"queryDate\":\"2026-11-20T10:05:10.000+0000\",\"startDate\":"
            "\"2026-11-20T10:01:00.000+0000\",\"unit\":\"Count\",\"statistic\":\"Sum\",\"period\":60,"
            "\"recentDatapoints\":[0.0,9.0,null,11.0],\"threshold\":5.0,\"evaluatedDatapoints\":["
            "{\"timestamp\":\"2026-11-20T10:04:00.000+0000\",\"sampleCount\":4.0,\"value\":11.0},"
            "{\"timestamp\":\"2026-11-20T10:02:00.000+0000\",\"sampleCount\":4.0,\"value\":9.0}]}");
}

TEST(AlarmReasonData, MissingDatapointsHaveATimestampOnly) {
  const AlarmVerdict verdict =
      evaluate(alarm_above_five(2, 2, TreatMissingData::kBreaching), series("_ _ _ 7 _"), AlarmState::kOk);
  const nlohmann::json data = nlohmann::json::parse(verdict.reason_data);
  EXPECT_EQ(data["recentDatapoints"].dump(), "[7.0]");
  EXPECT_EQ(data["evaluatedDatapoints"].dump(),
            "[{\"timestamp\":\"2026-11-20T10:04:00.000+0000\"},"
            "{\"timestamp\":\"2026-11-20T10:03:00.000+0000\",\"value\":7.0}]");
}

TEST(AlarmReasonData, WithoutDataThereIsNoStartDate) {
  const AlarmVerdict verdict = evaluate(alarm_above_five(2, 2), series("_ _ _ _"), AlarmState::kOk);
  const nlohmann::json data = nlohmann::json::parse(verdict.reason_data);
  EXPECT_FALSE(data.contains("startDate"));
  EXPECT_EQ(data["recentDatapoints"].dump(), "[]");
  EXPECT_EQ(data["evaluatedDatapoints"].size(), 2U);
}

}  // namespace
}  // namespace tocsin
