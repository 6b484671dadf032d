// Messages for tests of the planner, and what it decided as short text.
#pragma once

#include <string>
#include <vector>

#include "engine/base/text.h"
#include "engine/delivery/notification.h"

namespace tocsin::test {

inline constexpr EventTime kStart{1'795'000'000'000};

inline EventTime after(std::int64_t seconds) {
  return kStart + Period::seconds(seconds);
}

// A change of "alarm/service": its id names alarm, state and second.
inline Notification change(std::int64_t second, const std::string& alarm, AlarmState state,
                           const std::string& contact = "oncall") {
  const std::size_t slash = alarm.find('/');
  const std::string document = "{\"alarm\":" + json_string(alarm) + "}";
  Notification made;
  made.id = alarm + "-" + std::string(to_text(state)) + "-" + std::to_string(second);
  made.contact_point = contact;
  made.type = "alarm.state_changed";
  made.order_key = alarm;
  made.at = after(second);
  made.payload = notification_payload(made.type, made.at, document);
  made.labels = {{"alarm", alarm}, {"definition", alarm.substr(0, slash)}, {"severity", "warning"}};
  if (slash != std::string::npos) made.labels["service"] = alarm.substr(slash + 1);
  made.change = AlarmChange{state, Severity::kWarning, "because of " + made.id};
  return made;
}

// "send a-ALARM-0"; a group's notification is "send group".
inline std::string text_of(const Notification& decided) {
  return std::string(to_text(decided.disposition)) + " " + (decided.type == "alarm.group" ? "group" : decided.id);
}

inline std::vector<std::string> texts_of(const std::vector<Notification>& decided) {
  std::vector<std::string> texts;
  for (const Notification& one : decided) texts.push_back(text_of(one));
  return texts;
}

}  // namespace tocsin::test
