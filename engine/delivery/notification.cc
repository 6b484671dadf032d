#include "engine/delivery/notification.h"

#include <algorithm>

#include "engine/base/sha256.h"
#include "engine/base/text.h"

namespace tocsin {
namespace {

constexpr std::string_view kAccount = "000000000000";
constexpr std::string_view kRegion = "local";

// Appends `"name":` and leaves the value to the caller; a comma where something stands before it.
void key(std::string& json, std::string_view name) {
  if (json.back() != '{' && json.back() != '[') json += ',';
  append_json_string(json, name);
  json += ':';
}

void text_member(std::string& json, std::string_view name, std::string_view value) {
  key(json, name);
  append_json_string(json, value);
}

// 2026-11-20T10:03:00.250+0000, as the states of EventBridge's alarm events write it.
std::string state_time(EventTime time) {
  std::string iso = to_iso8601(time);
  iso.pop_back();
  return iso + "+0000";
}

void append_metric_stat(std::string& json, const MetricQuery& query, const AlarmDefinition& alarm,
                        const StateTransition& transition) {
  Dimensions dimensions = query.dimensions;
  if (!alarm.for_each.empty()) dimensions.push_back({.name = alarm.for_each, .value = transition.service});
  std::sort(dimensions.begin(), dimensions.end());
  key(json, "metricStat");
  json += '{';
  key(json, "metric");
  json += '{';
  text_member(json, "namespace", query.metric.ns);
  text_member(json, "name", query.metric.name);
  key(json, "dimensions");
  json += '{';
  for (const Dimension& dimension : dimensions) text_member(json, dimension.name, dimension.value);
  json += "}}";
  key(json, "period");
  json += std::to_string(alarm.period.ms / 1000);
  text_member(json, "stat", to_text(query.statistic));
  if (!query.unit.empty()) text_member(json, "unit", query.unit);
  json += '}';
}

void append_configuration(std::string& json, const AlarmDefinition& alarm, const StateTransition& transition) {
  key(json, "configuration");
  json += '{';
  if (!alarm.description.empty()) text_member(json, "description", alarm.description);
  key(json, "metrics");
  json += '[';
  for (const MetricQuery& query : alarm.metrics) {
    if (json.back() != '[') json += ',';
    json += '{';
    text_member(json, "id", query.id);
    if (query.expression) {
      text_member(json, "expression", query.expression->text());
    } else {
      append_metric_stat(json, query, alarm, transition);
    }
    if (!query.label.empty()) text_member(json, "label", query.label);
    key(json, "returnData");
    json += query.return_data ? "true}" : "false}";
  }
  json += "]}";
}

}  // namespace

std::string_view to_text(Disposition disposition) {
  switch (disposition) {
    case Disposition::kSend:
      return "send";
    case Disposition::kSilenced:
      return "silenced";
    case Disposition::kFlapping:
      return "flapping";
    case Disposition::kSuperseded:
      return "superseded";
    case Disposition::kEnded:
      return "ended";
  }
  return "";
}

std::string notification_payload(std::string_view type, EventTime at, std::string_view data) {
  std::string json = "{";
  text_member(json, "type", type);
  text_member(json, "timestamp", to_iso8601(at));
  key(json, "data");
  json += data;
  json += '}';
  return json;
}

// A quote within a JSON text is escaped, so that `,"` is never part of a type, and `data` is the payload's last member.
std::string_view notification_data(std::string_view payload) {
  constexpr std::string_view kData = ",\"data\":";
  const std::size_t at = payload.find(kData);
  if (at == std::string_view::npos || !payload.ends_with('}')) return {};
  payload.remove_prefix(at + kData.size());
  payload.remove_suffix(1);
  return payload;
}

Notification alarm_notification(const std::string& contact_point, const StateTransition& transition,
                                const AlarmDefinition& alarm) {
  constexpr std::string_view kType = "alarm.state_changed";
  Notification notification;
  notification.id = content_id("evt", {contact_point, kType, transition.id});
  notification.contact_point = contact_point;
  notification.type = kType;
  notification.order_key = transition.alarm;
  notification.payload = notification_payload(kType, transition.at, alarm_state_change_document(transition, alarm));
  notification.at = transition.at;
  notification.labels = {{"alarm", transition.alarm},
                         {"definition", transition.definition},
                         {"severity", std::string(to_text(transition.severity))}};
  if (!transition.service.empty()) notification.labels["service"] = transition.service;
  notification.change = AlarmChange{transition.to, transition.severity, transition.reason};
  return notification;
}

std::string alarm_state_change_document(const StateTransition& transition, const AlarmDefinition& alarm) {
  std::string arn = "arn:aws:cloudwatch:";
  arn.append(kRegion).append(":").append(kAccount).append(":alarm:").append(transition.alarm);
  std::string json = "{";
  text_member(json, "version", "0");
  text_member(json, "id", transition.id);
  text_member(json, "detail-type", "CloudWatch Alarm State Change");
  text_member(json, "source", "aws.cloudwatch");
  text_member(json, "account", kAccount);
  text_member(json, "time", to_iso8601(floor_to(transition.at, Period::seconds(1))).substr(0, 19) + "Z");
  text_member(json, "region", kRegion);
  key(json, "resources");
  json += "[" + json_string(arn) + "]";
  key(json, "detail");
  json += '{';
  text_member(json, "alarmName", transition.alarm);
  key(json, "state");
  json += '{';
  text_member(json, "value", to_text(transition.to));
  text_member(json, "reason", transition.reason);
  // A string that holds JSON, as on EventBridge.
  text_member(json, "reasonData", transition.reason_data);
  text_member(json, "timestamp", state_time(transition.at));
  json += '}';
  key(json, "previousState");
  json += '{';
  text_member(json, "value", to_text(transition.from));
  text_member(json, "timestamp", state_time(transition.since));
  json += '}';
  append_configuration(json, alarm, transition);
  key(json, "tocsin");
  json += '{';
  text_member(json, "definition", transition.definition);
  if (!transition.service.empty()) text_member(json, "service", transition.service);
  text_member(json, "severity", to_text(transition.severity));
  key(json, "sequence");
  json += std::to_string(transition.sequence) + "}}}";
  return json;
}

}  // namespace tocsin
