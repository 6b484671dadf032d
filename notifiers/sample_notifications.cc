#include "notifiers/sample_notifications.h"

#include "engine/analysis/finding.h"
#include "engine/base/sha256.h"
#include "engine/base/text.h"
#include "engine/delivery/alarm_group.h"
#include "engine/pipeline/execution_input.h"

namespace tocsin {
namespace {

constexpr std::string_view kIncident = "inc_sample0000000000000000000";

EventTime at(int hour, int minute, int second) {
  return from_civil({.year = 2026, .month = 11, .day = 20, .hour = hour, .minute = minute, .second = second});
}

AlarmDefinition definition() {
  AlarmDefinition alarm;
  alarm.name = "error-rate";
  alarm.description = "More than 5 percent of a service's events are errors.";
  alarm.for_each = "service";
  alarm.severity = Severity::kCritical;
  return alarm;
}

StateTransition transition(std::string_view service, AlarmState to) {
  StateTransition change;
  change.service = service;
  change.definition = "error-rate";
  change.alarm = "error-rate/" + change.service;
  change.severity = Severity::kCritical;
  const bool fires = to == AlarmState::kAlarm;
  change.from = fires ? AlarmState::kOk : AlarmState::kAlarm;
  change.to = to;
  change.since = fires ? at(9, 41, 10) : at(10, 5, 10);
  change.at = fires ? at(10, 5, 10) : at(10, 19, 10);
  change.sequence = fires ? 2 : 3;
  change.reason =
      fires
          ? "Threshold Crossed: 2 out of the last 3 datapoints [12.5 (20/11/26 10:04:00), 8 (20/11/26 10:03:00)] were "
            "greater than the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition)."
          : "Threshold Crossed: 3 out of the last 3 datapoints were not greater than the threshold (5.0) (minimum 2 "
            "datapoints for ALARM -> OK transition).";
  change.reason_data = R"({"version":"1.0","threshold":5.0})";
  change.id = content_id("trn", {change.alarm, std::to_string(change.sequence)});
  return change;
}

Finding finding() {
  Finding found;
  found.id = "fnd_sample0000000000000000000";
  found.incident = kIncident;
  found.severity = Severity::kCritical;
  found.title = "payment broke first: connection pool exhausted: <*> in use, waited <*> ms";
  found.summary =
      "payment began to break at 2026-11-20 10:02:00Z. checkout, which calls it, followed 40 s later. 1145 of their "
      "events ran into a timeout.";
  found.services = {{"payment", 0.755, at(10, 2, 0), {"first to break", "called by checkout"}},
                    {"checkout", 0.41, at(10, 2, 40), {"broke after payment"}}};
  found.onset = at(10, 2, 0);
  found.detected_at = at(10, 5, 10);
  found.probable_cause = "the connection pool of payment is exhausted";
  found.evidence = {{.service = "payment",
                     .log_template = "connection pool exhausted: <*> in use, waited <*> ms",
                     .count = 573,
                     .baseline = 0,
                     .is_new = true,
                     .first = at(10, 3, 18),
                     .last = at(10, 5, 9),
                     .sample = "connection pool exhausted: 50/50 in use, waited 2000 ms",
                     .sample_origin = {}},
                    {.service = "checkout",
                     .log_template = "upstream payment answered <*>",
                     .count = 578,
                     .baseline = 3.2,
                     .is_new = false,
                     .first = at(10, 2, 40),
                     .last = at(10, 5, 9),
                     .sample = "upstream payment answered 504",
                     .sample_origin = {}}};
  found.evidence[0].sample_origin.line = 69'749;
  found.evidence[1].sample_origin.line = 69'751;
  found.categories = {{"critical_timeout", 1145, 0}};
  found.queries = {{"filter level = \"ERROR\" | stats count() by service", "checkout 578, payment 573"}};
  found.confidence = 0.8;
  found.confidence_reasons = {"one service broke clearly before all others"};
  return found;
}

Notification of(std::string_view type, const std::string& contact_point, EventTime when, const std::string& data) {
  Notification made;
  made.type = type;
  made.id = content_id("evt", {"sample", contact_point, type});
  made.contact_point = contact_point;
  made.order_key = kIncident;
  made.at = when;
  made.payload = notification_payload(type, when, data);
  return made;
}

Notification group(const std::string& contact_point) {
  const Notification payment =
      alarm_notification(contact_point, transition("payment", AlarmState::kAlarm), definition());
  const Notification checkout =
      alarm_notification(contact_point, transition("checkout", AlarmState::kOk), definition());
  AlarmGroup group;
  group.labels = {{"definition", "error-rate"}};
  group.sequence = 1;
  GroupNews news;
  news.changes = {&payment, &checkout};
  news.listed = news.changes.size();
  return group_notification(contact_point, group, news, at(10, 19, 40));
}

Notification failed_delivery(const std::string& contact_point) {
  const std::string about =
      json_object({{"id", json_string("evt_sample0000000000000000000")}, {"type", json_string("incident.finding")}});
  return of("delivery.failed", contact_point, at(13, 5, 10),
            json_object({{"contact_point", json_string("pager")},
                         {"reason", json_string("gave_up")},
                         {"detail", json_string("given up after 72h; the last failure: status 503")},
                         {"dead_letters", "3"},
                         {"notification", about},
                         {"attempts", "14"}}));
}

}  // namespace

const std::vector<std::string_view>& sample_names() {
  static const std::vector<std::string_view> kNames = {"alarm.firing",    "alarm.resolved",   "alarm.group",
                                                       "incident.opened", "incident.finding", "incident.resolved",
                                                       "delivery.failed"};
  return kNames;
}

std::optional<Notification> sample_notification(std::string_view name, const std::string& contact_point) {
  const std::string incident(kIncident);
  const StateTransition fires = transition("payment", AlarmState::kAlarm);
  if (name == "alarm.firing") return alarm_notification(contact_point, fires, definition());
  if (name == "alarm.resolved") {
    return alarm_notification(contact_point, transition("payment", AlarmState::kOk), definition());
  }
  if (name == "alarm.group") return group(contact_point);
  if (name == "incident.opened") return of(name, contact_point, fires.at, execution_input_json(fires, incident));
  if (name == "incident.finding") return of(name, contact_point, fires.at, to_json(finding(), {"incident.ndjson"}));
  if (name == "incident.resolved") {
    return of(name, contact_point, at(10, 21, 10), resolved_incident_json(incident, fires.at, at(10, 21, 10)));
  }
  if (name == "delivery.failed") return failed_delivery(contact_point);
  return std::nullopt;
}

Notification test_notification(const std::string& contact_point, EventTime now) {
  Notification made = of("contact_point.test", contact_point, now,
                         json_object({{"title", json_string("TEST of the contact point " + contact_point)},
                                      {"text", json_string("This is a test, sent by hand with `tocsin webhook test`. "
                                                           "Nothing is wrong, and nothing needs to be done.")},
                                      {"test", "true"},
                                      {"contact_point", json_string(contact_point)}}));
  made.id = content_id("evt", {"test", contact_point, to_iso8601(now)});
  made.order_key = "test/" + contact_point;
  return made;
}

}  // namespace tocsin
