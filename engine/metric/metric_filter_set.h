// All metric filters of a rule set, compiled: on_event() records the samples of one event. Single-threaded.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/base/state_bytes.h"
#include "engine/event/log_event.h"
#include "engine/event/projection.h"
#include "engine/metric/metric_filter.h"
#include "engine/metric/metric_store.h"
#include "engine/pattern/pattern_set.h"

namespace tocsin {

class MetricFilterSet {
 public:
  // So many different values (or combinations of values) of the same dimension fields get series of their own; those
  // that come later share the one of kOtherValue, so that a field full of ids can't fill the memory.
  static constexpr std::size_t kMaxDimensionValues = 10'000;
  static constexpr std::string_view kOtherValue = "__other__";

  // Adds the filters' patterns to `patterns` and their fields to `projection`.
  MetricFilterSet(const std::vector<MetricFilter>& filters, PatternSet& patterns, Projection& projection);
  ~MetricFilterSet();
  MetricFilterSet(MetricFilterSet&&) noexcept;

  // `matcher` has begun with `event`; `log_group` is the event's group, the same `log_group_id` for the same name
  // (small numbers counting up), so that the globs are tested once per group. Returns the number of samples that were
  // too old for their metric's ring. Allocates only for a dimension value, log group or series that is new.
  struct Group {
    std::uint32_t id = 0;
    std::string_view name;
  };
  std::size_t on_event(const LogEvent& event, Group group, PatternSet::Matcher& matcher, MetricStore& store);

  // How many times an event's dimensions were counted as kOtherValue.
  std::uint64_t overflowed() const;

  // The dimension values seen so far. Restored into a set that has seen no event, for those dimension fields that it
  // too has; `store` is restored by its owner.
  void save(StateWriter& out) const;
  void restore(StateReader& in);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tocsin
