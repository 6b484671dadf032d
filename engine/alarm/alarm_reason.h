// The words of an alarm's verdict: CloudWatch's StateReason and StateReasonData. Only evaluate_alarm calls this, and
// only where somebody will read the words.
#pragma once

#include <string>

#include "engine/alarm/alarm_evaluation.h"

namespace tocsin {

// The newest N existing datapoints of the evaluation range, counted.
struct AlarmCounts {
  int bad = 0;  // breaching
  int good = 0;
  int missing = 0;              // N - bad - good
  std::size_t oldest_used = 0;  // index of the oldest one counted; the range's size where there is none
  std::size_t oldest_breach_age =
      0;                         // slots from the newest one to the oldest breaching one, both counted; 0: no breach
  bool too_few_samples = false;  // a percentile of one of them has too few samples to mean anything
};

// A period without samples, or with a value no comparison can use, is a missing datapoint.
bool is_real(const Datapoint& point);

std::string alarm_reason(const AlarmDefinition& alarm, const AlarmInput& input, const AlarmCounts& counts,
                         AlarmRule rule);
std::string alarm_reason_data(const AlarmDefinition& alarm, const AlarmInput& input, const AlarmCounts& counts,
                              AlarmRule rule);

// A number as CloudWatch prints it: "11.0", "0.35", "1.0E7".
std::string cloudwatch_number(double value);

}  // namespace tocsin
