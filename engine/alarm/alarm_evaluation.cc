#include "engine/alarm/alarm_evaluation.h"

#include <cmath>

#include "engine/alarm/alarm_reason.h"
#include "engine/base/ensure.h"

namespace tocsin {
namespace {

// CloudWatch asks for 10 / (1 - p) samples from the median up, and for 10 / p below it. Written without a division,
// because 10 / (1 - 0.9) is a little more than 100 in binary.
bool has_too_few_samples(const AlarmDefinition& alarm, const Datapoint& point) {
  if (alarm.low_sample_percentile != LowSamplePercentile::kIgnore || point.sample_count <= 0) return false;
  const MetricQuery& query = returned_query(alarm);
  if (query.expression || query.statistic.kind != StatisticKind::kPercentile) return false;
  const double percentile = query.statistic.percentile;
  const double tail = percentile >= 50 ? 100 - percentile : percentile;
  constexpr double kRounding = 1e-6;
  return point.sample_count * tail < 1000 - kRounding;
}

AlarmCounts count(const AlarmDefinition& alarm, std::span<const Datapoint> range) {
  AlarmCounts counts;
  counts.oldest_used = range.size();
  for (std::size_t age = 1; age <= range.size() && counts.bad + counts.good < alarm.evaluation_periods; ++age) {
    const std::size_t index = range.size() - age;
    const Datapoint& point = range[index];
    if (!is_real(point)) continue;
    counts.oldest_used = index;
    if (has_too_few_samples(alarm, point)) counts.too_few_samples = true;
    if (breaches(*point.value, alarm.comparison, alarm.threshold)) {
      ++counts.bad;
      counts.oldest_breach_age = age;
    } else {
      ++counts.good;
    }
  }
  counts.missing = alarm.evaluation_periods - counts.bad - counts.good;
  return counts;
}

// The first rule that holds decides; the order is CloudWatch's.
AlarmRule first_rule(const AlarmDefinition& alarm, const AlarmCounts& counts) {
  if (counts.too_few_samples) return AlarmRule::kLowSampleCount;
  if (counts.bad >= alarm.datapoints_to_alarm) return AlarmRule::kEnoughBreaching;
  if (counts.good >= alarm.evaluation_periods - alarm.datapoints_to_alarm + 1) return AlarmRule::kEnoughGood;
  switch (alarm.treat_missing_data) {
    case TreatMissingData::kBreaching:
      // Never short of datapoints: what is not good is bad or missing, and good ones were too few for OK.
      return AlarmRule::kMissingAsBreaching;
    case TreatMissingData::kNotBreaching:
      return AlarmRule::kMissingAsGood;
    case TreatMissingData::kMissing:
      if (counts.bad + counts.good == 0) return AlarmRule::kNoData;
      if (counts.good >= 1) return AlarmRule::kSomeGood;
      // A lone breach raises the alarm only once M periods have passed, or late data could still prove it wrong.
      return counts.oldest_breach_age >= static_cast<std::size_t>(alarm.datapoints_to_alarm) ? AlarmRule::kOldBreach
                                                                                             : AlarmRule::kYoungBreach;
    case TreatMissingData::kIgnore:
      if (counts.bad + counts.good == 0) return AlarmRule::kNoDataKept;
      return counts.good >= 1 ? AlarmRule::kSomeGood : AlarmRule::kBreachKept;
  }
  return AlarmRule::kNoData;
}

AlarmState state_of(AlarmRule rule, AlarmState previous) {
  switch (rule) {
    case AlarmRule::kEnoughBreaching:
    case AlarmRule::kMissingAsBreaching:
    case AlarmRule::kOldBreach:
      return AlarmState::kAlarm;
    case AlarmRule::kEnoughGood:
    case AlarmRule::kMissingAsGood:
    case AlarmRule::kSomeGood:
      return AlarmState::kOk;
    case AlarmRule::kNoData:
    case AlarmRule::kYoungBreach:
      return AlarmState::kInsufficientData;
    case AlarmRule::kNoDataKept:
    case AlarmRule::kBreachKept:
    case AlarmRule::kLowSampleCount:
      return previous;
  }
  return previous;
}

}  // namespace

bool is_real(const Datapoint& point) {
  return point.value && std::isfinite(*point.value);
}

AlarmVerdict evaluate_alarm(const AlarmDefinition& alarm, const AlarmInput& input) {
  ENSURE(alarm.datapoints_to_alarm >= 1 && alarm.datapoints_to_alarm <= alarm.evaluation_periods);
  const AlarmCounts counts = count(alarm, input.datapoints);
  AlarmVerdict verdict;
  verdict.rule = first_rule(alarm, counts);
  verdict.state = state_of(verdict.rule, input.previous);
  if (verdict.state != input.previous || input.always_reason) {
    verdict.reason = alarm_reason(alarm, input, counts, verdict.rule);
    verdict.reason_data = alarm_reason_data(alarm, input, counts, verdict.rule);
  }
  return verdict;
}

}  // namespace tocsin
