// A metric alarm tried on a series: what `tocsin alarm simulate` does in both of its forms. Values only; no state, no
// thread.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "engine/alarm/alarm_evaluation.h"

namespace tocsin {

// An alarm from CloudWatch's property names (PutMetricAlarm); properties that no evaluation reads are passed over.
// Throws BatchError INVALID_ALARM.
AlarmDefinition alarm_from_cloudwatch(const nlohmann::ordered_json& properties);

// What is wrong with the numbers of an alarm; empty: nothing.
std::string alarm_problem(const AlarmDefinition& alarm);

// Datapoints oldest first, each a number, null or {value, sample_count}. Throws BatchError INVALID_DATAPOINTS.
std::vector<Datapoint> datapoints_from_json(const nlohmann::ordered_json& values);

// "0 6 6 _ _": _ is a period without samples, 5x3 is three times 5, 9@99 is a 9 made of 99 samples. Throws BatchError
// INVALID_DATAPOINTS.
std::vector<Datapoint> datapoints_from_text(std::string_view text);

// The alarm evaluated over datapoints that end at `end`; those before the first are missing.
class AlarmSimulation {
 public:
  AlarmSimulation(AlarmDefinition alarm, std::vector<Datapoint> datapoints, EventTime end);

  std::size_t size() const { return series_.size() - padding_; }
  const Datapoint& datapoint(std::size_t index) const { return series_[padding_ + index]; }
  // As if datapoint `index` were the newest. `always_reason`: the reason also where the state stays.
  AlarmVerdict evaluate(std::size_t index, AlarmState previous, bool always_reason) const;

 private:
  AlarmDefinition alarm_;
  std::size_t range_;
  std::size_t padding_;
  std::vector<Datapoint> series_;  // range_ missing ones, then the datapoints
};

}  // namespace tocsin
