#include "engine/pipeline/engine.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/analysis/analyzer.h"
#include "engine/analysis/task_parameters.h"
#include "engine/base/ensure.h"
#include "engine/base/sha256.h"
#include "engine/metric/metric_filter_set.h"
#include "engine/metric/metric_store.h"
#include "engine/pattern/pattern_set.h"
#include "engine/pipeline/alarm_board.h"
#include "engine/pipeline/execution_input.h"
#include "engine/pipeline/incident_board.h"
#include "engine/pipeline/service_table.h"

namespace tocsin {
namespace {

struct Running {
  Execution execution;
  std::string workflow;
  std::string alarm;
};

bool is_external(const std::string& resource) {
  return resource != "tocsin:query" && resource != "tocsin:analyze" && resource != "tocsin:notify";
}

TaskOutcome failure(std::string error) {
  return {.succeeded = false, .output = {}, .error = "Tocsin.InvalidParameter", .cause = std::move(error)};
}

}  // namespace

struct Engine::State {
  State(const RuleSet& rules_, EventStore& store_, std::vector<std::string> files_, ExternalTasks* tasks_);

  void on_event(const LogEvent& event);
  void advance_to(EventTime now);
  void step_to(EventTime instant);
  void evaluate_alarms(EventTime instant);
  void act_on(const StateTransition& transition, const AlarmDefinition& definition, const std::string& incident);
  // `cause` is what the notification's id derives from, beside its contact point: not its text, which names input
  // files.
  struct Message {
    std::string_view type;
    std::string data;
    std::string cause;
  };
  void notify(const std::string& contact, const Message& message, EventTime at);
  void start_workflow(const std::string& name, const StateTransition& transition, const std::string& incident);
  void run_due_executions(EventTime now);
  void settle(Running& running, EventTime now);
  void end_execution(Running& running, EventTime at);
  TaskOutcome perform(const std::string& execution, const TaskRequest& request, EventTime now);
  TaskOutcome run_analysis(IncidentBoard::Incident& incident, EventTime now);
  TaskOutcome analysis_outcome(const IncidentBoard::Incident& incident, bool changed) const;
  TaskOutcome run_notify(const NotifyTask& task, const std::string& cause, EventTime now);
  void resolve_incident(EventTime now);
  std::optional<EventTime> next_instant() const;

