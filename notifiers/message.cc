#include "notifiers/message.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/event/timestamp.h"
#include "notifiers/fitted_text.h"
#include "notifiers/payload_json.h"

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kTitle = 300;
constexpr std::size_t kName = 200;
constexpr std::size_t kValue = 600;
constexpr std::size_t kText = 8000;
constexpr std::size_t kSample = 500;
constexpr std::size_t kMostEvidence = 10;
constexpr std::size_t kMostServices = 5;
constexpr std::size_t kMostFacts = 12;

std::string line_at(const Json& json, std::string_view path, std::size_t most = kName) {
  return clean_line(member_text(json, path), most);
}

std::optional<EventTime> time_at(const Json& json, std::string_view path) {
  return parse_timestamp(member_text(json, path), {});
}

std::string clock_at(const Json& json, std::string_view path) {
  const std::optional<EventTime> time = time_at(json, path);
  return time ? to_clock(*time) : std::string();
}

void add_fact(Message& message, std::string_view name, const std::string& value) {
  if (value.empty() || message.facts.size() == kMostFacts) return;
  message.facts.push_back({std::string(name), fitted(value, kValue, TextUnit::kBytes)});
}

std::string known_severity(const std::string& severity) {
  const bool known = severity == "critical" || severity == "warning" || severity == "info";
  return known ? severity : std::string();
}

void read_alarm(const Json& data, Message& message) {
  const Json& detail = member(data, "detail");
  const std::string state = line_at(detail, "state.value");
  const std::string before = line_at(detail, "previousState.value");
  message.alarm = line_at(detail, "alarmName");
  message.definition = line_at(detail, "tocsin.definition");
  message.service = line_at(detail, "tocsin.service");
  message.severity = known_severity(line_at(detail, "tocsin.severity"));
  // Missing data is no all-clear: only OK resolves.
  message.status = state == "OK" ? MessageStatus::kResolved : MessageStatus::kFiring;
  message.key = message.alarm;
  message.title = clean_line(state + ": " + message.alarm, kTitle);
  message.text = clean_text(member_text(detail, "state.reason"), kText);
  if (message.status == MessageStatus::kResolved && before != "OK") {
    message.since = time_at(detail, "previousState.timestamp");
  }
  add_fact(message, "Service", message.service);
  add_fact(message, "Severity", message.severity);
  const std::string since = clock_at(detail, "previousState.timestamp");
  add_fact(message, "Before", since.empty() ? before : before + " since " + since);
  add_fact(message, "Description", line_at(detail, "configuration.description", kValue));
}

std::string ranking(const Json& services) {
  std::string text;
  for (std::size_t i = 0; services.is_array() && i < std::min(services.size(), kMostServices); ++i) {
    if (!text.empty()) text += ", ";
    text += line_at(services[i], "service") + " " + line_at(services[i], "score");
  }
  return text;
}

void read_evidence(const Json& all, Message& message) {
  if (!all.is_array()) return;
  for (const Json& one : all) {
    if (message.evidence.size() == kMostEvidence) return;
    MessageEvidence evidence;
    evidence.what = line_at(one, "count") + " × " + line_at(one, "service") + ": " + line_at(one, "template", kSample);
    const Json& baseline = member(one, "baseline");
    if (member(one, "new") == true) {
      evidence.what += " (new)";
    } else if (baseline.is_number()) {
      evidence.what += " (expected " + number_text(std::round(baseline.get<double>())) + ")";
    }
    evidence.sample = line_at(one, "sample.message", kSample);
    const std::string file = line_at(one, "sample.file");
    if (!evidence.sample.empty() && !file.empty()) {
      evidence.sample += "  [" + file + ":" + line_at(one, "sample.line") + "]";
    }
    message.evidence.push_back(std::move(evidence));
  }
}

