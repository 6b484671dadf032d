#include "app/alarm_simulation.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/batch_io.h"

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

Json least_alarm() {
  return {{"Period", 60}, {"EvaluationPeriods", 3}, {"Threshold", 5}, {"ComparisonOperator", "GreaterThanThreshold"}};
}

std::string alarm_error(const Json& properties) {
  try {
    alarm_from_cloudwatch(properties);
  } catch (const BatchError& error) {
    EXPECT_EQ(error.code(), "INVALID_ALARM");
    return error.what();
  }
  return "";
}

TEST(AlarmSimulation, ReadsCloudWatchsProperties) {
  Json properties = least_alarm();
  properties["DatapointsToAlarm"] = 2;
  properties["ExtendedStatistic"] = "p99";
  properties["TreatMissingData"] = "breaching";
  properties["EvaluateLowSampleCountPercentile"] = "ignore";
  properties["AlarmActions"] = {"arn:aws:sns:eu-west-1:000000000000:topic"};
  const AlarmDefinition alarm = alarm_from_cloudwatch(properties);
  EXPECT_EQ(alarm.datapoints_to_alarm, 2);
  EXPECT_TRUE(alarm.names_datapoints_to_alarm);
  EXPECT_EQ(alarm.metrics[0].statistic, (Statistic{.kind = StatisticKind::kPercentile, .percentile = 99}));
  EXPECT_EQ(alarm.treat_missing_data, TreatMissingData::kBreaching);
  EXPECT_EQ(alarm.low_sample_percentile, LowSamplePercentile::kIgnore);
  EXPECT_EQ(alarm_from_cloudwatch(least_alarm()).datapoints_to_alarm, 3);
}

TEST(AlarmSimulation, DynamoDbAlarmsIgnoreMissingDataUnlessTold) {
  Json properties = least_alarm();
  properties["Namespace"] = "AWS/DynamoDB";
  EXPECT_EQ(alarm_from_cloudwatch(properties).treat_missing_data, TreatMissingData::kIgnore);
  properties["TreatMissingData"] = "missing";
  EXPECT_EQ(alarm_from_cloudwatch(properties).treat_missing_data, TreatMissingData::kMissing);
}

TEST(AlarmSimulation, WrongPropertiesAreNamed) {
  struct Row {
    const char* name;
    Json value;
    const char* error;
  };
  const Row rows[] = {
      {"Period", nullptr, "Period is missing"},
      {"Period", 0, "a period is a number of whole seconds"},
      {"Period", 1e30, "Period is no whole number"},
      {"EvaluationPeriods", 0, "the evaluation periods are 1 to 10080"},
      {"EvaluationPeriods", 1.5, "EvaluationPeriods is no whole number"},
      {"DatapointsToAlarm", 4, "the datapoints to alarm are 1 to 3, the evaluation periods"},
      {"Threshold", "5", "Threshold is no number"},
      {"ComparisonOperator", "GreaterThanUpperThreshold", "unknown ComparisonOperator 'GreaterThanUpperThreshold'"},
      {"Statistic", "Median", "unknown statistic 'Median'"},
      {"TreatMissingData", "zero", "unknown TreatMissingData 'zero'"},
      {"EvaluateLowSampleCountPercentile", "no", "EvaluateLowSampleCountPercentile is 'evaluate' or 'ignore'"},
      {"Metrics", Json::array(), "Metrics is no list of metrics"},
  };
  for (const Row& row : rows) {
    Json properties = least_alarm();
    properties[row.name] = row.value;
    EXPECT_EQ(alarm_error(properties), row.error);
  }
  EXPECT_EQ(alarm_error(Json::array()), "an alarm is an object of CloudWatch's properties");
}

TEST(AlarmSimulation, ReadsSeries) {
  const std::vector<Datapoint> points = datapoints_from_text(" 0 -1.5,_  5x2 9@40 ");
  ASSERT_EQ(points.size(), 6U);
  EXPECT_EQ(points[1].value, -1.5);
  EXPECT_EQ(points[2].value, std::nullopt);
  EXPECT_EQ(points[4].value, 5);
  EXPECT_EQ(points[5].value, 9);
  EXPECT_EQ(points[5].sample_count, 40);
  for (const char* text : {"a", "1x0", "1x-1", "1x1e9", "1x", "1@", "1@0", "__", "1 9999x2 x"}) {
    EXPECT_THROW(datapoints_from_text(text), BatchError) << text;
  }
  EXPECT_THROW(datapoints_from_json(Json::array({"1"})), BatchError);
  EXPECT_EQ(datapoints_from_json(Json::array({1, nullptr, {{"value", 2}, {"sample_count", 3}}}))[2].sample_count, 3);
}

TEST(AlarmSimulation, LooksBackOverItsRangeOnly) {
  AlarmDefinition alarm = alarm_from_cloudwatch(least_alarm());
  alarm.datapoints_to_alarm = 1;
  const AlarmSimulation simulation(alarm, datapoints_from_text("6 _x8"), EventTime{540'000});
  ASSERT_EQ(simulation.size(), 9U);
  EXPECT_EQ(simulation.datapoint(0).start, EventTime{});
  std::string states;
  AlarmState state = AlarmState::kInsufficientData;
  for (std::size_t i = 0; i < simulation.size(); ++i) {
    state = simulation.evaluate(i, state, false).state;
    states += state == AlarmState::kAlarm ? 'A' : '?';
  }
  EXPECT_EQ(states, "AAAAA????");
}

}  // namespace
}  // namespace tocsin
