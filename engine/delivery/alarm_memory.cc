#include "engine/delivery/alarm_memory.h"

#include <algorithm>

#include "engine/delivery/alarm_group.h"

namespace tocsin {
namespace {

constexpr std::size_t kMostTransitions = 1000;

std::size_t transitions(const FlapPolicy& policy) {
  return policy.transitions < 0 ? 0 : std::min(static_cast<std::size_t>(policy.transitions), kMostTransitions);
}

}  // namespace

std::optional<EventTime> calm_at(const AlarmMemory& memory, const FlapPolicy& policy, EventTime now) {
  const std::size_t many = transitions(policy);
  if (many == 0 || memory.recent.size() < many) return std::nullopt;
  const EventTime calm = memory.recent[memory.recent.size() - many] + policy.within;
  if (calm <= now) return std::nullopt;
  return calm;
}

void note_change(AlarmMemory& memory, const FlapPolicy& policy, EventTime at) {
  const std::size_t many = transitions(policy);
  if (many == 0) {
    memory.recent.clear();
    return;
  }
  memory.recent.push_back(at);
  while (memory.recent.size() > many) memory.recent.pop_front();
}

bool is_idle(const AlarmMemory& memory, const FlapPolicy& policy, EventTime now) {
  const bool quiet = transitions(policy) == 0 || memory.recent.empty() || memory.recent.back() + policy.within <= now;
  return quiet && !memory.held && memory.group.empty() && memory.told != AlarmState::kAlarm;
}

void save(const AlarmMemory& memory, StateWriter& out) {
  out.count(memory.recent.size());
  for (const EventTime time : memory.recent) out.time(time);
  out.number(memory.told ? static_cast<std::uint64_t>(*memory.told) + 1 : 0);
  out.flag(memory.held.has_value());
  if (memory.held) save(*memory.held, out);
  out.number(memory.held_back);
  out.text(memory.held_by);
}

AlarmMemory read_alarm_memory(StateReader& in) {
  AlarmMemory memory;
  const std::size_t changes = in.count();
  if (changes > kMostTransitions) in.fail();
  for (std::size_t i = 0; i < changes && in.ok(); ++i) {
    memory.recent.push_back(read_time(in));
    if (i > 0 && memory.recent[i] < memory.recent[i - 1]) in.fail();
  }
  const std::uint64_t told = in.number_below(4);
  if (told > 0) memory.told = static_cast<AlarmState>(told - 1);
  if (in.flag()) memory.held = read_notification(in);
  memory.held_back = in.number();
  memory.held_by = in.text();
  return memory;
}

}  // namespace tocsin