void read_finding(const Json& data, Message& message) {
  message.status = MessageStatus::kFiring;
  message.incident = line_at(data, "incident");
  message.key = message.incident;
  message.severity = known_severity(line_at(data, "severity"));
  message.title = line_at(data, "title", kTitle);
  message.text = clean_text(member_text(data, "summary"), kText);
  const Json& services = member(data, "services");
  if (services.is_array() && !services.empty()) message.service = line_at(services[0], "service");
  add_fact(message, "Probable cause", line_at(data, "probable_cause", kValue));
  add_fact(message, "Services", ranking(services));
  add_fact(message, "Began", clock_at(data, "onset"));
  add_fact(message, "Detected", clock_at(data, "detected_at"));
  add_fact(message, "Severity", message.severity);
  add_fact(message, "Confidence", line_at(data, "confidence"));
  add_fact(message, "Incident", message.incident);
  read_evidence(member(data, "evidence"), message);
}

void read_resolved(const Json& data, Message& message) {
  message.status = MessageStatus::kResolved;
  message.incident = line_at(data, "incident");
  message.key = message.incident;
  message.title = clean_line("Resolved: incident " + message.incident, kTitle);
  const Json& seconds = member(data, "duration_s");
  // Years, at most: what comes from elsewhere must not overflow.
  if (seconds.is_number() && std::abs(seconds.get<double>()) < 1e10) {
    const Period lasted{static_cast<std::int64_t>(seconds.get<double>()) * 1000};
    message.text = "No alarm of the incident fires any more. It lasted " + to_text(lasted) + ".";
  }
  message.since = time_at(data, "opened_at");
  add_fact(message, "Opened", clock_at(data, "opened_at"));
  add_fact(message, "Resolved", clock_at(data, "resolved_at"));
  add_fact(message, "Incident", message.incident);
}

void read_failed_delivery(const Json& data, Message& message) {
  message.severity = "warning";
  const std::string contact = line_at(data, "contact_point");
  message.key = "delivery-failed/" + contact;
  message.title = clean_line("Deliveries to " + contact + " fail", kTitle);
  message.text = clean_text(member_text(data, "detail"), kText);
  const std::string reason = line_at(data, "reason");
  if (message.text.empty()) message.text = reason;
  add_fact(message, "Contact point", contact);
  add_fact(message, "Reason", reason);
  add_fact(message, "Dead letters", line_at(data, "dead_letters"));
  add_fact(message, "Newest", line_at(data, "notification.type"));
  add_fact(message, "Notification", line_at(data, "notification.id"));
}

// Several alarms told together: engine/delivery/alarm_group.h.
void read_group(const Json& data, Message& message) {
  message.status = line_at(data, "status") == "resolved" ? MessageStatus::kResolved : MessageStatus::kFiring;
  message.severity = known_severity(line_at(data, "severity"));
  message.key = line_at(data, "key");
  message.service = line_at(data, "group.service");
  std::string group;
  const Json& labels = member(data, "group");
  for (const auto& [name, value] : labels.items()) {
    if (!labels.is_object() || group.size() > kTitle) break;
    group += (group.empty() ? "" : ", ") + line_at(value, "");
  }
  const std::string firing = line_at(data, "firing"), resolved = line_at(data, "resolved");
  const bool over = message.status == MessageStatus::kResolved;
  message.title =
      (over ? "OK: " + resolved : "ALARM: " + firing) + ((over ? resolved : firing) == "1" ? " alarm" : " alarms");
  if (!group.empty()) message.title = clean_line(message.title + " of " + group, kTitle);
  add_fact(message, "Severity", message.severity);
  add_fact(message, "Firing", firing);
  add_fact(message, "Resolved", resolved);
  const Json& alarms = member(data, "alarms");
  for (std::size_t i = 0; alarms.is_array() && i < std::min(alarms.size(), kMostEvidence); ++i) {
    const std::string what = line_at(alarms[i], "state") + ": " + line_at(alarms[i], "alarm");
    const std::string since = clock_at(alarms[i], "since");
    message.evidence.push_back(
        {what + (since.empty() ? "" : " since " + since), line_at(alarms[i], "reason", kSample)});
  }
  std::size_t left_out = alarms.is_array() && alarms.size() > kMostEvidence ? alarms.size() - kMostEvidence : 0;
  const Json& more = member(data, "more");
  if (more.is_number_unsigned()) left_out += std::min<std::size_t>(more.get<std::size_t>(), 1'000'000);
  if (left_out > 0) message.text = "And " + std::to_string(left_out) + " more that are not listed.";
}

