#include "engine/pipeline/incident_board.h"

#include <algorithm>
#include <utility>

#include "engine/base/sha256.h"

namespace tocsin {

IncidentBoard::Incident* IncidentBoard::on_transition(const StateTransition& transition, Period reach) {
  if (transition.to == AlarmState::kAlarm) {
    if (!open_) {
      open_ = Incident{.id = content_id("inc", {transition.id}), .opened = transition.at};
    }
    if (open_->joined.insert(transition.alarm).second) {
      open_->alarms.push_back({.alarm = transition.alarm,
                               .definition = transition.definition,
                               .service = transition.service,
                               .since = transition.at,
                               .severity = transition.severity,
                               .reach = reach});
    }
    open_->firing.insert(transition.alarm);
    open_->quiet_since.reset();
    return &*open_;
  }
  if (!open_ || open_->firing.erase(transition.alarm) == 0) return nullptr;
  if (open_->firing.empty()) open_->quiet_since = transition.at;
  return &*open_;
}

std::optional<EventTime> IncidentBoard::next_timer() const {
  if (!open_ || !open_->quiet_since) return std::nullopt;
  return *open_->quiet_since + kQuiet;
}

std::optional<IncidentBoard::Incident> IncidentBoard::resolve(EventTime now) {
  const std::optional<EventTime> due = next_timer();
  if (!due || *due > now) return std::nullopt;
  return std::exchange(open_, std::nullopt);
}

void IncidentBoard::add_notified(const std::vector<std::string>& contact_points) {
  if (!open_) return;
  for (const std::string& contact : contact_points) {
    if (std::ranges::find(open_->notified, contact) == open_->notified.end()) open_->notified.push_back(contact);
  }
}

IncidentBoard::Incident* IncidentBoard::find(const std::string& id) {
  return open_ && open_->id == id ? &*open_ : nullptr;
}

void IncidentBoard::keep(const std::set<std::string>& firing, const std::set<std::string>& contact_points,
                         EventTime now) {
  if (!open_) return;
  std::erase_if(open_->notified, [&](const std::string& name) { return !contact_points.contains(name); });
  std::erase_if(open_->firing, [&](const std::string& name) { return !firing.contains(name); });
  if (open_->firing.empty() && !open_->quiet_since) open_->quiet_since = now;
}

bool says_something_new(const Finding& before, const Finding& now) {
  const auto first = [](const Finding& finding) {
    return finding.services.empty() ? std::string() : finding.services[0].service;
  };
  return first(before) != first(now) || before.probable_cause != now.probable_cause || before.severity != now.severity;
}

}  // namespace tocsin
