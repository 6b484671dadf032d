// What the planner remembers of one alarm for one contact point: what was told of it, how often it changed of late, and
// the change that is held back. Data of the planner.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "engine/base/state_bytes.h"
#include "engine/base/time.h"
#include "engine/delivery/contact_point.h"
#include "engine/delivery/notification.h"

namespace tocsin {

struct AlarmMemory {
  std::deque<EventTime> recent;      // the newest changes, at most FlapPolicy::transitions, oldest first
  std::optional<AlarmState> told;    // what the contact point believes
  std::optional<Notification> held;  // the newest change, not told
  std::uint64_t held_back = 0;       // changes since the last one that was told
  std::string held_by;               // what held the last of them
  std::string group;                 // the key of the group that it is a member of; empty: none
  std::optional<EventTime> release;  // when the held change is looked at again
};

// When it will have calmed down, if it flaps at `now`: so many changes lie within the policy's window.
std::optional<EventTime> calm_at(const AlarmMemory& memory, const FlapPolicy& policy, EventTime now);
void note_change(AlarmMemory& memory, const FlapPolicy& policy, EventTime at);

// Nothing of it matters any more: the same as never seen.
bool is_idle(const AlarmMemory& memory, const FlapPolicy& policy, EventTime now);

void save(const AlarmMemory& memory, StateWriter& out);
AlarmMemory read_alarm_memory(StateReader& in);

}  // namespace tocsin
