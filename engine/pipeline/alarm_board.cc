#include "engine/pipeline/alarm_board.h"

#include <algorithm>
#include <map>

#include "engine/alarm/alarm_evaluation.h"
#include "engine/base/ensure.h"
#include "engine/base/sha256.h"

namespace tocsin {
namespace {

constexpr Period kMinute = Period::seconds(60);

MetricId metric_id(const MetricQuery& query, const AlarmBoard::Alarm& alarm) {
  MetricId id{query.metric, query.dimensions};
  if (!alarm.definition->for_each.empty()) id.dimensions.push_back({alarm.definition->for_each, alarm.value});
  std::ranges::sort(id.dimensions);
  return id;
}

// The value of the for_each dimension, where the series has it and all of the query's own dimensions, and no others.
const std::string* for_each_value(const MetricQuery& query, const std::string& for_each, const MetricId& id) {
  const std::string* value = nullptr;
  for (const Dimension& dimension : id.dimensions) {
    if (dimension.name == for_each) {
      value = &dimension.value;
    } else if (std::ranges::find(query.dimensions, dimension) == query.dimensions.end()) {
      return nullptr;
    }
  }
  return id.dimensions.size() == query.dimensions.size() + 1 ? value : nullptr;
}

// Where the newest period ends: CloudWatch looks at whole minutes, or at whole periods where they are shorter.
EventTime window_end(const AlarmDefinition& alarm, EventTime instant) {
  return floor_to(instant - kEvaluationLag, std::min(alarm.period, kMinute));
}

std::size_t query_index(const AlarmDefinition& alarm, const std::string& id) {
  const auto found = std::ranges::find(alarm.metrics, id, &MetricQuery::id);
  ENSURE(found != alarm.metrics.end());  // the loader has checked it
  return static_cast<std::size_t>(found - alarm.metrics.begin());
}

// Evaluates the queries of one alarm over its range; each query at most once.
class QueryValues {
 public:
  QueryValues(const AlarmDefinition& alarm, std::vector<MetricSeries> statistics)
      : alarm_(alarm), values_(std::move(statistics)), known_(values_.size()) {}

  const MetricSeries& of(std::size_t index) {
    const MetricQuery& query = alarm_.metrics[index];
    if (!known_[index] && query.expression) {
      std::vector<MetricSeries> inputs;
      for (const std::string& id : query.expression->ids()) inputs.push_back(of(query_index(alarm_, id)));
      // An expression that reads nothing has no datapoints.
      if (!inputs.empty()) values_[index] = query.expression->evaluate(inputs);
    }
    known_[index] = true;
    return values_[index];
  }

