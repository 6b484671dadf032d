// The alarms that one contact point is told of together, and the notification that tells them. Data of the planner.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/state_bytes.h"
#include "engine/base/time.h"
#include "engine/delivery/notification.h"

namespace tocsin {

struct AlarmGroup {
  // At least one of the two.
  struct Member {
    std::optional<Notification> waiting;  // the newest change, to be told
    std::optional<Notification> told;     // what the contact point believes: it fires. Without payload where too many
    bool made = false;  // what waits was made by the planner, when a silence ended: it has come out before
    bool over = false;  // what waits fired, but no change that ends it will come: told, then forgotten
  };

  std::map<std::string, std::string> labels;  // of group_by
  std::map<std::string, Member> members;      // by alarm
  std::size_t documents = 0;                  // payloads in `told`
  std::optional<EventTime> last;              // when it was told
  std::optional<EventTime> change_due, repeat_due;
  std::uint64_t sequence = 0;         // of the last notification
  std::string first_told, last_told;  // ids of the changes that it told, for the ids of its repetitions

  std::optional<EventTime> due() const;
};

// The labels of `group_by`: what is not there is empty.
std::map<std::string, std::string> group_labels(const std::vector<std::string>& group_by,
                                                const std::map<std::string, std::string>& labels);
std::string group_key(const std::map<std::string, std::string>& labels);  // {service="payment"}

struct GroupNews {
  std::vector<const Notification*> changes;  // what is told: alarms that changed or fire
  bool repeat = false;
  std::size_t listed = 50;  // at most so many of them are named
};
// The group's notification, `sequence` having been counted on.
Notification group_notification(const std::string& contact_point, const AlarmGroup& group, const GroupNews& news,
                                EventTime now);

// A notification in the engine's state. The contact point is not written.
void save(const Notification& notification, StateWriter& out);
Notification read_notification(StateReader& in);
// A time that arithmetic can't overflow; others are no state of ours.
EventTime read_time(StateReader& in);

}  // namespace tocsin
