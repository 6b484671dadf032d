// How the planner's memory is written down and read again.
#include "engine/delivery/planner_state.h"

#include <algorithm>

namespace tocsin {
namespace {

constexpr std::uint64_t kVersion = 2;

bool groups_alike(const std::map<std::string, std::string>& labels, const GroupingPolicy& policy) {
  const auto names = group_labels(policy.group_by, {});
  return std::ranges::equal(
      labels, names, {}, [](const auto& label) { return label.first; }, [](const auto& label) { return label.first; });
}

}  // namespace

void NotificationPlanner::State::save(StateWriter& out) const {
  out.number(kVersion);
  out.optional_time(now);
  out.optional_time(cleaned);
  out.count(alarms.size());
  for (const auto& [key, memory] : alarms) {
    out.text(contact(key).name);
    out.text(key.second);
    tocsin::save(memory, out);
  }
  out.count(groups.size());
  for (const auto& [key, group] : groups) {
    out.text(contact(key).name);
    out.labels(group.labels);
    out.optional_time(group.last);
    out.optional_time(group.change_due);
    out.optional_time(group.repeat_due);
    out.number(group.sequence);
    out.text(group.first_told);
    out.text(group.last_told);
    out.count(group.members.size());
    for (const auto& [alarm, member] : group.members) {
      out.text(alarm);
      out.number((member.waiting ? 1U : 0U) + (member.told ? 2U : 0U) + (member.made ? 4U : 0U) +
                 (member.over ? 8U : 0U));
      if (member.waiting) tocsin::save(*member.waiting, out);
      if (member.told) tocsin::save(*member.told, out);
    }
  }
  out.count(left_over.size());
  for (const Notification& notification : left_over) {
    out.text(notification.contact_point);
    tocsin::save(notification, out);
  }
}

void NotificationPlanner::State::forget_everything() {
  alarms.clear();
  groups.clear();
  timers.clear();
  left_over.clear();
  now.reset();
  cleaned.reset();
  waiting = held = documents = 0;
}

void NotificationPlanner::State::restore(StateReader& in) {
  forget_everything();
  if (in.number() != kVersion) in.fail();
  const auto read_optional = [&in]() -> std::optional<EventTime> {
    if (!in.flag()) return std::nullopt;
    return read_time(in);
  };
  now = read_optional();
  cleaned = read_optional();
  restore_alarms(in);
  const std::size_t many = in.count();
  for (std::size_t i = 0; i < many && in.ok(); ++i) restore_group(in);
  const std::size_t left = in.count();
  for (std::size_t i = 0; i < left && in.ok(); ++i) {
    const std::string contact_name(in.text());
    left_over.push_back(read_notification(in));
    left_over.back().contact_point = contact_name;
  }
  if (!now && (!alarms.empty() || !groups.empty() || !left_over.empty())) in.fail();
  if (!in.ok()) {
    forget_everything();
    return;
  }
  silences_changed();
}

void NotificationPlanner::State::restore_alarms(StateReader& in) {
  const std::size_t many = in.count();
  for (std::size_t i = 0; i < many && in.ok(); ++i) {
    const std::string contact_name(in.text());
    std::string alarm(in.text());
    AlarmMemory memory = read_alarm_memory(in);
    const auto index = index_of.find(contact_name);
    if (index == index_of.end()) continue;
    if (memory.held) {
      ++held;
      memory.held->contact_point = contact_name;
      memory.held->order_key = alarm;
    }
    if (!alarms.emplace(Key{index->second, std::move(alarm)}, std::move(memory)).second) in.fail();
  }
  if (alarms.size() > limits.alarms) in.fail();
}

void NotificationPlanner::State::restore_group(StateReader& in) {
  const std::string contact_name(in.text());
  AlarmGroup group;
  group.labels = in.labels();
  for (std::optional<EventTime>* time : {&group.last, &group.change_due, &group.repeat_due}) {
    if (in.flag()) *time = read_time(in);
  }
  group.sequence = in.number();
  group.first_told = in.text();
  group.last_told = in.text();
  const auto index = index_of.find(contact_name);
  const bool goes_on = index != index_of.end() && groups_alike(group.labels, contacts[index->second].grouping);
  const std::string name = group_key(group.labels);
  const std::size_t members = in.count();
  for (std::size_t i = 0; i < members && in.ok(); ++i) {
    std::string alarm(in.text());
    const std::uint64_t parts = in.number_below(16);
    AlarmGroup::Member member;
    if ((parts & 1U) != 0) member.waiting = read_notification(in);
    if ((parts & 2U) != 0) member.told = read_notification(in);
    member.made = (parts & 4U) != 0;
    member.over = (parts & 8U) != 0;
    for (std::optional<Notification>* change : {&member.waiting, &member.told}) {
      if (!*change) continue;
      (*change)->contact_point = contact_name;
      (*change)->order_key = alarm;
    }
    const auto memory = index == index_of.end() ? alarms.end() : alarms.find({index->second, alarm});
    if (!goes_on) {
      if (!member.waiting) continue;
      if (memory != alarms.end()) memory->second.told = member.waiting->change->state;
      member.waiting->reason = "sent by itself: its contact point groups in another way now";
      left_over.push_back(std::move(*member.waiting));
      continue;
    }
    // Each member has a memory, in one group at most.
    if (memory == alarms.end() || !memory->second.group.empty() || (!member.waiting && !member.told) ||
        (member.over && !member.waiting)) {
      in.fail();
      return;
    }
    memory->second.group = name;
    if (member.waiting) ++waiting;
    if (member.told && !member.told->payload.empty()) {
      ++group.documents;
      ++documents;
    }
    group.members.emplace(std::move(alarm), std::move(member));
  }
  if (!goes_on || !in.ok()) return;
  const Key key{index->second, name};
  if (!contact(key).grouping.repeat_interval) group.repeat_due.reset();
  schedule(key, group);
  if (!groups.emplace(key, std::move(group)).second) in.fail();
}

}  // namespace tocsin
