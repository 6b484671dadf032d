#include "engine/analysis/onset.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/base/ensure.h"

namespace tocsin {
namespace {

using Minute = ServiceActivity::Minute;

constexpr Period kMinute = Period::minutes(1);
constexpr std::size_t kLeastBaseline = 3;
// A mean latency below this is nobody's incident.
constexpr double kLeastLatencyMs = 5;
constexpr double kSilenceStrength = 6;
// Two abnormal minutes belong to one run if at most so many calm ones lie between them.
constexpr std::int64_t kCalmMinutes = 2;
// The most minutes looked at: a day. An incident that is open for longer is judged by its last day.
constexpr std::int64_t kMostMinutes = 1440;

// Median and spread of a sample; the spread is the MAD scaled to a normal distribution's standard deviation.
struct Usual {
  double median = 0;
  double spread = 0;
};

double median_of(std::vector<double>& values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Usual usual_of(std::vector<double> values) {
  Usual usual;
  usual.median = median_of(values);
  for (double& value : values) value = std::abs(value - usual.median);
  usual.spread = 1.4826 * median_of(values);
  return usual;
}

// Sums of absurd latencies overflow; the difference of two infinities has no order, and sorting needs one.
double mean_latency(const Minute& minute) {
  constexpr double kMost = 1e15;
  return std::min(kMost, minute.latency_sum_ms / static_cast<double>(minute.latency_count));
}

// Every minute of the window and its baseline, also those without events.
struct Timeline {
  std::vector<Minute> before, during;
  EventTime from;  // of the window
};

Timeline timeline_of(const ServiceActivity& activity, const OnsetWindow& window) {
  Timeline timeline{.before = {}, .during = {}, .from = floor_to(window.from, kMinute)};
  if (activity.minutes.empty()) return timeline;
  const EventTime begin = floor_to(window.from - window.lead, kMinute);
  const EventTime end = floor_to(window.to, kMinute);
  EventTime start = floor_to(std::max(begin - window.baseline, window.known_since), kMinute);
  start = std::max(start, end - kMinute * kMostMinutes);
  auto next = std::ranges::lower_bound(activity.minutes, start, {}, &Minute::start);
  for (EventTime at = start; at <= end; at = at + kMinute) {
    Minute minute{.start = at};
    for (; next != activity.minutes.end() && next->start < at + kMinute; ++next) {
      minute.events += next->events;
      minute.errors += next->errors;
      minute.latency_sum_ms += next->latency_sum_ms;
      minute.latency_count += next->latency_count;
    }
    (at < begin ? timeline.before : timeline.during).push_back(minute);
  }
  return timeline;
}

// The run of abnormal minutes that reaches into the time after `from` and whose worst minute is worst; of equals the
// last. `worse(a, b)`: a is further from usual than b.
template <typename Abnormal, typename Value, typename Worse>
std::optional<OnsetSign> worst_run(const Timeline& timeline, Abnormal abnormal, Value value, Worse worse) {
  std::optional<OnsetSign> run, worst;
  EventTime last;
  const auto end_run = [&] {
    const bool in_time = run && last >= timeline.from;
    if (in_time && (!worst || !worse(worst->observed, run->observed))) worst = run;
  };
  for (const Minute& minute : timeline.during) {
    if (!abnormal(minute)) continue;
    if (!run || minute.start - last > kMinute * (kCalmMinutes + 1)) {
      end_run();
      run = OnsetSign{.at = minute.start, .observed = value(minute)};
    }
    if (worse(value(minute), run->observed)) run->observed = value(minute);
    last = minute.start;
  }
  end_run();
  return worst;
}

constexpr auto kGreater = [](double a, double b) { return a > b; };
constexpr auto kLess = [](double a, double b) { return a < b; };

// The second largest value: what is normal at the edge, but for one odd minute.
double second_largest(const std::vector<double>& values) {
  double first = 0, second = 0;
  for (const double value : values) {
    second = std::max(second, std::min(first, value));
    first = std::max(first, value);
  }
  return second;
}

std::optional<OnsetSign> error_sign(const Timeline& timeline) {
  std::vector<double> counts, rates;
  for (const Minute& minute : timeline.before) {
    counts.push_back(static_cast<double>(minute.errors));
    if (minute.events > 0) rates.push_back(static_cast<double>(minute.errors) / static_cast<double>(minute.events));
  }
  const Usual usual = usual_of(counts);
  const double rate = median_of(rates);
  // Counts spread at least as a Poisson process does; two stray errors in a quiet service are no incident.
  const double margin = std::max(2.5, 4 * std::max(usual.spread, std::sqrt(usual.median)));
  const double bound = std::max(usual.median + margin, second_largest(counts));
  const auto errors = [](const Minute& minute) { return static_cast<double>(minute.errors); };
  // More traffic brings more errors; that alone is not abnormal.
  const auto abnormal = [&](const Minute& minute) {
    return errors(minute) > bound && errors(minute) > 1.5 * rate * static_cast<double>(minute.events);
  };
  auto run = worst_run(timeline, abnormal, errors, kGreater);
  if (run) run->usual = usual.median;
  if (run) run->strength = 1 + 2 * std::log1p((run->observed - bound) / std::sqrt(bound + 1));
  return run;
}

std::optional<OnsetSign> latency_sign(const Timeline& timeline) {
  std::vector<double> means;
  for (const Minute& minute : timeline.before) {
    if (minute.latency_count > 0) means.push_back(mean_latency(minute));
  }
  if (means.size() < kLeastBaseline) return std::nullopt;
  const Usual usual = usual_of(means);
  const double bound =
      std::max({1.5 * usual.median, usual.median + 4 * usual.spread, 1.2 * second_largest(means), kLeastLatencyMs});
  const auto abnormal = [&](const Minute& minute) { return minute.latency_count > 0 && mean_latency(minute) > bound; };
  auto run = worst_run(timeline, abnormal, mean_latency, kGreater);
  if (run) run->usual = usual.median;
  if (run) run->strength = 1 + 2 * std::log2(run->observed / bound);
  return run;
}

std::optional<OnsetSign> silence_sign(const Timeline& timeline, EventTime now) {
  std::vector<double> counts;
  for (const Minute& minute : timeline.before) counts.push_back(static_cast<double>(minute.events));
  const Usual usual = usual_of(counts);
  // A service that is often quiet says nothing by being quiet.
  if (counts.size() < kLeastBaseline || usual.median < 10 || usual.median < 3 * usual.spread) return std::nullopt;
  const auto events = [](const Minute& minute) { return static_cast<double>(minute.events); };
  const auto abnormal = [&](const Minute& minute) {
    return minute.start + kMinute <= now && events(minute) < 0.1 * usual.median;
  };
  auto run = worst_run(timeline, abnormal, events, kLess);
  if (run) run->usual = usual.median;
  if (run) run->strength = kSilenceStrength;
  return run;
}

}  // namespace

EventTime ServiceOnset::at() const {
  ENSURE(any());
  std::optional<EventTime> first;
  for (const auto* sign : {&errors, &latency, &silence}) {
    if (*sign && (!first || (*sign)->at < *first)) first = (*sign)->at;
  }
  return *first;
}

double ServiceOnset::strength() const {
  double most = 0;
  for (const auto* sign : {&errors, &latency, &silence}) {
    if (*sign) most = std::max(most, (*sign)->strength);
  }
  return most;
}

ServiceOnset find_onset(const ServiceActivity& activity, const OnsetWindow& window) {
  Timeline timeline = timeline_of(activity, window);
  ServiceOnset onset;
  onset.has_baseline = timeline.before.size() >= kLeastBaseline;
  if (!onset.has_baseline) {
    // The log begins in the middle of the incident: the quieter half of all minutes must serve as what is usual.
    std::vector<Minute> all = timeline.before;
    all.insert(all.end(), timeline.during.begin(), timeline.during.end());
    std::ranges::stable_sort(all, {}, &Minute::errors);
    all.resize(all.size() / 2);
    timeline.before = std::move(all);
  }
  onset.errors = error_sign(timeline);
  if (onset.has_baseline) {
    onset.latency = latency_sign(timeline);
    onset.silence = silence_sign(timeline, window.to);
  }
  return onset;
}

}  // namespace tocsin
