// What a notification says, read once for all kinds of contact points: each of them only has to format it. All texts
// are clean (UTF-8, no control characters, nothing that reorders text) and bounded, but not escaped for any service.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/delivery/notification.h"

namespace tocsin {

enum class MessageStatus {
  kFiring,    // something is wrong: an alarm left OK, an incident, a finding
  kResolved,  // what had the same key is over
  kNotice,    // neither: a test, a delivery that failed
};
std::string_view to_text(MessageStatus status);  // "firing", "resolved", "notice"

struct MessageFact {
  std::string name;  // "Service"
  std::string value;
};

struct MessageEvidence {
  std::string what;    // "573 × payment: connection pool exhausted: <*> in use (new)"
  std::string sample;  // one line as it was logged, with its place; may be empty
};

struct Message {
  std::string type;  // "alarm.state_changed"
  MessageStatus status = MessageStatus::kNotice;
  std::string title;              // one line
  std::string text;               // some sentences; may be empty, may have lines
  std::string severity = "info";  // "critical", "warning", "info"
  std::string service;            // may be empty, as all that follow
  std::string alarm;              // "error-rate/payment"
  std::string definition;         // "error-rate"
  std::string incident;
  std::string key;  // the same for what fires and what resolves it
  EventTime at;
  std::optional<EventTime> since;  // kResolved: since when it fired
  std::vector<MessageFact> facts;
  std::vector<MessageEvidence> evidence;
};

Message read_message(const Notification& notification);
// For services that know alarms one by one: a group's alarms, each as if it were told alone; of anything else the one
// message.
std::vector<Message> read_alarms(const Notification& notification);

// Before the title where a service has no colours of its own: "🔴", "🟠", "🔵" by severity, "✅" for what is
// resolved.
std::string_view status_mark(const Message& message);

}  // namespace tocsin
