// The evaluator against a plain one that writes the user guide's rules down word by word, on random series.
#include <gtest/gtest.h>

#include <random>

#include "test/engine/alarm/series.h"

namespace tocsin {
namespace {

struct Slot {
  double value;
  int age;  // 1: the newest period
};

AlarmState plain_evaluation(const AlarmDefinition& alarm, const std::vector<Datapoint>& range, AlarmState previous) {
  const int n = alarm.evaluation_periods;
  const int m = alarm.datapoints_to_alarm;
  std::vector<Slot> existing;
  for (std::size_t i = range.size(); i > 0; --i) {
    if (range[i - 1].value) existing.push_back({*range[i - 1].value, static_cast<int>(range.size() - i + 1)});
  }
  if (existing.size() > static_cast<std::size_t>(n)) existing.resize(static_cast<std::size_t>(n));
  int bad = 0;
  int good = 0;
  int oldest_bad_age = 0;
  for (const Slot& slot : existing) {
    if (breaches(slot.value, alarm.comparison, alarm.threshold)) {
      ++bad;
      oldest_bad_age = std::max(oldest_bad_age, slot.age);
    } else {
      ++good;
    }
  }
  const int miss = n - bad - good;
  const TreatMissingData treatment = alarm.treat_missing_data;
  if (bad >= m) return AlarmState::kAlarm;
  if (good >= n - m + 1) return AlarmState::kOk;
  if (treatment == TreatMissingData::kBreaching) return bad + miss >= m ? AlarmState::kAlarm : AlarmState::kOk;
  if (treatment == TreatMissingData::kNotBreaching) return AlarmState::kOk;
  if (existing.empty()) return treatment == TreatMissingData::kIgnore ? previous : AlarmState::kInsufficientData;
  if (good >= 1) return AlarmState::kOk;
  if (treatment == TreatMissingData::kIgnore) return previous;
  return oldest_bad_age >= m ? AlarmState::kAlarm : AlarmState::kInsufficientData;
}

TEST(AlarmReference, AgreesOnRandomSeries) {
  std::mt19937 random(20261120);
  const auto pick = [&random](int from, int to) {
    return from + static_cast<int>(random() % static_cast<std::uint32_t>(to - from + 1));
  };
  const TreatMissingData treatments[] = {TreatMissingData::kMissing, TreatMissingData::kIgnore,
                                         TreatMissingData::kBreaching, TreatMissingData::kNotBreaching};
  const AlarmState states[] = {AlarmState::kOk, AlarmState::kAlarm, AlarmState::kInsufficientData};
  int seen[3] = {0, 0, 0};
  for (int round = 0; round < 60'000; ++round) {
    const int n = pick(1, 6);
    AlarmDefinition alarm = alarm_above_five(n, pick(1, n), treatments[pick(0, 3)]);
    alarm.comparison = static_cast<Comparison>(pick(0, 3));
    const int missing_share = pick(0, 10);
    std::vector<Datapoint> range(static_cast<std::size_t>(pick(0, n + 6)));
    for (Datapoint& point : range) {
      if (pick(0, 9) >= missing_share) point.value = pick(3, 7);
    }
    const AlarmState previous = states[pick(0, 2)];
    const AlarmVerdict verdict = evaluate(alarm, range, previous);
    ASSERT_EQ(verdict.state, plain_evaluation(alarm, range, previous)) << "round " << round;
    // Words belong to changes, and to nothing else.
    ASSERT_EQ(verdict.reason.empty(), verdict.state == previous) << "round " << round;
    ASSERT_EQ(verdict.reason_data.empty(), verdict.state == previous) << "round " << round;
    ++seen[static_cast<int>(verdict.state)];
  }
  for (const int times : seen) EXPECT_GT(times, 1000);
}

}  // namespace
}  // namespace tocsin
