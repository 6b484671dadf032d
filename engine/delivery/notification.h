// A message to one contact point. Its id derives from content, so that each attempt, and a run that is repeated after a
// crash, carries the same one.
#pragma once

#include <string>

#include "engine/alarm/state_transition.h"
#include "engine/base/time.h"

namespace tocsin {

struct Notification {
  std::string id;  // evt_…
  std::string contact_point;
  std::string payload;  // JSON text: {"type", "timestamp", "data"}
  EventTime at;
};

// {"type": type, "timestamp": at, "data": data}; `data` is JSON text.
std::string notification_payload(std::string_view type, EventTime at, std::string_view data);

// The EventBridge document "CloudWatch Alarm State Change" of a transition, as JSON text.
std::string alarm_state_change_document(const StateTransition& transition, const AlarmDefinition& alarm);

}  // namespace tocsin
