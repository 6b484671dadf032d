// The inside of NotificationPlanner: what it remembers and the steps of a decision. Included by its .cc files alone.
//
// A message passes: silences, then flap damping, then its group. A change that is held by one of the first two is kept
// with its alarm, and looked at again when it may be told (release). All that is to happen later is a timer.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/delivery/alarm_group.h"
#include "engine/delivery/alarm_memory.h"
#include "engine/delivery/notification_planner.h"
#include "engine/delivery/silence_set.h"

namespace tocsin {

struct NotificationPlanner::State {
  using Decided = std::vector<Notification>;
  using Key = std::pair<std::size_t, std::string>;  // contact point's index, and the alarm's name or the group's key
  struct Timer {
    EventTime at;
    enum class Kind { kRelease, kGroup } kind = Kind::kRelease;  // what is released joins a group that is due
    Key key;
    auto operator<=>(const Timer&) const = default;
  };
  enum class Before { kExcluded, kIncluded };

  State(const std::vector<ContactPoint>& contact_points, const PlannerLimits& limits_);

  void add(Notification candidate, Decided& decided);
  void advance(EventTime until, Before bound, Decided& decided);
  std::optional<EventTime> next_timer() const;
  void pass_over(EventTime until);
  void end(const std::string& contact_point, const std::string& alarm, EventTime at, const std::string& why,
           Decided& decided);
  void end_where(const Reason& why, EventTime at, Decided& decided);
  void silences_changed();
  void save(StateWriter& out) const;
  void restore(StateReader& in);

  const ContactPoint& contact(const Key& key) const { return contacts[key.first]; }

  // An alarm's change.
  void add_change(std::size_t index, Notification change, Decided& decided);
  AlarmMemory* remember(const Key& key);
  bool hold(const Key& key, AlarmMemory& memory, const Notification& change, const std::string& why);
  void drop_held(const Key& key, AlarmMemory& memory);
  void schedule_release(const Key& key, AlarmMemory& memory);
  void release(const Key& key, Decided& decided);
  bool is_news(const Key& key, const AlarmMemory& memory, AlarmState state) const;
  void pass_on(const Key& key, AlarmMemory* memory, Notification change, bool made, Decided& decided);
  void send(const Key& key, AlarmMemory* memory, Notification change, Decided& decided);
  void forget_if_idle(const Key& key);

  // Its group.
  bool join_group(const Key& key, AlarmMemory& memory, Notification& change, bool made, Decided& decided);
  void leave_group(const Key& key, AlarmMemory& memory, const std::string& reason, Decided& decided);
  AlarmGroup* find_or_make_group(const Key& key, std::map<std::string, std::string> labels);
  void unschedule(const Key& key, const AlarmGroup& group);
  void schedule(const Key& key, const AlarmGroup& group);
  void flush(const Key& key, Decided& decided);
  // Takes what waits and is silenced out of the group.
  void silence_waiting(const Key& key, AlarmGroup& group, Decided& decided);
  void tell(const Key& key, AlarmGroup& group, Decided& decided);
  void note_told(const Key& key, AlarmGroup& group, std::string id, Decided& decided);
  void drop_told(AlarmGroup& group, AlarmGroup::Member& member);
  // Whether a later repetition is due anyhow before time stands still again: then that one is told.
  bool skip_repeats(const Key& key, AlarmGroup& group);
  bool is_spent(const Key& key, const AlarmGroup& group) const;
  void clean_up();

  // What ends when nothing more is told of an alarm; `changed_rules`: that the contact point thinks it fires is news
  // too.
  void end(const Key& key, const std::string& why, bool changed_rules, Decided& decided);
  bool end_membership(const Key& key, AlarmMemory& memory, std::map<std::string, std::string>& labels);

  void forget_everything();
  void restore_alarms(StateReader& in);
  void restore_group(StateReader& in);

  const std::vector<ContactPoint>& contacts;
  const PlannerLimits limits;
  std::map<std::string, std::size_t, std::less<>> index_of;  // of the contact points, by name
  SilenceSet silences;
  std::map<Key, AlarmMemory> alarms;
  std::map<Key, AlarmGroup> groups;
  std::set<Timer> timers;
  std::vector<Notification> left_over;  // of groups that are no more: sent at the next advance
  std::optional<EventTime> now;         // the latest instant seen
  std::optional<EventTime> cleaned;     // the last clean-up
  std::optional<EventTime> horizon;     // how far time is being advanced
  std::size_t waiting = 0;              // changes that wait in groups
  std::size_t held = 0;                 // memories with a held change
  std::size_t documents = 0;            // of all groups
};

}  // namespace tocsin