// incident.opened, and whatever a workflow of the user's own sends: well-known members first, then what else is short.
void read_other(const Json& data, Message& message) {
  const auto first = [&](std::initializer_list<std::string_view> paths, std::size_t most) {
    for (const std::string_view path : paths) {
      if (std::string text = clean_text(member_text(data, path), most); !text.empty()) return text;
    }
    return std::string();
  };
  message.incident = line_at(data, "incident");
  message.alarm = line_at(data, "alarm.name");
  message.definition = line_at(data, "alarm.definition");
  message.service = first({"service", "alarm.service"}, kName);
  message.severity = known_severity(first({"severity", "alarm.severity"}, kName));
  message.key = first({"incident", "alarm.name", "id", "key"}, kName);
  const bool opened = message.type == "incident.opened";
  if (opened) message.status = MessageStatus::kFiring;
  message.title = clean_line(first({"title", "alarm.name", "incident"}, kTitle), kTitle);
  if (opened) message.title = clean_line("Incident opened: " + message.title, kTitle);
  message.text = first({"text", "summary", "message", "description", "alarm.reason"}, kText);
  add_fact(message, "Service", message.service);
  add_fact(message, "Severity", message.severity);
  for (const auto& [name, value] : data.items()) {
    if (!data.is_object()) return;
    const bool told = name == "title" || name == "text" || name == "summary" || name == "message" ||
                      name == "description" || name == "service" || name == "severity";
    if (!told && value.is_primitive()) add_fact(message, clean_line(name, kName), line_at(value, "", kValue));
  }
}

}  // namespace

std::string_view to_text(MessageStatus status) {
  switch (status) {
    case MessageStatus::kFiring:
      return "firing";
    case MessageStatus::kResolved:
      return "resolved";
    case MessageStatus::kNotice:
      return "notice";
  }
  return "";
}

std::vector<Message> read_alarms(const Notification& notification) {
  const Json payload = parse_payload(notification.payload);
  std::vector<Message> messages;
  const Json& alarms = member(payload, "data.alarms");
  if (line_at(payload, "type") == "alarm.group" && alarms.is_array()) {
    for (const Json& alarm : alarms) {
      const Json& document = member(alarm, "document");
      if (!document.is_object()) continue;
      Notification one;
      one.id = notification.id;
      one.at = time_at(alarm, "since").value_or(notification.at);
      one.payload = notification_payload("alarm.state_changed", one.at, payload_text(document));
      messages.push_back(read_message(one));
    }
  }
  if (messages.empty()) messages.push_back(read_message(notification));
  return messages;
}

Message read_message(const Notification& notification) {
  const Json payload = parse_payload(notification.payload);
  const Json& data = member(payload, "data");
  Message message;
  message.type = line_at(payload, "type");
  if (message.type.empty()) message.type = clean_line(notification.type, kName);
  message.at = notification.at;
  if (message.type == "alarm.state_changed") {
    read_alarm(data, message);
  } else if (message.type == "incident.finding") {
    read_finding(data, message);
  } else if (message.type == "incident.resolved") {
    read_resolved(data, message);
  } else if (message.type == "alarm.group") {
    read_group(data, message);
  } else if (message.type == "delivery.failed") {
    read_failed_delivery(data, message);
  } else {
    read_other(data, message);
  }
  if (message.severity.empty()) message.severity = message.status == MessageStatus::kFiring ? "warning" : "info";
  if (message.title.empty()) message.title = message.type.empty() ? "Notification" : message.type;
  if (message.key.empty()) message.key = clean_line(notification.order_key, kName);
  if (message.key.empty()) message.key = notification.id;
  return message;
}

std::string_view status_mark(const Message& message) {
  switch (message.status) {
    case MessageStatus::kResolved:
      return "✅";
    case MessageStatus::kNotice:
      return "🔵";
    case MessageStatus::kFiring:
      break;
  }
  if (message.severity == "critical") return "🔴";
  return message.severity == "warning" ? "🟠" : "🔵";
}

}  // namespace tocsin
