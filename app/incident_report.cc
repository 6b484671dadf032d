#include "app/incident_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace tocsin {
namespace {

void count(IncidentReport::ExecutionCounts& counts, const ExecutionRecord& record) {
  static constexpr std::size_t kMaxErrors = 3;
  switch (record.status) {
    case ExecutionStatus::kSucceeded:
      ++counts.succeeded;
      return;
    case ExecutionStatus::kRunning:
      ++counts.unfinished;
      return;
    case ExecutionStatus::kFailed:
    case ExecutionStatus::kTimedOut:
    case ExecutionStatus::kAborted:
      ++counts.failed;
      if (counts.errors.size() < kMaxErrors) {
        std::string error = record.workflow + ": " + std::string(to_text(record.status));
        if (!record.error.empty()) error += " " + record.error;
        if (!record.cause.empty()) error += ", " + record.cause.substr(0, 300);
        counts.errors.push_back(std::move(error));
      }
      return;
  }
}

}  // namespace

std::vector<std::string> paths_of(const ViewOptions& options) {
  std::vector<std::string> paths;
  for (const OpenedFile& file : options.files) paths.push_back(file.path);
  return paths;
}

std::string notification_type(const Notification& notification) {
  const auto payload = nlohmann::json::parse(notification.payload, nullptr, false);
  if (!payload.is_object() || !payload.contains("type") || !payload["type"].is_string()) return "notification";
  return payload["type"].get<std::string>();
}

Severity IncidentReport::Incident::severity() const {
  if (finding) return finding->severity;
  Severity worst = Severity::kInfo;
  for (const FiredAlarm& alarm : alarms) worst = std::max(worst, alarm.severity);
  return worst;
}

std::string IncidentReport::Incident::title() const {
  if (finding && !finding->title.empty()) return finding->title;
  if (alarms.empty()) return "no finding";
  return alarms.front().name + " fired";
}

void IncidentReport::on_effect(const Effect& effect) {
  std::visit([this](const auto& one) { on(one); }, effect);
}

void IncidentReport::on_dead_letter(const ShownDeadLetter& letter) {
  static constexpr std::size_t kMaxRaw = 256;
  if (dead_letters_.size() == kMaxDeadLetters) return;
  dead_letters_.push_back({.reason = letter.reason,
                           .file = std::string(letter.file),
                           .line = letter.line,
                           .offset = letter.offset,
                           .raw = std::string(letter.raw.substr(0, kMaxRaw))});
}

void IncidentReport::on(const StateTransition& transition) {
  if (transition.to == AlarmState::kAlarm) ++alarms_fired_;
  // An incident that falls due at this very instant is still open for the alarms evaluated at it.
  if (const auto resolved = board_.resolve(transition.at - Period{1})) {
    if (Incident* incident = find(resolved->id)) incident->resolved = *resolved->quiet_since + IncidentBoard::kQuiet;
  }
  const IncidentBoard::Incident* open = board_.on_transition(transition, Period{});
  if (open == nullptr) return;
  Incident* incident = find_or_add(open->id, open->opened);
  if (incident == nullptr) return;
  incident->quiet_since = open->quiet_since;
  const auto alarm = std::ranges::find(incident->alarms, transition.alarm, &FiredAlarm::name);
  if (alarm != incident->alarms.end()) {
    if (transition.to == AlarmState::kAlarm) {
      ++alarm->times;
      alarm->cleared.reset();
    } else {
      alarm->cleared = transition.at;
    }
  } else if (transition.to == AlarmState::kAlarm) {
    if (incident->alarms.size() < kMaxAlarms) {
      incident->alarms.push_back({.name = transition.alarm, .severity = transition.severity, .fired = transition.at});
    } else {
      ++incident->more_alarms;
    }
  }
}

void IncidentReport::on(const ExecutionRecord& record) {
  count(executions_, record);
  for (auto incident = incidents_.rbegin(); incident != incidents_.rend(); ++incident) {
    if (std::ranges::find(incident->alarms, record.alarm, &FiredAlarm::name) == incident->alarms.end()) continue;
    count(incident->executions, record);
    return;
  }
}

void IncidentReport::on(const Finding& finding) {
  Incident* incident = find_or_add(finding.incident, finding.detected_at);
  if (incident == nullptr) return;
  incident->finding = finding;
  ++incident->findings;
}

void IncidentReport::on(const Notification& notification) {
  Incident* incident = find(last_id_);
  if (incident == nullptr) return;
  static constexpr std::size_t kMaxKinds = 64;  // contact points times types: few, but a rules file may name many
  const std::string kind = notification.contact_point + " " + notification_type(notification);
  if (incident->notifications.size() < kMaxKinds || incident->notifications.contains(kind)) {
    ++incident->notifications[kind];
  }
}

void IncidentReport::on(const RunTask&) {
  ++outside_tasks_;
}

IncidentReport::Incident* IncidentReport::find(const std::string& id) {
  // From the back: what is asked for is nearly always the last.
  for (auto incident = incidents_.rbegin(); incident != incidents_.rend(); ++incident) {
    if (incident->id == id) return &*incident;
  }
  return nullptr;
}

IncidentReport::Incident* IncidentReport::find_or_add(const std::string& id, EventTime opened) {
  if (Incident* incident = find(id)) return incident;
  if (id == last_id_) return nullptr;
  last_id_ = id;
  if (incidents_.size() == kMaxIncidents) {
    ++unkept_incidents_;
    return nullptr;
  }
  incidents_.push_back({.id = id, .opened = opened});
  return &incidents_.back();
}

std::vector<IncidentReport::Incident> IncidentReport::incidents_at_end(const ReplaySummary& summary) const {
  std::vector<Incident> settled = incidents_;
  for (Incident& incident : settled) {
    if (incident.resolved || !incident.quiet_since || !summary.counters.last_event) continue;
    const EventTime due = *incident.quiet_since + IncidentBoard::kQuiet;
    if (due <= *summary.counters.last_event) incident.resolved = due;
  }
  return settled;
}

std::string IncidentReport::place_of(const LineOrigin& origin) const {
  const std::string file = origin.file < files_.size() ? files_[origin.file] : "?";
  return file + ":" + std::to_string(origin.line);
}

}  // namespace tocsin
