#include "engine/metric/metric_store.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/metric/sketch.h"

namespace tocsin {
namespace {

constexpr std::int64_t kUnused = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMaxRing = 1 << 17;  // buckets; 91 days of minutes

struct Bucket {
  std::int64_t number = kUnused;  // start / bucket length; of whatever the place was last used for
  std::uint64_t count = 0;
  double sum = 0;
  double minimum = 0;
  double maximum = 0;
  std::unique_ptr<Sketch> sketch;

  void reuse(std::int64_t new_number) {
    number = new_number;
    count = 0;
    sum = 0;
    minimum = std::numeric_limits<double>::infinity();
    maximum = -std::numeric_limits<double>::infinity();
    if (sketch) sketch->clear();
  }
  void merge(Bucket&& other);
  void save(StateWriter& out) const;
  static Bucket restored(StateReader& in);
};

struct Metric {
  MetricRetention retention;
  bool retained = false;  // somebody asked
  bool started = false;   // a series has its ring: too late to ask for more
  std::vector<SeriesId> series;

  // Two more than the span: the bucket that is filling up, and a span that does not begin at a bucket's start.
  std::size_t ring_size() const {
    const std::int64_t buckets = retention.span.ms / retention.bucket.ms + 2;
    return std::bit_ceil(static_cast<std::size_t>(std::clamp(buckets, std::int64_t{4}, kMaxRing)));
  }
};

// Whole buckets before `time`, also for times before 1970.
std::int64_t bucket_number(EventTime time, Period bucket) {
  return floor_to(time, bucket).ms / bucket.ms;
}

void Bucket::merge(Bucket&& other) {
  count += other.count;
  sum += other.sum;
  minimum = std::min(minimum, other.minimum);
  maximum = std::max(maximum, other.maximum);
  if (sketch && sketch->count() == 0) sketch.reset();
  if (sketch && other.sketch) {
    sketch->merge(*other.sketch);
  } else if (other.sketch) {
    sketch = std::move(other.sketch);
  }
}

void Bucket::save(StateWriter& out) const {
  out.number(count);
  out.measure(sum);
  out.measure(minimum);
  out.measure(maximum);
  out.flag(sketch != nullptr);
  if (sketch) sketch->save(out);
}

Bucket Bucket::restored(StateReader& in) {
  Bucket bucket;
  bucket.count = in.number();
  bucket.sum = in.measure();
  bucket.minimum = in.measure();
  bucket.maximum = in.measure();
  if (bucket.count == 0 || !(bucket.minimum <= bucket.maximum)) in.fail();
  if (in.flag()) {
    bucket.sketch = std::make_unique<Sketch>();
    bucket.sketch->restore(in);
  }
  return bucket;
}

Dimensions sorted(Dimensions dimensions) {
  std::sort(dimensions.begin(), dimensions.end());
  return dimensions;
}

}  // namespace

// The place used last is kept at hand: most samples fall into it, and need no division.
struct MetricStore::Series {
  std::int64_t current_start = 0;
  std::uint64_t current_length = 0;  // 0: there is no current bucket
  Bucket* current = nullptr;
  std::vector<Bucket> ring;  // power of two; bucket n is at n modulo the size
  std::int64_t newest = kUnused;
  Metric* metric = nullptr;
  const MetricId* id = nullptr;

  Bucket& at(std::int64_t number) { return ring[static_cast<std::uint64_t>(number) & (ring.size() - 1)]; }
  const Bucket& at(std::int64_t number) const { return ring[static_cast<std::uint64_t>(number) & (ring.size() - 1)]; }

