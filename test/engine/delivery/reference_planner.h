// The planner as one would explain it: lists, whole histories, everything looked up anew at each step, no limits and
// nothing ever forgotten. Slow; what the real one is compared with.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "engine/base/sha256.h"
#include "engine/delivery/alarm_group.h"
#include "engine/delivery/contact_point.h"
#include "engine/delivery/silence.h"

namespace tocsin::test {

class ReferencePlanner {
 public:
  explicit ReferencePlanner(std::vector<ContactPoint> contacts) : contacts_(std::move(contacts)) {}

  void set_silences(std::vector<Silence> silences) {
    silences_ = std::move(silences);
    for (Alarm& alarm : alarms_) look_again(alarm);
  }

  void pass_over(EventTime until) { horizon_ = std::max(horizon_, until); }

  void add(Notification change, std::vector<Notification>& out) {
    run(change.at, false, out);
    const std::size_t contact = contact_of(change.contact_point);
    if (!change.change) {
      finish(change, silenced(change, now_) ? Disposition::kSilenced : Disposition::kSend, out);
      return;
    }
    Alarm& alarm = alarm_of(contact, change.order_key);
    // That an alarm doesn't fire is not remembered longer than its changes are.
    const Period within = contacts_[contact].flap.transitions > 0 ? contacts_[contact].flap.within : Period{};
    const bool quiet = alarm.history.empty() || alarm.history.back() + within <= now_;
    if (quiet && !alarm.held && group_with(alarm) == nullptr && alarm.told != AlarmState::kAlarm) alarm.told.reset();
    const bool flapping = calm(alarm, now_).has_value();
    alarm.history.push_back(now_);
    if (silenced(change, now_)) {
      hold(alarm, change);
      finish(change, Disposition::kSilenced, out);
    } else if (flapping) {
      hold(alarm, change);
      finish(change, Disposition::kFlapping, out);
    } else {
      pass_on(alarm, change, false, out);
    }
  }

  std::optional<EventTime> next_timer() const {
    std::optional<EventTime> next;
    const auto consider = [&next](std::optional<EventTime> time) {
      if (time && (!next || *time < *next)) next = time;
    };
    for (const Alarm& alarm : alarms_) {
      if (alarm.held) consider(alarm.release);
    }
    for (const Group& group : groups_) consider(group.group.due());
    return next;
  }

  void advance(EventTime until, std::vector<Notification>& out) { run(until, true, out); }

 private:
  struct Alarm {
    std::size_t contact;
    std::string name;
    std::vector<EventTime> history;
    std::optional<AlarmState> told;
    std::optional<Notification> held;
    EventTime release;
  };
  struct Group {
    std::size_t contact;
    std::string key;
    AlarmGroup group;
  };

  std::size_t contact_of(const std::string& name) const {
    for (std::size_t i = 0; i < contacts_.size(); ++i) {
      if (contacts_[i].name == name) return i;
    }
    return contacts_.size();
  }

  Alarm& alarm_of(std::size_t contact, const std::string& name) {
    for (Alarm& alarm : alarms_) {
      if (alarm.contact == contact && alarm.name == name) return alarm;
    }
    alarms_.push_back({contact, name, {}, {}, {}, {}});
    return alarms_.back();
  }

  bool silenced(const Notification& message, EventTime at) const {
    return std::ranges::any_of(silences_, [&](const Silence& silence) {
      return silence.from <= at && at < silence.until && matches(silence.matchers, message.labels);
    });
  }

  // The first instant of which the window holds fewer changes than make it flap; nothing: it doesn't flap.
  std::optional<EventTime> calm(const Alarm& alarm, EventTime at) const {
    const FlapPolicy& flap = contacts_[alarm.contact].flap;
    if (flap.transitions <= 0) return std::nullopt;
    const auto flaps = [&](EventTime time) {
      return std::ranges::count_if(alarm.history, [&](EventTime change) { return change + flap.within > time; }) >=
             flap.transitions;
    };
    if (!flaps(at)) return std::nullopt;
    for (const EventTime change : alarm.history) {
      if (change + flap.within > at && !flaps(change + flap.within)) return change + flap.within;
    }
    return std::nullopt;
  }

  void look_again(Alarm& alarm) {
    if (!alarm.held) return;
    EventTime free = now_;
    for (bool moved = true; moved;) {
      moved = false;
      for (const Silence& silence : silences_) {
        if (silence.from <= free && free < silence.until && matches(silence.matchers, alarm.held->labels)) {
          free = silence.until;
          moved = true;
        }
      }
    }
    alarm.release = std::max(free, calm(alarm, now_).value_or(free));
  }

  Group* group_with(const Alarm& alarm) {
    for (Group& group : groups_) {
      if (group.contact == alarm.contact && group.group.members.contains(alarm.name)) return &group;
    }
    return nullptr;
  }

  bool is_news(const Alarm& alarm, AlarmState state) {
    Group* group = group_with(alarm);
    if (group != nullptr && group->group.members[alarm.name].waiting) {
      return group->group.members[alarm.name].waiting->change->state != state;
    }
    return alarm.told ? *alarm.told != state : state == AlarmState::kAlarm;
  }

  void hold(Alarm& alarm, const Notification& change) {
    alarm.held.reset();
    if (!is_news(alarm, change.change->state)) return;
    alarm.held = change;
    look_again(alarm);
  }

  static void finish(Notification message, Disposition disposition, std::vector<Notification>& out) {
    message.disposition = disposition;
    out.push_back(std::move(message));
  }

