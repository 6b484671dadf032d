#include "app/alarm_simulation.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "app/batch_io.h"
#include "engine/base/text.h"

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMostPeriods = 10'080;  // a week of minutes
constexpr std::size_t kMostDatapoints = 10'000;

[[noreturn]] void invalid_alarm(const std::string& message) {
  throw BatchError("INVALID_ALARM", message);
}
[[noreturn]] void invalid_datapoints(const std::string& message) {
  throw BatchError("INVALID_DATAPOINTS", message);
}

const Json& required(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) invalid_alarm(std::string(name) + " is missing");
  return *found;
}

int whole_number(const Json& value, const char* name) {
  if (!value.is_number() || std::floor(value.get<double>()) != value.get<double>() ||
      std::fabs(value.get<double>()) > 1e9) {
    invalid_alarm(std::string(name) + " is no whole number");
  }
  return static_cast<int>(value.get<double>());
}

std::string text_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return {};
  if (!found->is_string()) invalid_alarm(std::string(name) + " is no text");
  return found->get<std::string>();
}

// What one MetricStat, or an alarm with a single metric, says about its metric.
void read_metric(const Json& metric, const Json& stat, MetricQuery& query) {
  query.metric = {.ns = text_of(metric, "Namespace"), .name = text_of(metric, "MetricName")};
  query.unit = text_of(stat, "Unit");
}

Statistic statistic_of(const std::string& text) {
  const std::optional<Statistic> statistic = parse_statistic(text.empty() ? "Average" : text);
  if (!statistic) invalid_alarm("unknown statistic '" + printable(text, 64) + "'");
  return *statistic;
}

// The entry with ReturnData gives the datapoints; the others only matter for the default of TreatMissingData.
bool read_metrics(const Json& entries, AlarmDefinition& alarm) {
  if (!entries.is_array() || entries.empty()) invalid_alarm("Metrics is no list of metrics");
  bool only_dynamodb = true;
  std::optional<Period> period;
  for (const Json& entry : entries) {
    if (!entry.is_object()) invalid_alarm("an entry of Metrics is no object");
    MetricQuery query;
    query.id = text_of(entry, "Id");
    query.label = text_of(entry, "Label");
    query.return_data = entry.value("ReturnData", true);
    if (entry.contains("MetricStat")) {
      const Json& stat = entry["MetricStat"];
      read_metric(required(stat, "Metric"), stat, query);
      query.statistic = statistic_of(text_of(stat, "Stat"));
      period = Period::seconds(whole_number(required(stat, "Period"), "Period"));
      only_dynamodb = only_dynamodb && query.metric.ns == "AWS/DynamoDB";
    } else {
      MetricMathError error;
      query.expression = MetricMath::parse(text_of(entry, "Expression"), error);
      if (!query.expression) invalid_alarm("Expression: " + error.message);
      if (entry.contains("Period")) period = Period::seconds(whole_number(entry["Period"], "Period"));
    }
    alarm.metrics.push_back(std::move(query));
  }
  int returned = 0;
  for (const MetricQuery& query : alarm.metrics) returned += query.return_data ? 1 : 0;
  if (returned != 1) invalid_alarm("exactly one entry of Metrics has ReturnData");
  if (!period) invalid_alarm("Period is missing");
  alarm.period = *period;
  return only_dynamodb;
}

bool read_single_metric(const Json& properties, AlarmDefinition& alarm) {
  MetricQuery query;
  read_metric(properties, properties, query);
  const std::string extended = text_of(properties, "ExtendedStatistic");
  query.statistic = statistic_of(extended.empty() ? text_of(properties, "Statistic") : extended);
  alarm.period = Period::seconds(whole_number(required(properties, "Period"), "Period"));
  alarm.metrics.push_back(std::move(query));
  return alarm.metrics[0].metric.ns == "AWS/DynamoDB";
}

Datapoint datapoint_from_word(std::string_view word) {
  Datapoint point;
  if (word == "_") return point;
  const std::size_t at = word.find('@');
  point.value = parse_number(word.substr(0, at));
  if (!point.value) invalid_datapoints("'" + printable(word, 64) + "' is neither a number nor _");
  if (at == std::string_view::npos) return point;
  const std::optional<double> samples = parse_number(word.substr(at + 1));
  if (!samples || *samples <= 0) invalid_datapoints("'" + printable(word, 64) + "': no number of samples after @");
  point.sample_count = *samples;
  return point;
}

}  // namespace

