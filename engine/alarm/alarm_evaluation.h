// The evaluation of a metric alarm: datapoints in, state with CloudWatch's reason out. A pure function.
//
// Rules: "Using Amazon CloudWatch alarms" (evaluating an alarm, configuring how alarms treat missing data) of the user
// guide.
#pragma once

#include <span>
#include <string>

#include "engine/alarm/alarm_definition.h"
#include "engine/metric/metric_store.h"

namespace tocsin {

// Why the state is what it is: the first rule that held.
enum class AlarmRule {
  kEnoughBreaching,  // bad >= M
  kEnoughGood,       // good >= N - M + 1
  kMissingAsBreaching,
  kMissingAsGood,
  kNoData,          // nothing real in the range, `missing`
  kNoDataKept,      // nothing real in the range, `ignore`
  kSomeGood,        // good >= 1
  kOldBreach,       // only breaching, the oldest at least M periods old
  kYoungBreach,     // only breaching, all younger
  kBreachKept,      // only breaching, `ignore`
  kLowSampleCount,  // a percentile of too few samples, kept
};

struct AlarmVerdict {
  AlarmState state = AlarmState::kInsufficientData;
  AlarmRule rule = AlarmRule::kNoData;
  std::string reason;       // filled where the state differs from `previous`, or asked for
  std::string reason_data;  // JSON text, likewise
};

struct AlarmInput {
  std::span<const Datapoint> datapoints;  // the evaluation range: one for each period, oldest first, empties included
  AlarmState previous = AlarmState::kInsufficientData;
  EventTime at;                // the instant of the evaluation
  bool always_reason = false;  // also where the state stays
};

AlarmVerdict evaluate_alarm(const AlarmDefinition& alarm, const AlarmInput& input);

}  // namespace tocsin