  void pass_on(Alarm& alarm, Notification change, bool made, std::vector<Notification>& out) {
    alarm.held.reset();
    const GroupingPolicy& policy = contacts_[alarm.contact].grouping;
    if (policy.group_by.empty()) {
      alarm.told = change.change->state;
      change.at = now_;
      finish(change, Disposition::kSend, out);
      return;
    }
    const auto labels = group_labels(policy.group_by, change.labels);
    Group* group = nullptr;
    for (Group& one : groups_) {
      if (one.contact == alarm.contact && one.group.labels == labels) group = &one;
    }
    if (group == nullptr) {
      groups_.push_back({alarm.contact, group_key(labels), {}});
      group = &groups_.back();
    }
    AlarmGroup& state = group->group;
    if (state.members.empty() && (!state.last || *state.last + policy.interval <= now_)) state = {};
    state.labels = labels;
    AlarmGroup::Member& member = state.members[alarm.name];
    if (member.waiting && !member.made) finish(*member.waiting, Disposition::kSuperseded, out);
    member.waiting = change;
    member.made = made;
    if (!state.change_due) {
      const EventTime soonest = state.last ? *state.last + policy.interval : now_;
      state.change_due = std::max(soonest, now_ + policy.wait);
    }
  }

  void run(EventTime until, bool inclusive, std::vector<Notification>& out) {
    pass_over(until);
    if (!started_) now_ = until;
    started_ = true;
    for (;;) {
      const std::optional<EventTime> next = next_timer();
      if (!next || *next > until || (*next == until && !inclusive)) break;
      now_ = std::max(now_, *next);
      if (!release_one(*next, out)) tell_one(*next, out);
    }
    now_ = std::max(now_, until);
  }

  bool release_one(EventTime at, std::vector<Notification>& out) {
    Alarm* due = nullptr;
    for (Alarm& alarm : alarms_) {
      if (!alarm.held || alarm.release != at) continue;
      if (due == nullptr || std::tie(alarm.contact, alarm.name) < std::tie(due->contact, due->name)) due = &alarm;
    }
    if (due == nullptr) return false;
    if (silenced(*due->held, now_) || calm(*due, now_)) {
      look_again(*due);
      return true;
    }
    Notification change = *due->held;
    due->held.reset();
    if (!is_news(*due, change.change->state)) return true;
    change.id = content_id("evt", {change.id, "released"});
    pass_on(*due, change, true, out);
    return true;
  }

  void tell_one(EventTime at, std::vector<Notification>& out) {
    Group* due = nullptr;
    for (Group& group : groups_) {
      if (group.group.due() != at) continue;
      if (due == nullptr || std::tie(group.contact, group.key) < std::tie(due->contact, due->key)) due = &group;
    }
    AlarmGroup& state = due->group;
    const GroupingPolicy& policy = contacts_[due->contact].grouping;
    const bool repeats = state.repeat_due && *state.repeat_due <= now_;
    state.change_due.reset();
    std::vector<std::string> names;
    for (const auto& [name, member] : state.members) names.push_back(name);
    for (const std::string& name : names) {
      AlarmGroup::Member& member = state.members[name];
      if (!member.waiting || !silenced(*member.waiting, now_)) continue;
      const Notification change = *member.waiting;
      member.waiting.reset();
      Alarm& alarm = alarm_of(due->contact, name);
      if (!alarm.held) hold(alarm, change);
      if (!member.made) finish(change, Disposition::kSilenced, out);
      if (!member.told) state.members.erase(name);
    }
    const bool waits =
        std::ranges::any_of(state.members, [](const auto& one) { return one.second.waiting.has_value(); });
    if (repeats && !waits && !state.members.empty() && *state.repeat_due + *policy.repeat_interval <= horizon_) {
      while (*state.repeat_due + *policy.repeat_interval <= horizon_) {
        state.repeat_due = *state.repeat_due + *policy.repeat_interval;
      }
      return;
    }
    GroupNews news{.changes = {}, .repeat = true, .listed = 50};
    std::vector<Notification> waiting;
    for (const auto& [name, member] : state.members) {
      if (member.waiting) {
        waiting.push_back(*member.waiting);
        news.changes.push_back(&*member.waiting);
        news.repeat = false;
      } else if (!silenced(*member.told, now_)) {
        news.changes.push_back(&*member.told);
      }
    }
    const bool tells = !waiting.empty() || (repeats && !news.changes.empty());
    if (tells) {
      std::ranges::sort(waiting, [](const Notification& a, const Notification& b) {
        return std::tie(a.at, a.id) < std::tie(b.at, b.id);
      });
      if (!waiting.empty()) {
        state.first_told = waiting.front().id;
        state.last_told = waiting.back().id;
      }
      state.last = now_;
      ++state.sequence;
      out.push_back(group_notification(contacts_[due->contact].name, state, news, now_));
    }
    for (const std::string& name : names) {
      const auto member = state.members.find(name);
      if (member == state.members.end() || !member->second.waiting) continue;
      Notification change = *member->second.waiting;
      alarm_of(due->contact, name).told = change.change->state;
      if (!member->second.made) finish(change, Disposition::kSuperseded, out);
      member->second.waiting.reset();
      change.reason.clear();
      member->second.told = change;
      if (change.change->state != AlarmState::kAlarm) state.members.erase(member);
    }
    if (!policy.repeat_interval || state.members.empty()) {
      state.repeat_due.reset();
    } else if (tells || repeats || !state.repeat_due) {
      state.repeat_due = now_ + *policy.repeat_interval;
    }
  }

  std::vector<ContactPoint> contacts_;
  std::vector<Silence> silences_;
  std::vector<Alarm> alarms_;
  std::vector<Group> groups_;
  EventTime now_, horizon_;
  bool started_ = false;
};

}  // namespace tocsin::test
