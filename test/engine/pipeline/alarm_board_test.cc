// The board against a plain one, which evaluates every alarm at every instant.
#include "engine/pipeline/alarm_board.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "engine/alarm/alarm_evaluation.h"

namespace tocsin {
namespace {

const MetricName kErrors{"Shop", "Errors"};

AlarmDefinition definition(const std::string& name, const std::string& for_each, TreatMissingData treatment) {
  AlarmDefinition alarm;
  alarm.name = name;
  alarm.for_each = for_each;
  alarm.metrics = {{.id = "m", .metric = kErrors, .statistic = {.kind = StatisticKind::kSum}}};
  if (for_each.empty()) alarm.metrics[0].dimensions = {{"service", "b"}};
  alarm.evaluation_periods = 3;
  alarm.datapoints_to_alarm = 2;
  alarm.threshold = 5;
  alarm.treat_missing_data = treatment;
  return alarm;
}

SeriesId series_of(MetricStore& metrics, const std::string& service) {
  return metrics.series({kErrors, {{"service", service}}});
}

// Knows a service once a sample of it is in range, and every period's sum.
class PlainBoard {
 public:
  explicit PlainBoard(const AlarmDefinition& alarm) : alarm_(alarm) {}

  void record(const std::string& service, EventTime time, double value) {
    sums_[{service, floor_to(time, alarm_.period).ms}] += value;
    if (seen_.insert(service).second) order_.push_back(service);
  }

  std::vector<std::string> evaluate(EventTime instant) {
    std::vector<std::string> changed;
    const EventTime end = instant - kEvaluationLag;
    for (const std::string& service : order_) {
      if (!alarm_.for_each.empty() || service == "b") evaluate_one(service, end, instant, changed);
    }
    return changed;
  }

 private:
  void evaluate_one(const std::string& service, EventTime end, EventTime instant, std::vector<std::string>& changed) {
    std::vector<Datapoint> points;
    bool any = false;
    for (int back = evaluation_range(alarm_); back > 0; --back) {
      Datapoint point{.start = end - alarm_.period * back};
      const auto sum = sums_.find({service, point.start.ms});
      if (sum != sums_.end()) point.value = sum->second;
      any = any || point.value;
      points.push_back(point);
    }
    if (!any && !states_.contains(service)) return;
    AlarmState& state = states_.try_emplace(service, AlarmState::kInsufficientData).first->second;
    const AlarmVerdict verdict = evaluate_alarm(alarm_, {.datapoints = points, .previous = state, .at = instant});
    if (verdict.state == state) return;
    changed.push_back(service + " " + std::string(to_text(verdict.state)) + " " + verdict.reason);
    state = verdict.state;
  }

  const AlarmDefinition& alarm_;
  std::map<std::pair<std::string, std::int64_t>, double> sums_;
  std::set<std::string> seen_;
  std::vector<std::string> order_;
  std::map<std::string, AlarmState> states_;
};

TEST(AlarmBoard, AgreesWithOneThatEvaluatesEverythingEveryTime) {
  std::mt19937 random(20261120);
  const auto chance = [&](std::uint32_t in) { return random() % in == 0; };
  std::size_t changes = 0;
  for (const TreatMissingData treatment : {TreatMissingData::kMissing, TreatMissingData::kIgnore,
                                           TreatMissingData::kBreaching, TreatMissingData::kNotBreaching}) {
    const std::vector<AlarmDefinition> definitions = {definition("errors", "service", treatment)};
    MetricStore metrics;
    AlarmBoard board(definitions, metrics);
    PlainBoard plain(definitions[0]);
    const std::vector<std::string> services = {"a", "b", "c", "d"};
    std::vector<bool> speaks(services.size());
    for (int minute = 0; minute < 3000; ++minute) {
      for (std::size_t i = 0; i < services.size(); ++i) {
        if (chance(12)) speaks[i] = !speaks[i];
        if (!speaks[i] || chance(3)) continue;
        // Some samples come up to three minutes late.
        const EventTime time = EventTime{} + Period::minutes(minute - (chance(5) ? random() % 4 : 0));
        const double value = static_cast<double>(random() % 10);
        ASSERT_TRUE(metrics.record(series_of(metrics, services[i]), time, value));
        plain.record(services[i], time, value);
      }
      const EventTime instant = EventTime{} + Period::minutes(minute + 1) + kEvaluationLag;
      std::vector<std::string> seen;
      for (const StateTransition& one : board.evaluate(instant, metrics)) {
        seen.push_back(one.service + " " + std::string(to_text(one.to)) + " " + one.reason);
      }
      std::vector<std::string> expected = plain.evaluate(instant);
      std::ranges::sort(seen);
      std::ranges::sort(expected);
      ASSERT_EQ(seen, expected) << "minute " << minute << ", " << to_text(treatment);
      changes += seen.size();
    }
  }
  EXPECT_GT(changes, 1000U);
}

// "errors/b" is the name of one definition, and of the other's alarm for the service b.
TEST(AlarmBoard, TransitionsOfAlarmsWithTheSameNameHaveDifferentIds) {
  const std::vector<AlarmDefinition> definitions = {definition("errors", "service", TreatMissingData::kMissing),
                                                    definition("errors/b", "", TreatMissingData::kMissing)};
  MetricStore metrics;
  AlarmBoard board(definitions, metrics);
  ASSERT_TRUE(metrics.record(series_of(metrics, "b"), {0}, 9));
  ASSERT_TRUE(metrics.record(series_of(metrics, "b"), EventTime{} + Period::minutes(1), 9));
  const std::vector<StateTransition> changed =
      board.evaluate(EventTime{} + Period::minutes(2) + kEvaluationLag, metrics);
  ASSERT_EQ(changed.size(), 2U);
  EXPECT_EQ(changed[0].alarm, changed[1].alarm);
  EXPECT_NE(changed[0].id, changed[1].id);
}

}  // namespace
}  // namespace tocsin
