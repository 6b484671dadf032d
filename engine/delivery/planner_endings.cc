// The planner's endings: an alarm of which nothing more will be told, because its rules are gone or because they don't
// tell its end.
#include <utility>

#include "engine/base/sha256.h"
#include "engine/base/text.h"
#include "engine/delivery/planner_state.h"

namespace tocsin {
namespace {

constexpr std::string_view kType = "alarm.ended";

bool fires(const Notification& change) {
  return change.change->state == AlarmState::kAlarm;
}

// Written down for people; never sent.
Notification ending(const std::string& contact_point, const std::string& alarm, EventTime at, const std::string& why) {
  Notification decision;
  decision.id = content_id("evt", {contact_point, kType, alarm, to_iso8601(at)});
  decision.contact_point = contact_point;
  decision.type = kType;
  decision.order_key = alarm;
  decision.payload =
      notification_payload(kType, at, json_object({{"alarm", json_string(alarm)}, {"reason", json_string(why)}}));
  decision.at = at;
  decision.disposition = Disposition::kEnded;
  decision.reason = why;
  return decision;
}

}  // namespace

void NotificationPlanner::State::end(const std::string& contact_point, const std::string& alarm, EventTime at,
                                     const std::string& why, Decided& decided) {
  const auto index = index_of.find(contact_point);
  if (index == index_of.end()) return;
  advance(at, Before::kExcluded, decided);
  const Key key{index->second, alarm};
  if (alarms.contains(key)) end(key, why, false, decided);
}

void NotificationPlanner::State::end_where(const Reason& why, EventTime at, Decided& decided) {
  std::vector<std::pair<Key, std::string>> ends;
  for (const auto& [key, memory] : alarms) {
    std::string reason = why(contact(key).name, key.second);
    if (!reason.empty()) ends.emplace_back(key, std::move(reason));
  }
  if (!ends.empty()) advance(at, Before::kExcluded, decided);
  for (const auto& [key, reason] : ends) {
    if (alarms.contains(key)) end(key, reason, true, decided);
  }
}

// A change that tells the end already, waiting or held, ends it by itself.
void NotificationPlanner::State::end(const Key& key, const std::string& why, bool changed_rules, Decided& decided) {
  AlarmMemory& memory = alarms.at(key);
  std::map<std::string, std::string> labels{{"alarm", key.second}};
  bool ends = false;
  if (memory.held && fires(*memory.held)) {
    labels = memory.held->labels;
    drop_held(key, memory);
    ends = true;
  }
  const bool repeated = end_membership(key, memory, labels);
  ends = ends || (repeated && (changed_rules || contact(key).grouping.repeat_interval));
  if (memory.group.empty() && !memory.held && memory.told == AlarmState::kAlarm) {
    memory.told.reset();
    ends = ends || changed_rules;
  }
  if (ends) {
    decided.push_back(ending(contact(key).name, key.second, *now, why));
    labels.insert_or_assign("type", std::string(kType));
    labels.insert_or_assign("contact_point", contact(key).name);
    decided.back().labels = std::move(labels);
  }
  forget_if_idle(key);
}

// True: the group would have told it again.
bool NotificationPlanner::State::end_membership(const Key& key, AlarmMemory& memory,
                                                std::map<std::string, std::string>& labels) {
  if (memory.group.empty()) return false;
  const Key name{key.first, memory.group};
  AlarmGroup& group = groups.at(name);
  const auto found = group.members.find(key.second);
  AlarmGroup::Member& member = found->second;
  if (member.waiting) {
    if (!fires(*member.waiting) || member.over) return false;
    labels = member.waiting->labels;
    member.over = true;
    drop_told(group, member);
    return true;
  }
  labels = member.told->labels;
  unschedule(name, group);
  drop_told(group, member);
  group.members.erase(found);
  memory.group.clear();
  if (group.members.empty()) group.repeat_due.reset();
  schedule(name, group);
  if (is_spent(name, group)) {
    unschedule(name, group);
    groups.erase(name);
  }
  return true;
}

}  // namespace tocsin
