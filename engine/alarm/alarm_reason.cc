#include "engine/alarm/alarm_reason.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "engine/base/text.h"

namespace tocsin {
namespace {

// Which datapoints of the range decided: those of one kind, and the missing ones where the treatment filled them in.
enum class Decisive { kBreaching, kGood, kNone };

struct Evidence {
  Decisive kind = Decisive::kNone;
  bool missing = false;
};

Evidence evidence_of(AlarmRule rule) {
  switch (rule) {
    case AlarmRule::kEnoughBreaching:
    case AlarmRule::kOldBreach:
      return {Decisive::kBreaching, false};
    case AlarmRule::kMissingAsBreaching:
      return {Decisive::kBreaching, true};
    case AlarmRule::kEnoughGood:
    case AlarmRule::kSomeGood:
      return {Decisive::kGood, false};
    case AlarmRule::kMissingAsGood:
      return {Decisive::kGood, true};
    case AlarmRule::kBreachKept:
      return {Decisive::kBreaching, true};
    case AlarmRule::kNoData:
    case AlarmRule::kYoungBreach:
    case AlarmRule::kNoDataKept:
      return {Decisive::kNone, true};
    case AlarmRule::kLowSampleCount:
      return {Decisive::kNone, false};
  }
  return {};
}

std::string_view comparison_words(Comparison comparison) {
  switch (comparison) {
    case Comparison::kGreaterThan:
      return "greater than";
    case Comparison::kGreaterOrEqual:
      return "greater than or equal to";
    case Comparison::kLessThan:
      return "less than";
    case Comparison::kLessOrEqual:
      return "less than or equal to";
  }
  return "";
}

const char* was(int n) {
  return n == 1 ? " was" : " were";
}

// "1 datapoint", "2 datapoints".
std::string counted(int n, std::string_view noun) {
  std::string text = std::to_string(n) + " ";
  text += noun;
  return n == 1 ? text : text + "s";
}

// The decisive datapoints of the range, newest first, as indexes.
std::vector<std::size_t> decisive_points(const AlarmDefinition& alarm, const AlarmInput& input,
                                         const AlarmCounts& counts, const Evidence& evidence) {
  std::vector<std::size_t> points;
  int missing_left = evidence.missing ? counts.missing : 0;
  for (std::size_t index = input.datapoints.size(); index-- > 0;) {
    const Datapoint& point = input.datapoints[index];
    if (!is_real(point)) {
      if (missing_left > 0) {
        points.push_back(index);
        --missing_left;
      }
      continue;
    }
    if (index < counts.oldest_used || evidence.kind == Decisive::kNone) continue;
    const bool bad = breaches(*point.value, alarm.comparison, alarm.threshold);
    if (bad == (evidence.kind == Decisive::kBreaching)) points.push_back(index);
  }
  return points;
}

// 20/11/26 10:03:00, as reasons write it.
std::string short_time(EventTime time) {
  const std::string iso = to_iso8601(time);
  return iso.substr(8, 2) + "/" + iso.substr(5, 2) + "/" + iso.substr(2, 2) + " " + iso.substr(11, 8);
}

// " [11.0 (20/11/26 10:03:00), 9.0 (…)]", newest first; nothing where no real one is among them. A long list ends in
// "...": CloudWatch allows 1,023 characters in all.
std::string value_list(const AlarmInput& input, const std::vector<std::size_t>& points) {
  constexpr int kMostShown = 20;
  std::string list;
  int shown = 0;
  for (const std::size_t index : points) {
    const Datapoint& point = input.datapoints[index];
    if (!is_real(point)) continue;
    list += list.empty() ? " [" : ", ";
    if (++shown > kMostShown) {
      list += "...";
      break;
    }
    list += cloudwatch_number(*point.value) + " (" + short_time(point.start) + ")";
  }
  return list.empty() ? list : list + "]";
}

std::string threshold_crossed(const AlarmDefinition& alarm, const AlarmInput& input, const AlarmCounts& counts,
                              const Evidence& evidence) {
  const bool to_alarm = evidence.kind == Decisive::kBreaching;
  const int n = alarm.evaluation_periods;
  const std::string filled = counted(counts.missing, "missing datapoint") + was(counts.missing) + " treated as [" +
                             (to_alarm ? "Breaching" : "NonBreaching") + "]";
  if (counts.bad + counts.good == 0) {
    return "Threshold Crossed: no datapoints were received for " + counted(n, "period") + " and " + filled + ".";
  }
  const int decisive = to_alarm ? counts.bad : counts.good;
  const bool short_form = !alarm.names_datapoints_to_alarm && n == 1;
  std::string text = "Threshold Crossed: ";
  text += short_form ? counted(decisive, "datapoint")
                     : std::to_string(decisive) + " out of the last " + std::to_string(n) + " datapoints";
  text +=
      value_list(input, decisive_points(alarm, input, counts, evidence)) + was(decisive) + (to_alarm ? " " : " not ");
  text += comparison_words(alarm.comparison);
  text += " the threshold (" + cloudwatch_number(alarm.threshold) + ")";
  if (evidence.missing && counts.missing > 0) text += " and " + filled;
  if (!short_form) {
    const int minimum = to_alarm ? alarm.datapoints_to_alarm : n - alarm.datapoints_to_alarm + 1;
    text += " (minimum " + counted(minimum, "datapoint") + " for " + (to_alarm ? "OK -> ALARM" : "ALARM -> OK") +
            " transition)";
  }
  return text + ".";
}

// "2026-11-20T10:03:00.250+0000" with its quotes, as reason data writes it.
std::string cloudwatch_time(EventTime time) {
  std::string iso = to_iso8601(time);
  iso.pop_back();
  return "\"" + iso + "+0000\"";
}

// The counted datapoints oldest first; gaps between them are null, none at the ends.
std::string recent_datapoints(const AlarmInput& input, const AlarmCounts& counts) {
  std::string list = "[";
  std::size_t gaps = 0;
  for (std::size_t index = counts.oldest_used; index < input.datapoints.size(); ++index) {
    const Datapoint& point = input.datapoints[index];
    if (!is_real(point)) {
      ++gaps;
      continue;
    }
    for (; gaps > 0; --gaps) list += "null,";
    list += cloudwatch_number(*point.value) + ",";
  }
  if (list.back() == ',') list.pop_back();
  return list + "]";
}

std::string evaluated_datapoints(const AlarmInput& input, const std::vector<std::size_t>& points) {
  std::string list = "[";
  for (const std::size_t index : points) {
    const Datapoint& point = input.datapoints[index];
    if (list.size() > 1) list += ',';
    list += "{\"timestamp\":" + cloudwatch_time(point.start);
    if (is_real(point)) {
      if (point.sample_count > 0) list += ",\"sampleCount\":" + cloudwatch_number(point.sample_count);
      list += ",\"value\":" + cloudwatch_number(*point.value);
    }
    list += '}';
  }
  return list + "]";
}

}  // namespace

std::string cloudwatch_number(double value) {
  if (!std::isfinite(value)) return "null";
  if (value == 0) return "0.0";
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  const double size = std::fabs(value);
  if (size >= 1e-3 && size < 1e7) {
    std::string plain(buffer, std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed).ptr);
    return plain.find('.') == std::string::npos ? plain + ".0" : plain;
  }
  // 1e+07 becomes 1.0E7.
  const std::size_t e = text.find('e');
  std::string mantissa(text.substr(0, e));
  if (mantissa.find('.') == std::string::npos) mantissa += ".0";
  const int exponent = std::atoi(std::string(text.substr(e + 1)).c_str());
  return mantissa + "E" + std::to_string(exponent);
}