AlarmDefinition alarm_from_cloudwatch(const Json& properties) {
  if (!properties.is_object()) invalid_alarm("an alarm is an object of CloudWatch's properties");
  AlarmDefinition alarm;
  alarm.name = text_of(properties, "AlarmName");
  alarm.description = text_of(properties, "AlarmDescription");
  const bool only_dynamodb = properties.contains("Metrics") ? read_metrics(properties["Metrics"], alarm)
                                                            : read_single_metric(properties, alarm);
  alarm.evaluation_periods = whole_number(required(properties, "EvaluationPeriods"), "EvaluationPeriods");
  alarm.datapoints_to_alarm = alarm.evaluation_periods;
  if (properties.contains("DatapointsToAlarm") && !properties["DatapointsToAlarm"].is_null()) {
    alarm.datapoints_to_alarm = whole_number(properties["DatapointsToAlarm"], "DatapointsToAlarm");
    alarm.names_datapoints_to_alarm = true;
  }
  const Json& threshold = required(properties, "Threshold");
  if (!threshold.is_number()) invalid_alarm("Threshold is no number");
  alarm.threshold = threshold.get<double>();
  const std::string comparison = text_of(properties, "ComparisonOperator");
  const std::optional<Comparison> parsed = parse_comparison(comparison);
  if (!parsed) invalid_alarm("unknown ComparisonOperator '" + printable(comparison, 64) + "'");
  alarm.comparison = *parsed;
  const std::string treatment = text_of(properties, "TreatMissingData");
  // CloudWatch keeps the state of alarms on DynamoDB's metrics, which come only when a table is used.
  const std::optional<TreatMissingData> treat = parse_treat_missing_data(!treatment.empty() ? treatment
                                                                         : only_dynamodb    ? "ignore"
                                                                                            : "missing");
  if (!treat) invalid_alarm("unknown TreatMissingData '" + printable(treatment, 64) + "'");
  alarm.treat_missing_data = *treat;
  const std::string low_samples = text_of(properties, "EvaluateLowSampleCountPercentile");
  if (low_samples == "ignore") {
    alarm.low_sample_percentile = LowSamplePercentile::kIgnore;
  } else if (!low_samples.empty() && low_samples != "evaluate") {
    invalid_alarm("EvaluateLowSampleCountPercentile is 'evaluate' or 'ignore'");
  }
  const std::string problem = alarm_problem(alarm);
  if (!problem.empty()) invalid_alarm(problem);
  return alarm;
}

std::string alarm_problem(const AlarmDefinition& alarm) {
  if (alarm.period < Period::seconds(1) || alarm.period.ms % 1000 != 0) return "a period is a number of whole seconds";
  if (alarm.period > Period::days(7)) return "a period is at most seven days";
  if (alarm.evaluation_periods < 1 || alarm.evaluation_periods > kMostPeriods) {
    return "the evaluation periods are 1 to " + std::to_string(kMostPeriods);
  }
  if (alarm.datapoints_to_alarm < 1 || alarm.datapoints_to_alarm > alarm.evaluation_periods) {
    return "the datapoints to alarm are 1 to " + std::to_string(alarm.evaluation_periods) + ", the evaluation periods";
  }
  if (alarm.evaluation_range &&
      (*alarm.evaluation_range < alarm.evaluation_periods || *alarm.evaluation_range > 2 * kMostPeriods)) {
    return "the evaluation range is at least the evaluation periods and at most " + std::to_string(2 * kMostPeriods);
  }
  return {};
}

std::vector<Datapoint> datapoints_from_json(const Json& values) {
  if (!values.is_array()) invalid_datapoints("datapoints is no list");
  std::vector<Datapoint> points;
  points.reserve(values.size());
  for (const Json& value : values) {
    Datapoint point;
    if (value.is_number()) {
      point.value = value.get<double>();
    } else if (value.is_object()) {
      if (value.contains("value") && !value["value"].is_null()) point.value = value["value"].get<double>();
      point.sample_count = value.value("sample_count", 0.0);
    } else if (!value.is_null()) {
      invalid_datapoints("a datapoint is a number, null or {value, sample_count}");
    }
    points.push_back(point);
  }
  return points;
}

std::vector<Datapoint> datapoints_from_text(std::string_view text) {
  std::vector<Datapoint> points;
  constexpr std::string_view kBlanks = " \t\r\n,";
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    if (text.empty()) return points;
    const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
    text.remove_prefix(word.size());
    const std::size_t times_sign = word.find('x');
    std::size_t times = 1;
    if (times_sign != std::string_view::npos) {
      const std::optional<double> count = parse_number(word.substr(times_sign + 1));
      if (!count || *count < 1 || *count > static_cast<double>(kMostDatapoints) || std::floor(*count) != *count) {
        invalid_datapoints("'" + printable(word, 64) + "': no number of repetitions after x");
      }
      times = static_cast<std::size_t>(*count);
    }
    const Datapoint point = datapoint_from_word(word.substr(0, times_sign));
    if (points.size() + times > kMostDatapoints) {
      invalid_datapoints("more than " + std::to_string(kMostDatapoints) + " datapoints");
    }
    points.insert(points.end(), times, point);
  }
}

AlarmSimulation::AlarmSimulation(AlarmDefinition alarm, std::vector<Datapoint> datapoints, EventTime end)
    : alarm_(std::move(alarm)), range_(static_cast<std::size_t>(evaluation_range(alarm_))), padding_(range_) {
  series_.resize(padding_);
  series_.insert(series_.end(), datapoints.begin(), datapoints.end());
  EventTime start = end;
  for (std::size_t i = series_.size(); i-- > 0;) {
    start = start - alarm_.period;
    series_[i].start = start;
  }
}

AlarmVerdict AlarmSimulation::evaluate(std::size_t index, AlarmState previous, bool always_reason) const {
  const Datapoint& newest = datapoint(index);
  const std::span<const Datapoint> arrived(series_.data(), padding_ + index + 1);
  return evaluate_alarm(alarm_, {.datapoints = arrived.last(range_),
                                 .previous = previous,
                                 .at = newest.start + alarm_.period + kEvaluationLag,
                                 .always_reason = always_reason});
}

}  // namespace tocsin
