// A message to one contact point. Its id derives from content, so that each attempt, and a run that is repeated after a
// crash, carries the same one.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/alarm/state_transition.h"
#include "engine/base/time.h"

namespace tocsin {

// What was decided about a message before anything was sent.
enum class Disposition {
  kSend,
  kSilenced,    // a silence or maintenance window matches
  kFlapping,    // the alarm changes too often; it is told once it has calmed down
  kSuperseded,  // grouped: a later change of the same alarm is told instead
  kEnded,       // nothing more is told of its alarm: the configuration says so, or no longer knows it
};
std::string_view to_text(Disposition disposition);  // "send", "silenced", …

// What an alarm.state_changed tells, for what is decided about it: flapping, grouping, silences that end.
struct AlarmChange {
  AlarmState state = AlarmState::kInsufficientData;  // since the notification's time
  Severity severity = Severity::kWarning;
  std::string reason;
};

struct Notification {
  std::string id;  // evt_…
  std::string contact_point;
  std::string type;       // "alarm.state_changed"
  std::string order_key;  // the alarm's name or the incident's id: deliveries with the same key keep their order
  std::string payload;    // JSON text: {"type", "timestamp", "data"}
  EventTime at;
  std::map<std::string, std::string> labels;  // what silences and grouping match: alarm, definition, service, …
  Disposition disposition = Disposition::kSend;
  std::string reason;                 // why it is not sent, or sent late, for people; may be empty
  std::optional<AlarmChange> change;  // alarm.state_changed; without it a message is neither damped nor grouped
};

// {"type": type, "timestamp": at, "data": data}; `data` is JSON text.
std::string notification_payload(std::string_view type, EventTime at, std::string_view data);

// The `data` of such a payload, as JSON text; empty where it is none.
std::string_view notification_data(std::string_view payload);

// An alarm's change for a contact point, complete: id, payload, labels (alarm, definition, service, severity), change.
Notification alarm_notification(const std::string& contact_point, const StateTransition& transition,
                                const AlarmDefinition& alarm);

// The EventBridge document "CloudWatch Alarm State Change" of a transition, as JSON text.
std::string alarm_state_change_document(const StateTransition& transition, const AlarmDefinition& alarm);

}  // namespace tocsin