 private:
  const AlarmDefinition& alarm_;
  std::vector<MetricSeries> values_;
  std::vector<bool> known_;
};

// Looks for series only where new ones have come since: an alarm may wait for one of them for ever.
void find_series(AlarmBoard::Alarm& alarm, const MetricStore& metrics) {
  if (alarm.series_known == metrics.size()) return;
  alarm.series_known = metrics.size();
  for (std::size_t q = 0; q < alarm.series.size(); ++q) {
    const MetricQuery& query = alarm.definition->metrics[q];
    if (!query.expression && !alarm.series[q]) alarm.series[q] = metrics.find(metric_id(query, alarm));
  }
}

// Whether any series has a sample from `from` on. `from` is where a bucket begins.
bool has_samples(const AlarmBoard::Alarm& alarm, EventTime from, const MetricStore& metrics) {
  return std::ranges::any_of(alarm.series, [&](const std::optional<SeriesId>& series) {
    const std::optional<EventTime> newest = series ? metrics.newest(*series) : std::nullopt;
    return newest && *newest >= from;
  });
}

StateTransition transition_of(const AlarmBoard::Alarm& alarm, AlarmVerdict verdict, EventTime at) {
  StateTransition transition;
  transition.alarm = alarm.name;
  transition.definition = alarm.definition->name;
  transition.service = alarm.value;
  transition.from = alarm.state;
  transition.to = verdict.state;
  transition.reason = std::move(verdict.reason);
  transition.reason_data = std::move(verdict.reason_data);
  transition.at = at;
  transition.since = alarm.since;
  transition.sequence = alarm.sequence + 1;
  transition.severity = alarm.definition->severity;
  // Not from the name: "a/b" may be a definition, and the alarm of another one, "a", for the value "b".
  transition.id = content_id(
      "trn", {transition.definition, alarm.value, std::to_string(transition.sequence), std::to_string(at.ms)});
  return transition;
}

}  // namespace

AlarmBoard::AlarmBoard(const std::vector<AlarmDefinition>& definitions, MetricStore& metrics)
    : definitions_(definitions),
      alarms_(definitions.size()),
      values_(definitions.size()),
      waiting_(definitions.size()) {
  std::map<MetricName, MetricRetention> retentions;
  for (const AlarmDefinition& alarm : definitions_) {
    // One period more than the range, since events arrive up to the evaluation and the window ends before it.
    const Period span = alarm.period * (evaluation_range(alarm) + 1) + kMinute + kEvaluationLag;
    reach_ = std::max(reach_, span);
    seen_.emplace_back(alarm.metrics.size());
    for (const MetricQuery& query : alarm.metrics) {
      if (query.expression) continue;
      MetricRetention& retention =
          retentions.try_emplace(query.metric, MetricRetention{kMinute, span, false}).first->second;
      retention.span = std::max(retention.span, span);
      if (alarm.period < kMinute) retention.bucket = Period::seconds(10);
      if (query.statistic.kind == StatisticKind::kPercentile) retention.percentiles = true;
    }
  }
  for (const auto& [metric, retention] : retentions) metrics.retain(metric, retention);
}

std::optional<EventTime> AlarmBoard::next_evaluation(EventTime time) const {
  std::optional<EventTime> next;
  for (const AlarmDefinition& alarm : definitions_) {
    const Period interval = evaluation_interval(alarm);
    const EventTime instant = floor_to(time - kEvaluationLag, interval) + interval + kEvaluationLag;
    if (!next || instant < *next) next = instant;
  }
  return next;
}

void AlarmBoard::add_alarm(std::size_t definition, const std::string& value, EventTime instant) {
  const AlarmDefinition& alarm = definitions_[definition];
  alarms_[definition].push_back({.definition = &alarm,
                                 .name = value.empty() ? alarm.name : alarm.name + "/" + value,
                                 .value = value,
                                 .since = instant,
                                 .series = std::vector<std::optional<SeriesId>>(alarm.metrics.size())});
}

void AlarmBoard::add_new_alarms(std::size_t definition, EventTime instant, const MetricStore& metrics) {
  const AlarmDefinition& alarm = definitions_[definition];
  if (alarm.for_each.empty()) {
    if (alarms_[definition].empty()) add_alarm(definition, "", instant);
    return;
  }
  std::vector<SeriesId>& waiting = waiting_[definition];
  for (std::size_t q = 0; q < alarm.metrics.size(); ++q) {
    const MetricQuery& query = alarm.metrics[q];
    if (query.expression) continue;
    const auto all = metrics.series_of(query.metric);
    for (std::size_t& i = seen_[definition][q]; i < all.size(); ++i) {
      const std::string* value = for_each_value(query, alarm.for_each, metrics.id(all[i]));
      if (value != nullptr && !values_[definition].contains(*value)) waiting.push_back(all[i]);
    }
  }
  const Period range = alarm.period * evaluation_range(alarm);
  const EventTime from = window_end(alarm, instant) - range;
  std::erase_if(waiting, [&](SeriesId series) {
    const auto& dimensions = metrics.id(series).dimensions;
    const std::string& value = std::ranges::find(dimensions, alarm.for_each, &Dimension::name)->value;
    if (values_[definition].contains(value)) return true;
    if (!metrics.datapoint(series, {.kind = StatisticKind::kSampleCount}, from, range).value) return false;
    values_[definition].insert(value);
    add_alarm(definition, value, instant);
    return true;
  });
}

std::vector<Datapoint> AlarmBoard::datapoints(const Alarm& alarm, EventTime end, const MetricStore& metrics) {
  const AlarmDefinition& definition = *alarm.definition;
  const int range = evaluation_range(definition);
  std::vector<MetricSeries> statistics(definition.metrics.size(), MetricSeries(static_cast<std::size_t>(range)));
  const MetricQuery& returned = returned_query(definition);
  std::vector<Datapoint> result(static_cast<std::size_t>(range));
  for (int i = 0; i < range; ++i) {
    result[static_cast<std::size_t>(i)].start = end - definition.period * (range - i);
  }
  for (std::size_t q = 0; q < definition.metrics.size(); ++q) {
    const MetricQuery& query = definition.metrics[q];
    if (!alarm.series[q]) continue;
    for (std::size_t i = 0; i < result.size(); ++i) {
      const Datapoint point = metrics.datapoint(*alarm.series[q], query.statistic, result[i].start, definition.period);
      statistics[q][i] = point.value;
      if (&query == &returned) result[i].sample_count = point.sample_count;
    }
  }
  QueryValues values(definition, std::move(statistics));
  const MetricSeries& series = values.of(static_cast<std::size_t>(&returned - definition.metrics.data()));
  for (std::size_t i = 0; i < result.size(); ++i) result[i].value = series[i];
  return result;
}

std::vector<StateTransition> AlarmBoard::evaluate(EventTime instant, const MetricStore& metrics) {
  std::vector<StateTransition> changed;
  for (std::size_t d = 0; d < definitions_.size(); ++d) {
    const AlarmDefinition& definition = definitions_[d];
    const EventTime boundary = instant - kEvaluationLag;
    if (floor_to(boundary, evaluation_interval(definition)) != boundary) continue;
    add_new_alarms(d, instant, metrics);
    const EventTime end = window_end(definition, instant);
    const EventTime from = end - definition.period * evaluation_range(definition);
    for (Alarm& alarm : alarms_[d]) {
      find_series(alarm, metrics);
      const bool empty = !has_samples(alarm, from, metrics);
      if (empty && alarm.settled) continue;  // of many thousand services most may be gone
      const std::vector<Datapoint> points = datapoints(alarm, end, metrics);
      AlarmVerdict verdict = evaluate_alarm(definition, {.datapoints = points, .previous = alarm.state, .at = instant});
      alarm.settled = empty && verdict.state == alarm.state;
      if (verdict.state == alarm.state) continue;
      changed.push_back(transition_of(alarm, std::move(verdict), instant));
      alarm.state = changed.back().to;
      alarm.since = instant;
      alarm.sequence = changed.back().sequence;
    }
  }
  return changed;
}

}  // namespace tocsin
