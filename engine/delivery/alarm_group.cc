#include "engine/delivery/alarm_group.h"

#include <algorithm>

#include "engine/base/sha256.h"
#include "engine/base/text.h"

namespace tocsin {
namespace {

bool fires(const Notification& change) {
  return change.change->state == AlarmState::kAlarm;
}

// Those that fire first, then by severity, time and name.
bool listed_before(const Notification* a, const Notification* b) {
  if (fires(*a) != fires(*b)) return fires(*a);
  if (a->change->severity != b->change->severity) return a->change->severity > b->change->severity;
  if (a->at != b->at) return a->at < b->at;
  return a->order_key < b->order_key;
}

std::string labels_json(const std::map<std::string, std::string>& labels) {
  std::string json = "{";
  for (const auto& [name, value] : labels) {
    if (json.size() > 1) json += ',';
    append_json_string(json, name);
    json += ':';
    append_json_string(json, value);
  }
  return json + "}";
}

std::string alarm_json(const Notification& change) {
  return json_object({{"alarm", json_string(change.order_key)},
                      {"state", json_string(to_text(change.change->state))},
                      {"since", json_string(to_iso8601(change.at))},
                      {"severity", json_string(to_text(change.change->severity))},
                      {"reason", json_string(change.change->reason)},
                      {"document", std::string(notification_data(change.payload))}});
}

std::string group_data(const AlarmGroup& group, const std::vector<const Notification*>& sorted, const GroupNews& news) {
  const auto firing = static_cast<std::size_t>(
      std::ranges::count_if(sorted, [](const Notification* change) { return fires(*change); }));
  Severity highest = Severity::kInfo;
  for (const Notification* change : sorted) {
    if (fires(*change) || firing == 0) highest = std::max(highest, change->change->severity);
  }
  const std::size_t listed = std::min(news.listed, sorted.size());
  std::string alarms = "[";
  for (std::size_t i = 0; i < listed; ++i) {
    if (i > 0) alarms += ',';
    alarms += alarm_json(*sorted[i]);
  }
  alarms += ']';
  return json_object({{"key", json_string(group_key(group.labels))},
                      {"group", labels_json(group.labels)},
                      {"status", json_string(firing > 0 ? "firing" : "resolved")},
                      {"severity", json_string(to_text(highest))},
                      {"sequence", std::to_string(group.sequence)},
                      {"repeat", news.repeat ? "true" : "false"},
                      {"firing", std::to_string(firing)},
                      {"resolved", std::to_string(sorted.size() - firing)},
                      {"alarms", alarms},
                      {"more", std::to_string(sorted.size() - listed)}});
}

}  // namespace

std::optional<EventTime> AlarmGroup::due() const {
  if (change_due && repeat_due) return std::min(*change_due, *repeat_due);
  return change_due ? change_due : repeat_due;
}

std::map<std::string, std::string> group_labels(const std::vector<std::string>& group_by,
                                                const std::map<std::string, std::string>& labels) {
  std::map<std::string, std::string> group;
  for (const std::string& name : group_by) {
    const auto label = labels.find(name);
    group[name] = label == labels.end() ? std::string() : label->second;
  }
  return group;
}

std::string group_key(const std::map<std::string, std::string>& labels) {
  std::string key = "{";
  for (const auto& [name, value] : labels) {
    if (key.size() > 1) key += ',';
    key += name + "=" + json_string(value);
  }
  return key + "}";
}

Notification group_notification(const std::string& contact_point, const AlarmGroup& group, const GroupNews& news,
                                EventTime now) {
  constexpr std::string_view kType = "alarm.group";
  std::vector<const Notification*> sorted = news.changes;
  std::ranges::sort(sorted, listed_before);
  Notification notification;
  notification.order_key = group_key(group.labels);
  notification.id = content_id("evt", {contact_point, kType, notification.order_key, group.first_told, group.last_told,
                                       std::to_string(group.sequence)});
  notification.contact_point = contact_point;
  notification.type = kType;
  notification.payload = notification_payload(kType, now, group_data(group, sorted, news));
  notification.at = now;
  notification.labels = group.labels;
  if (news.repeat) notification.reason = "told again: it still fires";
  return notification;
}

void save(const Notification& notification, StateWriter& out) {
  out.text(notification.id);
  out.text(notification.type);
  out.text(notification.order_key);
  out.text(notification.payload);
  out.time(notification.at);
  out.labels(notification.labels);
  out.number(static_cast<std::uint64_t>(notification.change->state));
  out.number(static_cast<std::uint64_t>(notification.change->severity));
  out.text(notification.change->reason);
}

EventTime read_time(StateReader& in) {
  constexpr std::int64_t kFarthest = std::int64_t{1} << 53;
  const EventTime time = in.time();
  if (time.ms >= -kFarthest && time.ms <= kFarthest) return time;
  in.fail();
  return {};
}

Notification read_notification(StateReader& in) {
  Notification notification;
  notification.id = in.text();
  notification.type = in.text();
  notification.order_key = in.text();
  notification.payload = in.text();
  notification.at = read_time(in);
  notification.labels = in.labels();
  AlarmChange change;
  change.state = static_cast<AlarmState>(in.number_below(3));
  change.severity = static_cast<Severity>(in.number_below(3));
  change.reason = in.text();
  notification.change = std::move(change);
  return notification;
}

}  // namespace tocsin
