// The `metrics` of an alarm, or its one `metric`: entries that are a statistic of a metric or an expression over the
// others.
#pragma once

#include <vector>

#include "engine/alarm/alarm_definition.h"
#include "rules/map_reader.h"

namespace tocsin {

// An entry with its place.
struct AlarmMetric {
  MetricQuery query;
  const YamlNode* node = nullptr;        // of the entry
  const YamlNode* expression = nullptr;  // of the expression, where it is one
};

// Exactly one has return_data. Empty where the entries have errors, which are reported.
std::vector<AlarmMetric> read_alarm_metrics(MapReader& alarm);

}  // namespace tocsin
