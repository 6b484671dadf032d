// A metric filter: a pattern over log groups that turns matching events into samples of a metric.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/event/projection.h"
#include "engine/metric/metric_id.h"
#include "engine/pattern/filter_pattern.h"
#include "engine/pattern/line_tokens.h"

namespace tocsin {

struct MetricFilter {
  // Where a value is taken from: a field of a JSON line, or, behind a space-delimited pattern, a field of the line.
  using Source = std::variant<FieldPath, TokenPlace>;
  struct DimensionField {
    std::string name;
    Source field;  // an event without it gives no sample
  };
  std::string name;
  std::string log_group = "*";  // glob over log group names
  FilterPattern pattern;
  MetricName metric;
  std::variant<double, Source> value = 1.0;  // a field that is absent or no number gives no sample
  std::optional<double> default_value;     // sample of each event of the group that does not match; excludes dimensions
  std::vector<DimensionField> dimensions;  // at most three
};

}  // namespace tocsin