std::string alarm_reason(const AlarmDefinition& alarm, const AlarmInput& input, const AlarmCounts& counts,
                         AlarmRule rule) {
  switch (rule) {
    case AlarmRule::kEnoughBreaching:
    case AlarmRule::kMissingAsBreaching:
    case AlarmRule::kOldBreach:
    case AlarmRule::kEnoughGood:
    case AlarmRule::kMissingAsGood:
    case AlarmRule::kSomeGood:
      return threshold_crossed(alarm, input, counts, evidence_of(rule));
    case AlarmRule::kNoData:
    case AlarmRule::kYoungBreach:
      return "Insufficient Data: " + counted(counts.missing, "datapoint") + was(counts.missing) + " unknown.";
    case AlarmRule::kNoDataKept:
      return "Unchanged: no datapoints were received for " + counted(alarm.evaluation_periods, "period") +
             ", and missing data is ignored.";
    case AlarmRule::kBreachKept:
      return "Unchanged: " + counted(counts.bad, "datapoint") + " of the " + std::to_string(alarm.datapoints_to_alarm) +
             " needed breached, " + std::to_string(counts.missing) + was(counts.missing) +
             " missing, and missing data is ignored.";
    case AlarmRule::kLowSampleCount:
      return "Unchanged: too few samples for " + to_text(returned_query(alarm).statistic) + ".";
  }
  return {};
}

std::string alarm_reason_data(const AlarmDefinition& alarm, const AlarmInput& input, const AlarmCounts& counts,
                              AlarmRule rule) {
  const MetricQuery& query = returned_query(alarm);
  std::string json = "{\"version\":\"1.0\",\"queryDate\":" + cloudwatch_time(input.at);
  if (counts.oldest_used < input.datapoints.size()) {
    json += ",\"startDate\":" + cloudwatch_time(input.datapoints[counts.oldest_used].start);
  }
  if (!query.unit.empty()) json += ",\"unit\":" + json_string(query.unit);
  if (!query.expression) json += ",\"statistic\":" + json_string(to_text(query.statistic));
  json += ",\"period\":" + std::to_string(alarm.period.ms / 1000);
  json += ",\"recentDatapoints\":" + recent_datapoints(input, counts);
  json += ",\"threshold\":" + cloudwatch_number(alarm.threshold);
  const Evidence evidence = evidence_of(rule);
  json +=
      ",\"evaluatedDatapoints\":" + evaluated_datapoints(input, decisive_points(alarm, input, counts, evidence)) + "}";
  return json;
}

}  // namespace tocsin
