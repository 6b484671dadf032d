// The planner's groups: who joins them, when they are told, and what is told.
#include <algorithm>
#include <tuple>
#include <utility>

#include "engine/delivery/planner_state.h"

namespace tocsin {
namespace {

bool fires(const Notification& change) {
  return change.change->state == AlarmState::kAlarm;
}

}  // namespace

// A spent group is the same as an unknown one.
bool NotificationPlanner::State::is_spent(const Key& key, const AlarmGroup& group) const {
  return group.members.empty() && (!group.last || *group.last + contact(key).grouping.interval <= *now);
}

AlarmGroup* NotificationPlanner::State::find_or_make_group(const Key& key, std::map<std::string, std::string> labels) {
  auto found = groups.find(key);
  if (found == groups.end()) {
    if (groups.size() >= limits.groups) return nullptr;
    found = groups.emplace(key, AlarmGroup{}).first;
  } else if (is_spent(key, found->second)) {
    unschedule(key, found->second);
    found->second = AlarmGroup{};
  }
  found->second.labels = std::move(labels);
  return &found->second;
}

void NotificationPlanner::State::unschedule(const Key& key, const AlarmGroup& group) {
  if (const std::optional<EventTime> due = group.due()) timers.erase({*due, Timer::Kind::kGroup, key});
}

void NotificationPlanner::State::schedule(const Key& key, const AlarmGroup& group) {
  if (const std::optional<EventTime> due = group.due()) timers.insert({*due, Timer::Kind::kGroup, key});
}

// False: there is no room for another group.
bool NotificationPlanner::State::join_group(const Key& key, AlarmMemory& memory, Notification& change, bool made,
                                            Decided& decided) {
  const GroupingPolicy& policy = contact(key).grouping;
  std::map<std::string, std::string> labels = group_labels(policy.group_by, change.labels);
  const Key group_name{key.first, group_key(labels)};
  AlarmGroup* group = find_or_make_group(group_name, std::move(labels));
  if (group == nullptr) return false;
  if (memory.group != group_name.second) leave_group(key, memory, "superseded by " + change.id, decided);
  memory.group = group_name.second;
  AlarmGroup::Member& member = group->members[key.second];
  if (member.waiting && !member.made) {
    member.waiting->disposition = Disposition::kSuperseded;
    member.waiting->reason = "superseded by " + change.id;
    decided.push_back(std::move(*member.waiting));
  }
  if (!member.waiting) ++waiting;
  member.waiting = std::move(change);
  member.made = made;
  member.over = false;
  unschedule(group_name, *group);
  if (!group->change_due) {
    group->change_due = *now + policy.wait;
    if (group->last) group->change_due = std::max(*group->change_due, *group->last + policy.interval);
  }
  schedule(group_name, *group);
  if (waiting >= limits.waiting) flush(group_name, decided);
  return true;
}

void NotificationPlanner::State::leave_group(const Key& key, AlarmMemory& memory, const std::string& reason,
                                             Decided& decided) {
  if (memory.group.empty()) return;
  AlarmGroup& group = groups.at({key.first, memory.group});
  memory.group.clear();
  const auto found = group.members.find(key.second);
  AlarmGroup::Member& member = found->second;
  if (member.waiting) {
    --waiting;
    if (!member.made) {
      member.waiting->disposition = Disposition::kSuperseded;
      member.waiting->reason = reason;
      decided.push_back(std::move(*member.waiting));
    }
  }
  drop_told(group, member);
  group.members.erase(found);
}

void NotificationPlanner::State::drop_told(AlarmGroup& group, AlarmGroup::Member& member) {
  if (member.told && !member.told->payload.empty()) {
    --group.documents;
    --documents;
  }
  member.told.reset();
}

void NotificationPlanner::State::flush(const Key& key, Decided& decided) {
  AlarmGroup& group = groups.at(key);
  const GroupingPolicy& policy = contact(key).grouping;
  unschedule(key, group);
  group.change_due.reset();
  const bool repeats = group.repeat_due && *group.repeat_due <= *now;
  silence_waiting(key, group, decided);
  if (repeats && skip_repeats(key, group)) {
    schedule(key, group);
    return;
  }
  bool tells = false;
  for (const auto& [alarm, member] : group.members) {
    if (member.waiting || (repeats && silences.active(member.told->labels, *now).empty())) tells = true;
  }
  if (tells) {
    group.last = *now;
    tell(key, group, decided);
  }
  if (!policy.repeat_interval || group.members.empty()) {
    group.repeat_due.reset();
  } else if (tells || repeats || !group.repeat_due) {
    group.repeat_due = *now + std::max(*policy.repeat_interval, Period::seconds(1));
  }
  schedule(key, group);
  if (is_spent(key, group)) groups.erase(key);
}

bool NotificationPlanner::State::skip_repeats(const Key& key, AlarmGroup& group) {
  const std::optional<Period>& interval = contact(key).grouping.repeat_interval;
  if (!interval || group.members.empty()) return false;
  for (const auto& entry : group.members) {
    if (entry.second.waiting) return false;
  }
  const Period every = std::max(*interval, Period::seconds(1));
  const std::int64_t more = (*horizon - *group.repeat_due).ms / every.ms;
  if (more <= 0) return false;
  group.repeat_due = *group.repeat_due + every * more;
  return true;
}

void NotificationPlanner::State::silence_waiting(const Key& key, AlarmGroup& group, Decided& decided) {
  for (auto next = group.members.begin(); next != group.members.end();) {
    const auto one = next++;
    AlarmGroup::Member& member = one->second;
    if (!member.waiting) continue;
    const std::string silence = silences.active(member.waiting->labels, *now);
    if (silence.empty()) continue;
    const Key alarm{key.first, one->first};
    AlarmMemory& memory = alarms.at(alarm);
    Notification change = std::move(*member.waiting);
    const bool made = member.made;
    member.waiting.reset();
    --waiting;
    // A newer change may be held already: then that is what is looked at when the silence ends.
    const bool kept = memory.held || (!member.over && hold(alarm, memory, change, silence));
    if (!kept) drop_told(group, member);
    if (std::exchange(member.over, false)) memory.told.reset();
    if (!member.told) {
      group.members.erase(one);
      memory.group.clear();
    }
    if (!made) {
      change.disposition = Disposition::kSilenced;
      change.reason = silence;
      decided.push_back(std::move(change));
    }
    forget_if_idle(alarm);
  }
}

// What waits, and what fires and is not silenced.
void NotificationPlanner::State::tell(const Key& key, AlarmGroup& group, Decided& decided) {
  GroupNews news{.changes = {}, .repeat = true, .listed = limits.listed};
  const Notification* first = nullptr;
  const Notification* last = nullptr;
  const auto earlier = [](const Notification& a, const Notification& b) {
    return std::tie(a.at, a.id) < std::tie(b.at, b.id);
  };
  for (const auto& [alarm, member] : group.members) {
    if (member.waiting) {
      const Notification& change = *member.waiting;
      news.changes.push_back(&change);
      news.repeat = false;
      if (first == nullptr || earlier(change, *first)) first = &change;
      if (last == nullptr || earlier(*last, change)) last = &change;
    } else if (silences.active(member.told->labels, *now).empty()) {
      news.changes.push_back(&*member.told);
    }
  }
  if (first != nullptr) {
    group.first_told = first->id;
    group.last_told = last->id;
  }
  ++group.sequence;
  decided.push_back(group_notification(contact(key).name, group, news, *now));
  note_told(key, group, decided.back().id, decided);
}

void NotificationPlanner::State::note_told(const Key& key, AlarmGroup& group, std::string id, Decided& decided) {
  const std::string reason = "told in " + std::move(id) + " with its group " + key.second;
  for (auto next = group.members.begin(); next != group.members.end();) {
    const auto one = next++;
    AlarmGroup::Member& member = one->second;
    if (!member.waiting) continue;
    const Key alarm{key.first, one->first};
    Notification change = std::move(*member.waiting);
    member.waiting.reset();
    --waiting;
    drop_told(group, member);
    AlarmMemory& memory = alarms.at(alarm);
    memory.told = change.change->state;
    if (member.over) memory.told.reset();
    if (!member.made) {
      decided.push_back(change);
      decided.back().disposition = Disposition::kSuperseded;
      decided.back().reason = reason;
    }
    if (fires(change) && !member.over) {
      change.reason.clear();
      if (group.documents < limits.listed && documents < limits.waiting) {
        ++group.documents;
        ++documents;
      } else {
        change.payload.clear();
      }
      member.told = std::move(change);
    } else {
      group.members.erase(one);
      memory.group.clear();
      forget_if_idle(alarm);
    }
  }
}

}  // namespace tocsin
