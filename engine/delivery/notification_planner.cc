#include "engine/delivery/notification_planner.h"

#include <algorithm>
#include <utility>

#include "engine/base/sha256.h"
#include "engine/delivery/planner_state.h"

namespace tocsin {
namespace {

constexpr Period kCleanUp = Period::minutes(10);

std::string counted_changes(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " change was" : " changes were");
}

}  // namespace

NotificationPlanner::State::State(const std::vector<ContactPoint>& contact_points, const PlannerLimits& limits_)
    : contacts(contact_points), limits(limits_) {
  for (std::size_t i = 0; i < contacts.size(); ++i) index_of.emplace(contacts[i].name, i);
}

void NotificationPlanner::State::add(Notification candidate, Decided& decided) {
  advance(candidate.at, Before::kExcluded, decided);
  clean_up();
  const auto index = index_of.find(candidate.contact_point);
  if (index != index_of.end() && candidate.change) {
    add_change(index->second, std::move(candidate), decided);
    return;
  }
  candidate.reason = silences.active(candidate.labels, *now);
  candidate.disposition = candidate.reason.empty() ? Disposition::kSend : Disposition::kSilenced;
  decided.push_back(std::move(candidate));
}

void NotificationPlanner::State::add_change(std::size_t index, Notification change, Decided& decided) {
  const Key key{index, change.order_key};
  forget_if_idle(key);
  AlarmMemory* memory = remember(key);
  const FlapPolicy& flap = contacts[index].flap;
  std::optional<EventTime> calm;
  if (memory != nullptr) {
    calm = calm_at(*memory, flap, *now);
    note_change(*memory, flap, *now);
  }
  const std::string silence = silences.active(change.labels, *now);
  if (!silence.empty()) {
    if (memory != nullptr) hold(key, *memory, change, silence);
    change.disposition = Disposition::kSilenced;
    change.reason = silence;
    decided.push_back(std::move(change));
  } else if (calm && hold(key, *memory, change, "because the alarm changed too often")) {
    change.disposition = Disposition::kFlapping;
    change.reason = std::to_string(flap.transitions) + " or more changes within " + to_text(flap.within) +
                    ": told when the alarm has calmed down";
    decided.push_back(std::move(change));
  } else {
    if (memory != nullptr && !calm && calm_at(*memory, flap, *now)) {
      change.reason = "changes too often: further changes are held back until it has calmed down";
    }
    pass_on(key, memory, std::move(change), false, decided);
  }
  forget_if_idle(key);
}

AlarmMemory* NotificationPlanner::State::remember(const Key& key) {
  const auto found = alarms.find(key);
  if (found != alarms.end()) return &found->second;
  if (alarms.size() >= limits.alarms) return nullptr;
  return &alarms[key];
}

// False: there is no room. What the contact point believes already is not kept, only counted.
bool NotificationPlanner::State::hold(const Key& key, AlarmMemory& memory, const Notification& change,
                                      const std::string& why) {
  const bool news = is_news(key, memory, change.change->state);
  if (news && !memory.held && held >= limits.held) return false;
  drop_held(key, memory);
  ++memory.held_back;
  memory.held_by = why;
  if (news) {
    memory.held = change;
    ++held;
    schedule_release(key, memory);
  }
  return true;
}

void NotificationPlanner::State::drop_held(const Key& key, AlarmMemory& memory) {
  if (memory.release) timers.erase({*memory.release, Timer::Kind::kRelease, key});
  memory.release.reset();
  if (memory.held) --held;
  memory.held.reset();
}

void NotificationPlanner::State::schedule_release(const Key& key, AlarmMemory& memory) {
  if (memory.release) timers.erase({*memory.release, Timer::Kind::kRelease, key});
  EventTime at = silences.silenced_until(memory.held->labels, *now);
  if (const std::optional<EventTime> calm = calm_at(memory, contact(key).flap, *now)) at = std::max(at, *calm);
  memory.release = at;
  timers.insert({at, Timer::Kind::kRelease, key});
}

// Whether telling the state would change what the contact point believes, or is going to believe.
bool NotificationPlanner::State::is_news(const Key& key, const AlarmMemory& memory, AlarmState state) const {
  if (!memory.group.empty()) {
    const AlarmGroup& group = groups.at({key.first, memory.group});
    const auto member = group.members.find(key.second);
    if (member != group.members.end() && member->second.waiting) return member->second.waiting->change->state != state;
  }
  return memory.told ? *memory.told != state : state == AlarmState::kAlarm;
}

void NotificationPlanner::State::release(const Key& key, Decided& decided) {
  AlarmMemory& memory = alarms.at(key);
  memory.release.reset();
  if (!silences.active(memory.held->labels, *now).empty() || calm_at(memory, contact(key).flap, *now)) {
    schedule_release(key, memory);
    return;
  }
  Notification change = std::move(*memory.held);
  memory.held.reset();
  --held;
  if (is_news(key, memory, change.change->state)) {
    change.id = content_id("evt", {change.id, "released"});
    change.disposition = Disposition::kSend;
    pass_on(key, &memory, std::move(change), true, decided);
  }
  forget_if_idle(key);
}

