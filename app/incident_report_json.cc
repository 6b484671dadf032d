// The incident report as JSON, for programs: each incident with its last finding in the effect log's shape, and the
// summary's figures under the effect log's names.
#include <nlohmann/json.hpp>

#include "app/incident_report.h"

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

Json time_json(std::optional<EventTime> time) {
  return time ? Json(to_iso8601(*time)) : Json(nullptr);
}

Json executions_json(const IncidentReport::ExecutionCounts& counts) {
  return {{"succeeded", counts.succeeded},
          {"failed", counts.failed},
          {"unfinished", counts.unfinished},
          {"errors", counts.errors}};
}

Json incident_json(const IncidentReport::Incident& incident, const std::vector<std::string>& files) {
  Json alarms = Json::array();
  for (const IncidentReport::FiredAlarm& alarm : incident.alarms) {
    alarms.push_back({{"alarm", alarm.name},
                      {"severity", to_text(alarm.severity)},
                      {"fired", time_json(alarm.fired)},
                      {"cleared", time_json(alarm.cleared)},
                      {"times", alarm.times}});
  }
  Json notifications = Json::array();
  for (const auto& [kind, number] : incident.notifications) {
    // A type has no blank, a contact point may.
    const std::size_t blank = kind.rfind(' ');
    notifications.push_back(
        {{"contact_point", kind.substr(0, blank)}, {"type", kind.substr(blank + 1)}, {"count", number}});
  }
  return {{"id", incident.id},
          {"severity", to_text(incident.severity())},
          {"title", incident.title()},
          {"opened", time_json(incident.opened)},
          {"quiet_since", time_json(incident.quiet_since)},
          {"resolved", time_json(incident.resolved)},
          {"findings", incident.findings},
          {"finding", incident.finding ? Json::parse(to_json(*incident.finding, files)) : Json(nullptr)},
          {"alarms", std::move(alarms)},
          {"more_alarms", incident.more_alarms},
          {"executions", executions_json(incident.executions)},
          {"notifications", std::move(notifications)}};
}

Json summary_json(const ReplaySummary& summary) {
  const EngineCounters& counters = summary.counters;
  Json out = {{"lines", summary.lines},
              {"events", summary.events},
              {"dead_letters", summary.lines - summary.events},
              {"dead_letters_by_reason", Json(summary.dead_letters_by_reason)},
              {"late", counters.late},
              {"truncated", counters.truncated},
              {"skipped", summary.skipped},
              {"services", summary.services},
              {"transitions", counters.transitions},
              {"executions", counters.executions},
              {"findings", counters.findings},
              {"notifications", counters.notifications},
              {"first_event_time", time_json(counters.first_event)},
              {"last_event_time", time_json(counters.last_event)},
              {"interrupted", summary.interrupted},
              {"wall_s", summary.wall_s},
              {"digest", summary.digest}};
  if (summary.notified) {
    out["deliveries"] = {{"delivered", summary.deliveries.delivered},
                         {"pending", summary.deliveries.pending},
                         {"dead", summary.deliveries.dead}};
  }
  return out;
}

}  // namespace

std::string IncidentReport::json(const ReplaySummary& summary) const {
  Json incidents = Json::array();
  for (const Incident& incident : incidents_at_end(summary)) incidents.push_back(incident_json(incident, files_));
  Json letters = Json::array();
  for (const DeadLetterPlace& letter : dead_letters_) {
    letters.push_back({{"reason", to_text(letter.reason)},
                       {"file", letter.file},
                       {"line", letter.line},
                       {"offset", letter.offset},
                       {"raw", letter.raw}});
  }
  const Json report = {{"incidents", std::move(incidents)}, {"incidents_not_kept", unkept_incidents_},
                       {"alarms_fired", alarms_fired_},     {"executions", executions_json(executions_)},
                       {"outside_tasks", outside_tasks_},   {"first_dead_letters", std::move(letters)},
                       {"summary", summary_json(summary)}};
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tocsin