  Bucket* find_bucket(EventTime time);
  void save(StateWriter& out, EventTime now) const;
};

struct MetricStore::State {
  std::map<MetricName, Metric> metrics;  // nodes stay where they are; series point to them
  std::map<MetricId, SeriesId> ids;
  std::vector<Series> series;
};

MetricStore::MetricStore() : state_(std::make_unique<State>()) {}
MetricStore::~MetricStore() = default;
MetricStore::MetricStore(MetricStore&&) noexcept = default;
MetricStore& MetricStore::operator=(MetricStore&&) noexcept = default;

void MetricStore::retain(const MetricName& name, const MetricRetention& retention) {
  ENSURE(retention.bucket.ms > 0 && retention.span.ms >= 0);
  Metric& metric = state_->metrics[name];
  MetricRetention widest = retention;
  if (metric.retained) {
    widest.bucket.ms = std::gcd(metric.retention.bucket.ms, retention.bucket.ms);
    widest.span = std::max(metric.retention.span, retention.span);
    widest.percentiles = metric.retention.percentiles || retention.percentiles;
  }
  ENSURE(!metric.started || (widest.bucket == metric.retention.bucket && widest.span == metric.retention.span &&
                             widest.percentiles == metric.retention.percentiles));
  metric.retention = widest;
  metric.retained = true;
}

SeriesId MetricStore::series(const MetricId& id) {
  const SeriesId next{static_cast<std::uint32_t>(state_->series.size())};
  const auto [known, fresh] = state_->ids.try_emplace(MetricId{id.metric, sorted(id.dimensions)}, next);
  if (fresh) {
    Series series;
    series.metric = &state_->metrics[id.metric];
    series.metric->series.push_back(next);
    series.id = &known->first;
    state_->series.push_back(std::move(series));
  }
  return known->second;
}

std::optional<SeriesId> MetricStore::find(const MetricId& id) const {
  const auto known = state_->ids.find(MetricId{id.metric, sorted(id.dimensions)});
  if (known == state_->ids.end()) return std::nullopt;
  return known->second;
}

const MetricId& MetricStore::id(SeriesId series) const {
  ENSURE(series.index < state_->series.size());
  return *state_->series[series.index].id;
}

std::size_t MetricStore::size() const {
  return state_->series.size();
}

std::span<const SeriesId> MetricStore::series_of(const MetricName& name) const {
  const auto metric = state_->metrics.find(name);
  if (metric == state_->metrics.end()) return {};
  return metric->second.series;
}

// Null where the bucket is older than the ring. A bucket that a newer one has not replaced yet is not reached either:
// what is late must not depend on which places happened to be reused.
Bucket* MetricStore::Series::find_bucket(EventTime time) {
  if (ring.empty()) {
    ring.resize(metric->ring_size());
    metric->started = true;
  }
  const Period length = metric->retention.bucket;
  const std::int64_t number = bucket_number(time, length);
  if (newest == kUnused || number > newest) {
    newest = number;
  } else if (static_cast<std::uint64_t>(newest) - static_cast<std::uint64_t>(number) >= ring.size()) {
    return nullptr;
  }
  Bucket& bucket = at(number);
  if (bucket.number != number) bucket.reuse(number);
  if (metric->retention.percentiles && !bucket.sketch) bucket.sketch = std::make_unique<Sketch>();
  current = &bucket;
  current_start = number * length.ms;
  current_length = static_cast<std::uint64_t>(length.ms);
  return &bucket;
}

bool MetricStore::record(SeriesId id, EventTime time, double value) {
  ENSURE(id.index < state_->series.size() && std::isfinite(value));
  Series& series = state_->series[id.index];
  Bucket* bucket = series.current;
  if (static_cast<std::uint64_t>(time.ms) - static_cast<std::uint64_t>(series.current_start) >= series.current_length) {
    bucket = series.find_bucket(time);
    if (bucket == nullptr) return false;
  }
  ++bucket->count;
  bucket->sum += value;
  bucket->minimum = std::min(bucket->minimum, value);
  bucket->maximum = std::max(bucket->maximum, value);
  if (bucket->sketch) bucket->sketch->add(value);
  return true;
}

Datapoint MetricStore::datapoint(SeriesId id, const Statistic& statistic, EventTime from, Period period) const {
  ENSURE(id.index < state_->series.size());
  const Series& series = state_->series[id.index];
  Datapoint out{.start = from, .value = std::nullopt, .sample_count = 0};
  if (series.newest == kUnused) return out;
  const Period length = series.metric->retention.bucket;
  const auto reach = static_cast<std::int64_t>(series.ring.size()) - 1;
  const std::int64_t first = std::max(bucket_number(from, length), series.newest - reach);
  const std::int64_t last = std::min(bucket_number({from.ms + period.ms - 1}, length), series.newest);
  Bucket all;
  all.reuse(0);
  Sketch sketch;
  for (std::int64_t number = first; number <= last; ++number) {
    const Bucket& bucket = series.at(number);
    if (bucket.number != number) continue;
    // Samples from before a percentile was asked for have no sketch.
    if (statistic.kind == StatisticKind::kPercentile && !bucket.sketch) continue;
    all.count += bucket.count;
    all.sum += bucket.sum;
    all.minimum = std::min(all.minimum, bucket.minimum);
    all.maximum = std::max(all.maximum, bucket.maximum);
    if (statistic.kind == StatisticKind::kPercentile) sketch.merge(*bucket.sketch);
  }
  if (all.count == 0) return out;
  out.sample_count = static_cast<double>(all.count);
  switch (statistic.kind) {
    case StatisticKind::kSum:
      out.value = all.sum;
      break;
    case StatisticKind::kSampleCount:
      out.value = out.sample_count;
      break;
    case StatisticKind::kAverage:
      out.value = all.sum / out.sample_count;
      break;
    case StatisticKind::kMinimum:
      out.value = all.minimum;
      break;
    case StatisticKind::kMaximum:
      out.value = all.maximum;
      break;
    case StatisticKind::kPercentile:
      ENSURE(series.metric->retention.percentiles);  // retain() must ask for them
      out.value = std::clamp(sketch.percentile(statistic.percentile), all.minimum, all.maximum);
      if (statistic.percentile <= 0) out.value = all.minimum;
      if (statistic.percentile >= 100) out.value = all.maximum;
      break;
  }
  return out;
}

std::optional<EventTime> MetricStore::newest(SeriesId id) const {
  ENSURE(id.index < state_->series.size());
  const Series& series = state_->series[id.index];
  if (series.newest == kUnused) return std::nullopt;
  return EventTime{series.newest * series.metric->retention.bucket.ms};
}

void MetricStore::Series::save(StateWriter& out, EventTime now) const {
  out.flag(newest != kUnused);
  if (newest == kUnused) return;
  const Period length = metric->retention.bucket;
  out.time({newest * length.ms});
  const std::int64_t wanted = bucket_number(now - metric->retention.span, length) - 1;
  const std::int64_t first = std::max(wanted, newest - static_cast<std::int64_t>(ring.size()) + 1);
  std::size_t used = 0;
  for (std::int64_t number = first; number <= newest; ++number) used += at(number).number == number ? 1 : 0;
  out.count(used);
  std::uint64_t gap = 0;
  for (std::int64_t number = newest; number >= first; --number) {
    const Bucket& bucket = at(number);
    if (bucket.number != number) {
      ++gap;
      continue;
    }
    out.number(std::exchange(gap, 0));
    bucket.save(out);
  }
}

void MetricStore::save(StateWriter& out, EventTime now) const {
  std::map<const Metric*, std::size_t> indices;
  for (const auto& [name, metric] : state_->metrics) {
    if (!metric.series.empty()) indices.emplace(&metric, 0);
  }
  out.count(indices.size());
  std::size_t next = 0;
  for (const auto& [name, metric] : state_->metrics) {
    if (metric.series.empty()) continue;
    indices[&metric] = next++;
    out.text(name.ns);
    out.text(name.name);
    out.period(metric.retention.bucket);
  }
  out.count(state_->series.size());
  for (const Series& series : state_->series) {
    out.number(indices[series.metric]);
    out.count(series.id->dimensions.size());
    for (const Dimension& dimension : series.id->dimensions) {
      out.text(dimension.name);
      out.text(dimension.value);
    }
    series.save(out, now);
  }
}

// Where the buckets are narrower now, nobody knows which of them the samples belong to, and they are left out; so are
// all where `to` is null.
void MetricStore::restore_buckets(StateReader& in, Period saved, Series* to) {
  if (!in.flag()) return;
  const EventTime newest = in.instant();
  if (to != nullptr && to->metric->retention.bucket.ms % saved.ms != 0) to = nullptr;
  const Period length = to != nullptr ? to->metric->retention.bucket : saved;
  if (to != nullptr && in.ok()) to->newest = bucket_number(newest, length);
  std::uint64_t back = 0;
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left, ++back) {
    back += in.number_below(static_cast<std::uint64_t>(kMaxRing) - back);
    Bucket bucket = Bucket::restored(in);
    if (to == nullptr || !in.ok()) continue;
    if (!to->metric->retention.percentiles) bucket.sketch.reset();
    if (Bucket* place = to->find_bucket(newest - saved * static_cast<std::int64_t>(back)))
      place->merge(std::move(bucket));
  }
}

