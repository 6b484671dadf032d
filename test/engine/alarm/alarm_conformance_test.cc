// Evaluations that others recorded or published, where they are at hand.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "test/engine/alarm/series.h"

namespace tocsin {
namespace {

using nlohmann::json;

AlarmDefinition alarm_of(const json& properties) {
  AlarmDefinition alarm = alarm_above_five(properties.at("EvaluationPeriods").get<int>(), 1);
  alarm.datapoints_to_alarm = properties.value("DatapointsToAlarm", alarm.evaluation_periods);
  alarm.period = Period::seconds(properties.at("Period").get<int>());
  alarm.threshold = properties.at("Threshold").get<double>();
  alarm.comparison = parse_comparison(properties.at("ComparisonOperator").get<std::string>()).value();
  alarm.treat_missing_data =
      parse_treat_missing_data(properties.value("TreatMissingData", std::string("missing"))).value();
  const std::string statistic = properties.contains("Statistic")
                                    ? properties["Statistic"].get<std::string>()
                                    : properties.at("ExtendedStatistic").get<std::string>();
  alarm.metrics[0].statistic = parse_statistic(statistic).value();
  if (properties.value("EvaluateLowSampleCountPercentile", std::string()) == "ignore") {
    alarm.low_sample_percentile = LowSamplePercentile::kIgnore;
  }
  return alarm;
}

std::vector<Datapoint> datapoints_of(const json& values) {
  std::vector<Datapoint> points;
  for (const json& value : values) {
    Datapoint point;
    if (value.is_number()) point.value = value.get<double>();
    if (value.is_object()) point = {.start = {}, .value = value.at("value"), .sample_count = value.at("sample_count")};
    points.push_back(point);
  }
  return points;
}

TEST(AlarmConformance, RecordedEvaluations) {
  const std::filesystem::path path =
      std::filesystem::path(TOCSIN_SOURCE_DIR) / "../shared/conformance/alarm/cases.jsonl";
  std::ifstream file(path);
  if (!file) GTEST_SKIP() << "no recorded cases at " << path;
  std::string line;
  int cases = 0;
  while (std::getline(file, line)) {
    const json row = json::parse(line);
    const AlarmState previous = parse_alarm_state(row.at("previous_state").get<std::string>()).value();
    const AlarmState state = evaluate(alarm_of(row.at("alarm")), datapoints_of(row.at("datapoints")), previous).state;
    const std::string expected = row.at("expected_state");
    if (expected == "NOT_ALARM") {
      EXPECT_NE(state, AlarmState::kAlarm) << row;
    } else {
      EXPECT_EQ(to_text(state), expected) << row;
    }
    ++cases;
  }
  EXPECT_GE(cases, 71);
}

}  // namespace
}  // namespace tocsin
