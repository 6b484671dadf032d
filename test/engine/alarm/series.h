// Alarm tests as tables: a series is written "0 6 6 _ _", oldest first, _ for a period without samples.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "engine/alarm/alarm_evaluation.h"
#include "engine/base/text.h"

namespace tocsin {

inline const EventTime kSeriesEnd = from_civil({.year = 2026, .month = 11, .day = 20, .hour = 10, .minute = 5});

// Periods that end at kSeriesEnd.
inline std::vector<Datapoint> series(const std::string& text, Period period = Period::seconds(60)) {
  std::vector<Datapoint> points;
  std::istringstream words(text);
  std::string word;
  while (words >> word) {
    Datapoint point;
    if (word != "_") point.value = parse_number(word).value();
    points.push_back(point);
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i].start = kSeriesEnd - period * static_cast<std::int64_t>(points.size() - i);
  }
  return points;
}

// An alarm on the Sum of a metric above 5.
inline AlarmDefinition alarm_above_five(int evaluation_periods, int datapoints_to_alarm,
                                        TreatMissingData treatment = TreatMissingData::kMissing) {
  AlarmDefinition alarm;
  alarm.name = "errors";
  MetricQuery query;
  query.id = "m1";
  query.metric = {.ns = "Tocsin", .name = "Errors"};
  query.statistic = {.kind = StatisticKind::kSum};
  alarm.metrics.push_back(query);
  alarm.evaluation_periods = evaluation_periods;
  alarm.datapoints_to_alarm = datapoints_to_alarm;
  alarm.names_datapoints_to_alarm = true;
  alarm.threshold = 5;
  alarm.treat_missing_data = treatment;
  return alarm;
}

inline AlarmVerdict evaluate(const AlarmDefinition& alarm, const std::vector<Datapoint>& range, AlarmState previous) {
  return evaluate_alarm(alarm, {.datapoints = range, .previous = previous, .at = kSeriesEnd + kEvaluationLag});
}

}  // namespace tocsin