MetricStore::SavedSeries MetricStore::restore(StateReader& in, const std::set<MetricName>& kept) {
  struct SavedMetric {
    MetricName name;
    Period bucket;
    bool is_kept = false;
  };
  std::vector<SavedMetric> metrics;
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    SavedMetric& metric = metrics.emplace_back();
    metric.name.ns = in.text();
    metric.name.name = in.text();
    metric.bucket = in.period();
    metric.is_kept = kept.contains(metric.name);
    if (metric.bucket <= Period{} || metric.bucket > Period::days(1)) in.fail();
  }
  SavedSeries ids;
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    const std::size_t index = in.number_below(metrics.size());
    if (!in.ok()) break;
    MetricId id{metrics[index].name, {}};
    for (std::size_t dimensions = in.count(); dimensions > 0 && in.ok(); --dimensions) {
      Dimension& dimension = id.dimensions.emplace_back();
      dimension.name = in.text();
      dimension.value = in.text();
    }
    std::optional<SeriesId> known;
    if (metrics[index].is_kept) {
      if (find(id)) in.fail();  // it is there twice
      known = series(id);
    }
    ids.push_back(known);
    restore_buckets(in, metrics[index].bucket, known ? &state_->series[known->index] : nullptr);
  }
  return ids;
}

}  // namespace tocsin
