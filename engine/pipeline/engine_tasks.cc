// What alarms set going: executions, their tasks, and the messages that come of them.
#include <algorithm>
#include <utility>

#include "engine/analysis/analyzer.h"
#include "engine/base/sha256.h"
#include "engine/pipeline/engine_state.h"
#include "engine/pipeline/execution_input.h"

namespace tocsin {
namespace {

bool is_external(const std::string& resource) {
  return resource != "tocsin:query" && resource != "tocsin:analyze" && resource != "tocsin:notify";
}

TaskOutcome failure(std::string error) {
  return {.succeeded = false, .output = {}, .error = "Tocsin.InvalidParameter", .cause = std::move(error)};
}

}  // namespace

void Engine::State::start_workflow(const std::string& name, const StateTransition& transition,
                                   ExecutionBoard::Origin origin) {
  ++counters.executions;
  ExecutionInput input{.id = content_id("exe", {name, transition.id}),
                       .input = execution_input_json(transition, origin.incident),
                       .context = {},
                       .start = transition.at};
  settle(executions.start(name, std::move(input), std::move(origin)), transition.at);
}

void Engine::State::run_due_executions(EventTime now) {
  for (ExecutionBoard::Running* one : executions.due(now)) settle(*one, now);
}

// Runs an execution until it ends, waits for an instant, or waits for a task that only the world can do. Then it may be
// gone.
void Engine::State::settle(ExecutionBoard::Running& one, EventTime now) {
  one.execution.advance(now);
  for (auto requests = one.execution.take_requests(); !requests.empty(); requests = one.execution.take_requests()) {
    for (TaskRequest& request : requests) {
      std::optional<TaskOutcome> outcome;
      if (!is_external(request.resource)) {
        outcome = perform(one, request, now);
      } else if (tasks != nullptr) {
        outcome = tasks->run(request);
      }
      if (outcome) {
        one.execution.complete(request.token, *outcome, now);
      } else {
        effects.emplace_back(RunTask{.execution = one.execution.id(), .request = std::move(request), .at = now});
      }
    }
    one.execution.advance(now);
  }
  if (one.execution.status() != ExecutionStatus::kRunning) record_execution(one, one.execution.ended());
  executions.update(one);
  counters.running = executions.size();
}

void Engine::State::record_execution(const ExecutionBoard::Running& one, EventTime at) {
  effects.emplace_back(ExecutionRecord{.id = one.execution.id(),
                                       .workflow = one.machine->name(),
                                       .alarm = one.origin.alarm,
                                       .status = one.execution.status(),
                                       .started = one.execution.started(),
                                       .at = at,
                                       .output = one.execution.output(),
                                       .error = one.execution.error(),
                                       .cause = one.execution.cause(),
                                       .history = one.execution.history()});
}

TaskOutcome Engine::State::perform(const ExecutionBoard::Running& one, const TaskRequest& request, EventTime now) {
  if (request.resource == "tocsin:query") {
    const QueryTask task = parse_query_task(request.parameters);
    if (!task.error.empty()) return failure(task.error);
    const EventQuery query{.from = now - task.back, .to = now + Period{1}, .service = task.service, .category = {}};
    return {.succeeded = true, .output = query_task_output(store.count(query)), .error = {}, .cause = {}};
  }
  if (request.resource == "tocsin:analyze") {
    const AnalyzeTask task = parse_analyze_task(request.parameters);
    if (!task.error.empty()) return failure(task.error);
    IncidentBoard::Incident* incident = incidents.find(task.incident);
    if (incident == nullptr) return failure("incident " + task.incident + " is not open");
    return run_analysis(*incident, now);
  }
  const NotifyTask task = parse_notify_task(request.parameters);
  if (!task.error.empty()) return failure(task.error);
  return run_notify(one, task, one.execution.id() + "/" + std::to_string(request.token.value), now);
}

TaskOutcome Engine::State::run_analysis(IncidentBoard::Incident& incident, EventTime now) {
  // Thousands of alarms may fire at one instant, and each asks: what has not changed since is not analysed again.
  const IncidentBoard::Evidence evidence{now, counters.events + counters.dead_letters, incident.alarms.size()};
  if (incident.analysed == evidence) return analysis_outcome(incident, false);
  incident.analysed = evidence;
  Finding finding = analyze(
      {.incident = incident.id,
       .now = now,
       .alarms = incident.alarms,
       .activity = services.activity(now),
       .calls = services.calls(),
       .not_analysed = {.bad_lines = counters.dead_letters, .late = counters.late, .truncated = counters.truncated}},
      store);
  const bool changed = !incident.last_finding || says_something_new(*incident.last_finding, finding);
  if (changed) {
    finding.id = content_id("fnd", {incident.id, std::to_string(++incident.findings)});
    ++counters.findings;
    incident.last_finding = finding;
    effects.emplace_back(std::move(finding));
  }
  return analysis_outcome(incident, changed);
}

TaskOutcome Engine::State::analysis_outcome(const IncidentBoard::Incident& incident, bool changed) const {
  const std::string text = to_json(*incident.last_finding, files);
  return {.succeeded = true, .output = analyze_task_output(text, changed), .error = {}, .cause = {}};
}

TaskOutcome Engine::State::run_notify(const ExecutionBoard::Running& one, const NotifyTask& task,
                                      const std::string& cause, EventTime now) {
  std::vector<std::string> names;
  for (const std::string& name : task.contact_points) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  if (names.empty()) {
    for (const ContactPoint& contact : rules.contact_points) names.push_back(contact.name);
  }
  for (const std::string& name : names) {
    if (std::ranges::find(rules.contact_points, name, &ContactPoint::name) == rules.contact_points.end()) {
      return failure("there is no contact point '" + name + "'");
    }
  }
  Message message{
      .type = task.type, .data = task.data, .cause = cause, .order_key = one.origin.alarm, .labels = one.origin.labels};
  if (task.type.starts_with("incident.") && !one.origin.incident.empty()) {
    message.order_key = one.origin.incident;
    const IncidentBoard::Incident* incident = incidents.find(one.origin.incident);
    const bool found = incident != nullptr && incident->last_finding;
    message.labels =
        incident_labels(std::move(message.labels), one.origin.incident, found ? &*incident->last_finding : nullptr);
  }
  for (const std::string& name : names) notify(name, message, now);
  incidents.add_notified(names);
  return {.succeeded = true, .output = notify_task_output(names.size()), .error = {}, .cause = {}};
}

void Engine::State::resolve_incident(EventTime now) {
  const std::optional<IncidentBoard::Incident> resolved = incidents.resolve(now);
  if (!resolved) return;
  const Message message{
      .type = "incident.resolved",
      .data = resolved_incident_json(resolved->id, resolved->opened, now),
      .cause = resolved->id,
      .order_key = resolved->id,
      .labels = incident_labels({}, resolved->id, resolved->last_finding ? &*resolved->last_finding : nullptr)};
  for (const std::string& contact : resolved->notified) notify(contact, message, now);
}

void Engine::State::notify(const std::string& contact, const Message& message, EventTime at) {
  tell({.id = content_id("evt", {contact, message.type, message.cause}),
        .contact_point = contact,
        .type = message.type,
        .order_key = message.order_key,
        .payload = notification_payload(message.type, at, message.data),
        .at = at,
        .labels = message.labels});
}

}  // namespace tocsin