void NotificationPlanner::State::pass_on(const Key& key, AlarmMemory* memory, Notification change, bool made,
                                         Decided& decided) {
  if (memory != nullptr) {
    drop_held(key, *memory);
    if (memory->held_back > 0) {
      if (!change.reason.empty()) change.reason += "; ";
      change.reason += counted_changes(memory->held_back) + " held back before, the last: " + memory->held_by;
      memory->held_back = 0;
      memory->held_by.clear();
    }
    if (!contact(key).grouping.group_by.empty() && join_group(key, *memory, change, made, decided)) return;
  }
  if (!contact(key).grouping.group_by.empty()) change.reason = "sent by itself: too many alarms or groups";
  send(key, memory, std::move(change), decided);
}

void NotificationPlanner::State::send(const Key& key, AlarmMemory* memory, Notification change, Decided& decided) {
  if (memory != nullptr) {
    leave_group(key, *memory, "superseded by " + change.id, decided);
    memory->told = change.change->state;
  }
  change.disposition = Disposition::kSend;
  change.at = std::max(change.at, *now);
  decided.push_back(std::move(change));
}

void NotificationPlanner::State::forget_if_idle(const Key& key) {
  const auto found = alarms.find(key);
  if (found != alarms.end() && is_idle(found->second, contact(key).flap, *now)) alarms.erase(found);
}

void NotificationPlanner::State::advance(EventTime until, Before bound, Decided& decided) {
  if (!now) now = until;
  pass_over(until);
  for (Notification& notification : std::exchange(left_over, {})) {
    if (!index_of.contains(notification.contact_point)) {
      notification.disposition = Disposition::kEnded;
      notification.reason = "its contact point is no longer in the configuration";
    }
    decided.push_back(std::move(notification));
  }
  while (!timers.empty()) {
    const Timer timer = *timers.begin();
    if (timer.at > until || (timer.at == until && bound == Before::kExcluded)) break;
    timers.erase(timers.begin());
    now = std::max(*now, timer.at);
    switch (timer.kind) {
      case Timer::Kind::kRelease:
        release(timer.key, decided);
        break;
      case Timer::Kind::kGroup:
        flush(timer.key, decided);
        break;
    }
  }
  now = std::max(*now, until);
}

void NotificationPlanner::State::pass_over(EventTime until) {
  if (!horizon || *horizon < until) horizon = until;
}

std::optional<EventTime> NotificationPlanner::State::next_timer() const {
  if (!left_over.empty()) return now;
  if (timers.empty()) return std::nullopt;
  return timers.begin()->at;
}

void NotificationPlanner::State::silences_changed() {
  for (auto& [key, memory] : alarms) {
    if (memory.held) schedule_release(key, memory);
  }
}

// Idle alarms and spent groups are the same as unknown ones, so that it matters to nobody when this is done.
void NotificationPlanner::State::clean_up() {
  const EventTime mark = floor_to(*now, kCleanUp);
  if (cleaned && *cleaned >= mark) return;
  cleaned = mark;
  std::erase_if(alarms, [this](const auto& one) { return is_idle(one.second, contact(one.first).flap, *now); });
  std::erase_if(groups, [this](const auto& one) {
    if (!is_spent(one.first, one.second)) return false;
    unschedule(one.first, one.second);
    return true;
  });
}

NotificationPlanner::NotificationPlanner(const std::vector<ContactPoint>& contact_points)
    : NotificationPlanner(contact_points, PlannerLimits{}) {}
NotificationPlanner::NotificationPlanner(const std::vector<ContactPoint>& contact_points, const PlannerLimits& limits)
    : state_(std::make_unique<State>(contact_points, limits)) {}
NotificationPlanner::~NotificationPlanner() = default;

void NotificationPlanner::set_silences(std::vector<Silence> silences) {
  if (state_->silences.set_silences(std::move(silences))) state_->silences_changed();
}
void NotificationPlanner::set_maintenance(std::vector<MaintenanceWindow> windows) {
  state_->silences.set_maintenance(std::move(windows));
  state_->silences_changed();
}
void NotificationPlanner::add(Notification candidate, std::vector<Notification>& decided) {
  state_->add(std::move(candidate), decided);
}
void NotificationPlanner::pass_over(EventTime until) {
  state_->pass_over(until);
}
void NotificationPlanner::end(const std::string& contact_point, const std::string& alarm, EventTime at,
                              const std::string& why, std::vector<Notification>& decided) {
  state_->end(contact_point, alarm, at, why, decided);
}
void NotificationPlanner::end_where(const Reason& why, EventTime at, std::vector<Notification>& decided) {
  state_->end_where(why, at, decided);
}
std::optional<EventTime> NotificationPlanner::next_timer() const {
  return state_->next_timer();
}
void NotificationPlanner::advance(EventTime now, std::vector<Notification>& decided) {
  state_->advance(now, State::Before::kIncluded, decided);
}
void NotificationPlanner::save(StateWriter& out) const {
  state_->save(out);
}
void NotificationPlanner::restore(StateReader& in) {
  state_->restore(in);
}

}  // namespace tocsin
