// Where an event's parts are found in a structured line: for each part the candidate fields, of which the first that
// exists counts. This is the `event:` and `log_groups:` section of a rules file.
#pragma once

#include <string>
#include <vector>

#include "engine/event/projection.h"

namespace tocsin {

enum class TimeUnit { kNanoseconds, kMicroseconds, kMilliseconds, kSeconds };

struct LatencyField {
  FieldPath path;
  TimeUnit unit = TimeUnit::kMilliseconds;
};

struct EventFields {
  std::vector<FieldPath> timestamp;
  std::vector<FieldPath> level;
  std::vector<FieldPath> message;
  std::vector<LatencyField> latency;
  std::vector<FieldPath> trace;
  std::vector<FieldPath> upstream;
  std::vector<FieldPath> service;
};

}  // namespace tocsin
