// All alarms of a rule set with their states: makes one alarm for each value of a for_each dimension as its series
// appear, evaluates those that are due, and tells which changed.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/alarm/alarm_definition.h"
#include "engine/alarm/state_transition.h"
#include "engine/metric/metric_store.h"

namespace tocsin {

class AlarmBoard {
 public:
  struct Alarm {
    const AlarmDefinition* definition = nullptr;
    std::string name;   // "high-error-rate/payment"
    std::string value;  // of the for_each dimension
    AlarmState state = AlarmState::kInsufficientData;
    EventTime since;
    std::uint64_t sequence = 0;                   // of its last transition
    std::vector<std::optional<SeriesId>> series;  // for each query, once its metric has been seen
    std::size_t series_known = 0;                 // when they were last looked for
    bool settled = false;  // evaluated without any sample in range, and stayed: the next time would do the same
  };

  // `definitions` must outlive the board. Tells `metrics` how long to keep what the alarms read.
  AlarmBoard(const std::vector<AlarmDefinition>& definitions, MetricStore& metrics);

  // The first instant after `time` at which any alarm is evaluated; nothing where there are no alarms.
  std::optional<EventTime> next_evaluation(EventTime time) const;
  // Evaluates the alarms that are due at `instant`, in the order of their definitions, then of their appearance.
  std::vector<StateTransition> evaluate(EventTime instant, const MetricStore& metrics);
  // How far back the longest evaluation looks: an older event counts in no alarm.
  Period reach() const { return reach_; }

  const std::vector<std::vector<Alarm>>& alarms() const { return alarms_; }  // by definition

  void save(StateWriter& out) const;
  // Into a board that has evaluated nothing; `saved` is what `metrics` gave for its restored series. An alarm keeps its
  // state by the name of its definition and its value, as a CloudWatch alarm does when it is put again: the next
  // evaluation decides by the new definition. One whose definition is gone, or is for each value of something else, is
  // forgotten.
  void restore(StateReader& in, const MetricStore& metrics, const MetricStore::SavedSeries& saved);

 private:
  void add_new_alarms(std::size_t definition, EventTime instant, const MetricStore& metrics);
  void add_alarm(std::size_t definition, const std::string& value, EventTime instant);
  void restore_alarms(StateReader& in, std::optional<std::size_t> definition);
  static std::vector<Datapoint> datapoints(const Alarm& alarm, EventTime end, const MetricStore& metrics);

  const std::vector<AlarmDefinition>& definitions_;
  std::vector<std::vector<Alarm>> alarms_;
  std::vector<std::set<std::string>> values_;   // of the for_each dimension, already made; by definition
  std::vector<std::vector<std::size_t>> seen_;  // series already looked at; by definition and query
  std::vector<std::vector<SeriesId>> waiting_;  // of these no datapoint has been in range yet; by definition
  Period reach_;
};

}  // namespace tocsin