  const RuleSet& rules;
  EventStore& store;
  const std::vector<std::string> files;
  ExternalTasks* tasks;
  Projection projection;
  PatternSet patterns;
  PatternId select;
  MetricStore metrics;
  MetricFilterSet filters;
  PatternSet::Matcher matcher;
  AlarmBoard alarms;
  IncidentBoard incidents;
  ServiceTable services;
  std::map<std::string, std::unique_ptr<const StateMachine>> machines;
  std::vector<std::unique_ptr<Running>> running;  // in the order of their starts
  std::vector<Effect> effects;
  EngineCounters counters;
  std::optional<EventTime> watermark;
  std::optional<EventTime> next_evaluation;
  std::optional<EventTime> due;  // the earliest of all timers: nothing happens before it
};

Engine::State::State(const RuleSet& rules_, EventStore& store_, std::vector<std::string> files_, ExternalTasks* tasks_)
    : rules(rules_),
      store(store_),
      files(std::move(files_)),
      tasks(tasks_),
      select(patterns.add(rules.categories.select, projection)),
      filters(rules.metric_filters, patterns, projection),
      matcher(patterns),
      alarms(rules.alarms, metrics),
      services(rules.log_group_prefix) {
  for (const WorkflowDefinition& workflow : rules.workflows) {
    Diagnostics diagnostics;
    auto machine = StateMachine::parse(workflow.name, workflow.definition, diagnostics);
    ENSURE(machine != nullptr);
    machines.emplace(workflow.name, std::move(machine));
  }
}

void Engine::State::on_event(const LogEvent& event) {
  if (!watermark) {
    watermark = event.time;
    next_evaluation = alarms.next_evaluation(event.time);
    due = next_instant();
  } else if (event.time > *watermark) {
    advance_to(event.time);
  } else if (!rules.alarms.empty() && event.time < *watermark - alarms.reach()) {
    ++counters.late;
    if (!counters.first_late) counters.first_late = event.origin;
  }
  ++counters.events;
  if (event.truncated) ++counters.truncated;
  if (!counters.first_event || event.time < *counters.first_event) counters.first_event = event.time;
  if (!counters.last_event || event.time > *counters.last_event) counters.last_event = event.time;

  ServiceTable::Service& service = services.find(event.service);
  services.count(service, event);
  matcher.begin(event);
  if (matcher.matches(select)) {
    ++counters.categorized;
    store.append({.time = event.time,
                  .category = category_of(rules.categories, event.latency_ms),
                  .service = service.name,
                  .level = event.level,
                  .latency_ms = event.latency_ms,
                  .message = event.message,
                  .trace = event.trace,
                  .upstream = event.upstream,
                  .origin = event.origin});
  }
  filters.on_event(event, {.id = service.id, .name = service.log_group}, matcher, metrics);
}

std::optional<EventTime> Engine::State::next_instant() const {
  std::optional<EventTime> next = next_evaluation;
  const auto sooner = [&next](std::optional<EventTime> candidate) {
    if (candidate && (!next || *candidate < *next)) next = candidate;
  };
  sooner(incidents.next_timer());
  for (const auto& one : running) sooner(one->execution.next_timer());
  return next;
}

void Engine::State::advance_to(EventTime now) {
  if (!watermark || now <= *watermark) return;
  while (due && *due <= now) {
    step_to(*due);
    // Behind the alarms' reach all windows are empty: the states have settled, and further evaluations would change
    // nothing until the next event. This keeps a gap of years from costing years of evaluations.
    const bool windows_empty =
        next_evaluation && *next_evaluation - kEvaluationLag > *counters.last_event + alarms.reach() * 2;
    if (windows_empty && *next_evaluation <= now) next_evaluation = alarms.next_evaluation(now);
    due = next_instant();
  }
  watermark = now;
}

void Engine::State::step_to(EventTime instant) {
  if (instant > *watermark) watermark = instant;
  run_due_executions(instant);
  if (next_evaluation && *next_evaluation <= instant) {
    evaluate_alarms(instant);
    next_evaluation = alarms.next_evaluation(instant);
  }
  resolve_incident(instant);
}

// All alarms of an instant join their incident before any of them acts, so that the first analysis knows them all.
void Engine::State::evaluate_alarms(EventTime instant) {
  struct Due {
    StateTransition transition;
    const AlarmDefinition* definition;
    std::string incident;
  };
  std::vector<Due> due_actions;
  for (StateTransition& transition : alarms.evaluate(instant, metrics)) {
    const auto definition = std::ranges::find(rules.alarms, transition.definition, &AlarmDefinition::name);
    ENSURE(definition != rules.alarms.end());
    const Period reach = definition->period * evaluation_range(*definition);
    const IncidentBoard::Incident* incident = incidents.on_transition(transition, reach);
    ++counters.transitions;
    effects.emplace_back(transition);
    due_actions.push_back({std::move(transition), &*definition, incident == nullptr ? "" : incident->id});
  }
  for (const Due& one : due_actions) act_on(one.transition, *one.definition, one.incident);
}

void Engine::State::act_on(const StateTransition& transition, const AlarmDefinition& definition,
                           const std::string& incident) {
  if (!definition.actions_enabled) return;
  const std::vector<AlarmAction>* actions = nullptr;
  switch (transition.to) {
    case AlarmState::kAlarm:
      actions = &definition.alarm_actions;
      break;
    case AlarmState::kOk:
      actions = &definition.ok_actions;
      break;
    case AlarmState::kInsufficientData:
      actions = &definition.insufficient_data_actions;
      break;
  }
  for (const AlarmAction& action : *actions) {
    if (action.kind == AlarmAction::Kind::kWorkflow) {
      start_workflow(action.target, transition, incident);
    } else {
      notify(action.target, {"alarm.state_changed", alarm_state_change_document(transition, definition), transition.id},
             transition.at);
    }
  }
}

void Engine::State::notify(const std::string& contact, const Message& message, EventTime at) {
  ++counters.notifications;
  effects.emplace_back(Notification{.id = content_id("evt", {contact, message.type, message.cause}),
                                    .contact_point = contact,
                                    .payload = notification_payload(message.type, at, message.data),
                                    .at = at});
}

void Engine::State::start_workflow(const std::string& name, const StateTransition& transition,
                                   const std::string& incident) {
  const auto machine = machines.find(name);
  ENSURE(machine != machines.end());
  ++counters.executions;
  ExecutionInput input{.id = content_id("exe", {name, transition.id}),
                       .input = execution_input_json(transition, incident),
                       .context = {},
                       .start = transition.at};
  running.push_back(std::make_unique<Running>(
      Running{.execution = Execution(*machine->second, input), .workflow = name, .alarm = transition.alarm}));
  settle(*running.back(), transition.at);
  std::erase_if(running, [](const auto& one) { return one->execution.status() != ExecutionStatus::kRunning; });
}

void Engine::State::run_due_executions(EventTime now) {
  for (const auto& one : running) {
    const std::optional<EventTime> timer = one->execution.next_timer();
    if (timer && *timer <= now) settle(*one, now);
  }
  std::erase_if(running, [](const auto& one) { return one->execution.status() != ExecutionStatus::kRunning; });
}

// Runs an execution until it ends, waits for an instant, or waits for a task that only the world can do.
void Engine::State::settle(Running& one, EventTime now) {
  one.execution.advance(now);
  for (auto requests = one.execution.take_requests(); !requests.empty(); requests = one.execution.take_requests()) {
    for (TaskRequest& request : requests) {
      std::optional<TaskOutcome> outcome;
      if (!is_external(request.resource)) {
        outcome = perform(one.execution.id(), request, now);
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
  if (one.execution.status() != ExecutionStatus::kRunning) end_execution(one, one.execution.ended());
}

void Engine::State::end_execution(Running& one, EventTime at) {
  effects.emplace_back(ExecutionRecord{.id = one.execution.id(),
                                       .workflow = one.workflow,
                                       .alarm = one.alarm,
                                       .status = one.execution.status(),
                                       .started = one.execution.started(),
                                       .at = at,
                                       .output = one.execution.output(),
                                       .error = one.execution.error(),
                                       .cause = one.execution.cause(),
                                       .history = one.execution.history()});
}

TaskOutcome Engine::State::perform(const std::string& execution, const TaskRequest& request, EventTime now) {
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
  return run_notify(task, execution + "/" + std::to_string(request.token.value), now);
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

TaskOutcome Engine::State::run_notify(const NotifyTask& task, const std::string& cause, EventTime now) {
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
  for (const std::string& name : names) notify(name, {task.type, task.data, cause}, now);
  incidents.add_notified(names);
  return {.succeeded = true, .output = notify_task_output(names.size()), .error = {}, .cause = {}};
}

void Engine::State::resolve_incident(EventTime now) {
  const std::optional<IncidentBoard::Incident> resolved = incidents.resolve(now);
  if (!resolved) return;
  for (const std::string& contact : resolved->notified) {
    notify(contact, {"incident.resolved", resolved_incident_json(resolved->id, resolved->opened, now), resolved->id},
           now);
  }
}

Engine::Engine(const RuleSet& rules, EventStore& store, std::vector<std::string> files, ExternalTasks* tasks)
    : state_(std::make_unique<State>(rules, store, std::move(files), tasks)) {}
Engine::~Engine() = default;

const Projection& Engine::projection() const {
  return state_->projection;
}
void Engine::on_event(const LogEvent& event) {
  state_->on_event(event);
}
void Engine::on_dead_letter() {
  ++state_->counters.dead_letters;
}
void Engine::advance_to(EventTime now) {
  state_->advance_to(now);
}

void Engine::complete_task(const std::string& execution, TaskToken token, const TaskOutcome& outcome) {
  State& state = *state_;
  const auto one = std::ranges::find_if(state.running, [&](const auto& r) { return r->execution.id() == execution; });
  if (one == state.running.end()) return;
  (*one)->execution.complete(token, outcome, *state.watermark);
  state.settle(**one, *state.watermark);
  std::erase_if(state.running, [](const auto& r) { return r->execution.status() != ExecutionStatus::kRunning; });
  state.due = state.next_instant();
}

void Engine::finish() {
  State& state = *state_;
  for (const auto& one : state.running) state.end_execution(*one, *state.watermark);
  state.running.clear();
}

bool Engine::has_effects() const {
  return !state_->effects.empty();
}
std::vector<Effect> Engine::take_effects() {
  return std::exchange(state_->effects, {});
}
const EngineCounters& Engine::counters() const {
  return state_->counters;
}
std::optional<EventTime> Engine::watermark() const {
  return state_->watermark;
}
std::size_t Engine::services() const {
  return state_->services.speaking();
}

}  // namespace tocsin
