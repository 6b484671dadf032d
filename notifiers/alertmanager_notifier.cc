#include "notifiers/alertmanager_notifier.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "notifiers/fitted_text.h"
#include "notifiers/http_request.h"
#include "notifiers/message.h"
#include "notifiers/payload_json.h"

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kPath = "/api/v2/alerts";
constexpr Period kHold = Period::days(7);
constexpr Period kNoticeHold = Period::hours(1);

// A user names the server, as in Prometheus's own configuration.
std::string address(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  if (!url.ends_with(kPath)) url += kPath;
  return url;
}

Period hold_of(const ContactPoint& contact, const Message& message) {
  if (message.status == MessageStatus::kNotice) return kNoticeHold;
  const std::optional<double> ms = parse_number(contact.setting("hold"));
  return ms ? Period{static_cast<std::int64_t>(*ms)} : kHold;
}

// Nothing that may change between firing and resolved: an incident's severity does, an alarm's does not.
Json labels(const Message& message) {
  Json labels = Json::object();
  const auto add = [&labels](const char* name, const std::string& value) {
    if (!value.empty()) labels[name] = value;
  };
  if (message.type == "alarm.state_changed") {
    add("alertname", message.definition.empty() ? message.alarm : message.definition);
    add("alarm", message.alarm);
    add("service", message.service);
    add("severity", message.severity);
  } else if (!message.incident.empty()) {
    labels["alertname"] = "incident";
    add("incident", message.incident);
  } else {
    add("alertname", message.type.empty() ? "notification" : message.type);
    add("key", message.key);
  }
  labels["source"] = "tocsin";
  return labels;
}

Json annotations(const Message& message, const Notification& notification) {
  Json all = {{"summary", message.title}};
  std::string description = fitted(message.text, 4000, TextUnit::kBytes);
  for (const MessageEvidence& one : message.evidence) {
    if (description.size() > 4000) break;
    description += (description.empty() ? "" : "\n") + one.what;
  }
  if (!description.empty()) all["description"] = description;
  for (const MessageFact& fact : message.facts) {
    std::string name = to_lower(fact.name);
    std::ranges::replace(name, ' ', '_');
    if (name == "probable_cause" || name == "services" || name == "severity") all[name] = fact.value;
  }
  all["notification"] = notification.id;
  return all;
}

Json alert_of(const Message& message, const ContactPoint& contact, const Notification& notification, EventTime now) {
  Json alert = {{"labels", labels(message)}, {"annotations", annotations(message, notification)}};
  if (message.status == MessageStatus::kResolved) {
    // An end in the future would leave it firing; a begin behind its end would be refused.
    const EventTime end = std::min(message.at, now);
    alert["startsAt"] = to_iso8601(std::min(message.since.value_or(message.at), end));
    alert["endsAt"] = to_iso8601(end);
  } else {
    // Without an end, or with one that is over, Alertmanager would call it resolved by itself after some minutes.
    alert["startsAt"] = to_iso8601(message.at);
    alert["endsAt"] = to_iso8601(std::max(message.at, now) + hold_of(contact, message));
  }
  if (const std::string& link = contact.setting("link"); !link.empty()) alert["generatorURL"] = link;
  return alert;
}

std::string body(const ContactPoint& contact, const Notification& notification, EventTime now) {
  Json alerts = Json::array();
  for (const Message& message : read_alarms(notification)) {
    alerts.push_back(alert_of(message, contact, notification, now));
  }
  return payload_text(alerts);
}

}  // namespace

std::string AlertmanagerNotifier::problem(const ContactPoint& contact) const {
  return http_problem(contact);
}

HttpRequest AlertmanagerNotifier::request(const ContactPoint& contact, const Notification& notification,
                                          EventTime now) const {
  HttpRequest request = http_request(contact, "application/json", body(contact, notification, now));
  request.url = address(request.url);
  return request;
}

}  // namespace tocsin
