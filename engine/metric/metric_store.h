// All metrics' recent samples: for each metric a ring of mergeable buckets, as long as the longest evaluation range
// that reads it. Late samples still find their bucket; samples older than the ring are refused and counted by the
// caller. Single-threaded. Percentiles come from a sketch with a relative error of at most 1 % (see sketch.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/state_bytes.h"
#include "engine/base/time.h"
#include "engine/metric/metric_id.h"
#include "engine/metric/statistic.h"

namespace tocsin {

struct SeriesId {
  std::uint32_t index = 0;
  auto operator<=>(const SeriesId&) const = default;
};

struct Datapoint {
  EventTime start;              // of the period
  std::optional<double> value;  // empty: no sample in the period
  double sample_count = 0;
};

// How a metric's samples are kept. Asked for by everything that reads the metric; the widest demand wins.
struct MetricRetention {
  Period bucket = Period::seconds(60);  // 10 s where an alarm's period is below 60 s
  Period span = Period::minutes(10);    // how far back a window may reach
  bool percentiles = false;             // keep a sketch per bucket
};

class MetricStore {
 public:
  MetricStore();
  ~MetricStore();
  MetricStore(MetricStore&&) noexcept;
  MetricStore& operator=(MetricStore&&) noexcept;

  // Before the first sample of the metric: how all its series are kept.
  void retain(const MetricName& metric, const MetricRetention& retention);

  // The series of a metric and dimensions, made when new. Ids count up from 0 in order of first appearance.
  SeriesId series(const MetricId& id);
  std::optional<SeriesId> find(const MetricId& id) const;
  const MetricId& id(SeriesId series) const;
  std::size_t size() const;
  // All series of a metric in order of first appearance.
  std::span<const SeriesId> series_of(const MetricName& metric) const;

  // False where the sample is older than the ring. `value` is finite. Allocates for a series' first
  // sample, and where a sketch gets wider.
  bool record(SeriesId series, EventTime time, double value);

  // The statistic over [from, from + period), from and period being multiples of the bucket.
  Datapoint datapoint(SeriesId series, const Statistic& statistic, EventTime from, Period period) const;
  // The newest sample's bucket start, if any.
  std::optional<EventTime> newest(SeriesId series) const;

  // All series, and of their buckets those that a window which ends after `now` may reach.
  void save(StateWriter& out, EventTime now) const;
  // Into a store without series, for which everything has been asked by retain(). Takes the series of the metrics in
  // `kept`. What is asked for may be other than it was: samples stay where the buckets are as wide as they were, or a
  // multiple. Returns what the saved series are called now: index to id; nothing for those that were not taken.
  using SavedSeries = std::vector<std::optional<SeriesId>>;
  SavedSeries restore(StateReader& in, const std::set<MetricName>& kept);

 private:
  struct Series;
  struct State;
  static void restore_buckets(StateReader& in, Period saved, Series* to);
  std::unique_ptr<State> state_;
};

}  // namespace tocsin
