#include "engine/alarm/alarm_evaluation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "test/engine/alarm/series.h"

namespace tocsin {
namespace {

// Evaluates at each datapoint as it arrives, looking back over the alarm's range, and writes the states one after
// another.
std::string states(const AlarmDefinition& alarm, const std::string& datapoints) {
  const std::vector<Datapoint> all = series(datapoints, alarm.period);
  AlarmState state = AlarmState::kInsufficientData;
  std::string text;
  for (std::size_t end = 1; end <= all.size(); ++end) {
    const std::size_t range = std::min<std::size_t>(end, static_cast<std::size_t>(evaluation_range(alarm)));
    const std::vector<Datapoint> window(all.begin() + static_cast<std::ptrdiff_t>(end - range),
                                        all.begin() + static_cast<std::ptrdiff_t>(end));
    state = evaluate(alarm, window, state).state;
    if (!text.empty()) text += ' ';
    text += state == AlarmState::kInsufficientData ? "?" : to_text(state);
  }
  return text;
}

struct StateRow {
  int m, n;
  TreatMissingData treatment;
  const char* datapoints;
  const char* states;  // ? is INSUFFICIENT_DATA
};

TEST(AlarmEvaluation, StatesAsDatapointsArrive) {
  using enum TreatMissingData;
  const StateRow rows[] = {
      // One of one.
      {1, 1, kMissing, "0 6 5 7 0", "OK ALARM OK ALARM OK"},
      // Old points keep an alarm in its state until they leave the range, here three periods.
      {1, 1, kMissing, "6 _ _ _ _", "ALARM ALARM ALARM ? ?"},
      {1, 1, kMissing, "0 _ _ _ _", "OK OK OK ? ?"},
      {1, 1, kIgnore, "6 _ _ _ _", "ALARM ALARM ALARM ALARM ALARM"},
      {1, 1, kBreaching, "_ 0 _ _ _", "ALARM OK OK OK ALARM"},
      {1, 1, kNotBreaching, "_ 6 _ _ _", "OK ALARM ALARM ALARM OK"},
      // Two of three: the second breach decides, in any place.
      {2, 3, kMissing, "0 6 6 _ _", "OK OK ALARM ALARM ALARM"},
      {2, 3, kMissing, "6 0 6 0 0", "? OK ALARM OK OK"},
      {2, 3, kMissing, "6 6 0 0", "? ALARM ALARM OK"},
      {2, 3, kIgnore, "_ 6 _ 6 0 0", "? ? ? ALARM ALARM OK"},
      {2, 3, kBreaching, "0 6 0 _ 0", "ALARM ALARM OK OK OK"},
      {2, 3, kNotBreaching, "6 _ 6 _ _", "OK OK ALARM ALARM ALARM"},
      // Three of three.
      {3, 3, kMissing, "6 6 6 0", "? ? ALARM OK"},
      // A lone breach: not before it is as old as the datapoints needed.
      {3, 3, kMissing, "6 _ _ _ _ _", "? ? ALARM ALARM ALARM ?"},
      {3, 3, kNotBreaching, "6 6 _ _ _", "OK OK OK OK OK"},
      {3, 3, kBreaching, "6 _ _ 0", "ALARM ALARM ALARM OK"},
      {3, 3, kIgnore, "0 _ _ 6 _ _", "OK OK OK OK OK OK"},
  };
  for (const StateRow& row : rows) {
    EXPECT_EQ(states(alarm_above_five(row.n, row.m, row.treatment), row.datapoints), row.states)
        << row.m << " of " << row.n << " " << to_text(row.treatment) << ": " << row.datapoints;
  }
}

struct RuleRow {
  int m, n;
  TreatMissingData treatment;
  const char* range;
  AlarmRule rule;
  AlarmState state;
};

TEST(AlarmEvaluation, TheFirstRuleThatHoldsIsNamed) {
  using enum TreatMissingData;
  using enum AlarmRule;
  const RuleRow rows[] = {
      {2, 3, kMissing, "0 6 _ 6 _", kEnoughBreaching, AlarmState::kAlarm},
      {2, 3, kBreaching, "_ 0 0 6 _", kEnoughGood, AlarmState::kOk},
      {2, 3, kBreaching, "_ _ 0 6 _", kMissingAsBreaching, AlarmState::kAlarm},
      {2, 3, kNotBreaching, "_ _ _ 6 _", kMissingAsGood, AlarmState::kOk},
      {2, 3, kMissing, "_ _ _ _ _", kNoData, AlarmState::kInsufficientData},
      {2, 3, kIgnore, "_ _ _ _ _", kNoDataKept, AlarmState::kAlarm},
      {2, 3, kMissing, "_ 0 _ 6 _", kSomeGood, AlarmState::kOk},
      {2, 3, kIgnore, "_ 0 _ 6 _", kSomeGood, AlarmState::kOk},
      {2, 3, kMissing, "_ _ _ 6 _", kOldBreach, AlarmState::kAlarm},
      {2, 3, kMissing, "_ _ _ _ 6", kYoungBreach, AlarmState::kInsufficientData},
      {2, 3, kIgnore, "_ _ _ 6 _", kBreachKept, AlarmState::kAlarm},
      // Points older than the newest three of the range do not count.
      {2, 3, kMissing, "6 6 0 0 0", kEnoughGood, AlarmState::kOk},
      {2, 3, kMissing, "", kNoData, AlarmState::kInsufficientData},
  };
  for (const RuleRow& row : rows) {
    const AlarmVerdict verdict =
        evaluate(alarm_above_five(row.n, row.m, row.treatment), series(row.range), AlarmState::kAlarm);
    EXPECT_EQ(verdict.rule, row.rule) << to_text(row.treatment) << ": " << row.range;
    EXPECT_EQ(verdict.state, row.state) << to_text(row.treatment) << ": " << row.range;
  }
}

TEST(AlarmEvaluation, AValueThatIsNoNumberCountsAsMissing) {
  const AlarmDefinition alarm = alarm_above_five(1, 1, TreatMissingData::kNotBreaching);
  for (const double odd : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    std::vector<Datapoint> range = series("_ 0 _");
    range[2].value = odd;
    EXPECT_EQ(evaluate(alarm, range, AlarmState::kAlarm).rule, AlarmRule::kEnoughGood);
  }
}

struct SampleRow {
  double percentile;
  double sample_count;
  bool kept;
};

TEST(AlarmEvaluation, APercentileOfTooFewSamplesKeepsTheState) {
  const SampleRow rows[] = {{90, 99, true},    {90, 100, false}, {90, 101, false},   {99, 999, true},
                            {99, 1000, false}, {50, 19, true},   {50, 20, false},    {10, 99, true},
                            {10, 100, false},  {1, 999, true},   {99.9, 9999, true}, {99.9, 10000, false}};
  for (const SampleRow& row : rows) {
    AlarmDefinition alarm = alarm_above_five(1, 1);
    alarm.metrics[0].statistic = {.kind = StatisticKind::kPercentile, .percentile = row.percentile};
    std::vector<Datapoint> range = series("_ _ 10");
    range[2].sample_count = row.sample_count;
    EXPECT_EQ(evaluate(alarm, range, AlarmState::kOk).state, AlarmState::kAlarm);
    alarm.low_sample_percentile = LowSamplePercentile::kIgnore;
    const AlarmVerdict verdict = evaluate(alarm, range, AlarmState::kOk);
    EXPECT_EQ(verdict.state, row.kept ? AlarmState::kOk : AlarmState::kAlarm)
        << row.percentile << " " << row.sample_count;
    EXPECT_EQ(verdict.rule == AlarmRule::kLowSampleCount, row.kept);
    alarm.metrics[0].statistic = {.kind = StatisticKind::kAverage};
    EXPECT_EQ(evaluate(alarm, range, AlarmState::kOk).state, AlarmState::kAlarm) << "only percentiles are protected";
  }
}

}  // namespace
}  // namespace tocsin
