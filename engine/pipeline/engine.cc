#include "engine/pipeline/engine.h"

#include <algorithm>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/base/sha256.h"
#include "engine/pipeline/engine_state.h"

namespace tocsin {

Engine::State::State(const RuleSet& rules_, EventStore& store_, const std::vector<std::string>& files_,
                     ExternalTasks* tasks_)
    : rules(rules_),
      store(store_),
      tasks(tasks_),
      select(patterns.add(rules.categories.select, projection)),
      filters(rules.metric_filters, patterns, projection),
      matcher(patterns),
      alarms(rules.alarms, metrics),
      services(rules.log_group_prefix),
      executions(rules.workflows),
      planner(rules.contact_points) {
  for (const std::string& file : files_) add_file(file);
  planner.set_silences(rules.silences);
  planner.set_maintenance(rules.maintenance);
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
  sooner(executions.next_timer());
  sooner(planner.next_timer());
  return next;
}

void Engine::State::advance_to(EventTime now) {
  if (!watermark || now <= *watermark) return;
  planner.pass_over(now);
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
  std::vector<Notification> decided;
  planner.advance(instant, decided);
  take_decided(std::move(decided));
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
  if (transition.to != AlarmState::kAlarm) end_untold(transition, definition, *actions);
  if (!definition.actions_enabled || actions->empty()) return;
  const MessageLabels labels = labels_of(transition, definition, incident);
  for (const AlarmAction& action : *actions) {
    if (action.kind == AlarmAction::Kind::kWorkflow) {
      start_workflow(action.target, transition, {.alarm = transition.alarm, .incident = incident, .labels = labels});
    } else {
      Notification notification = alarm_notification(action.target, transition, definition);
      notification.labels = labels;
      tell(std::move(notification));
    }
  }
}

// A contact point that hears when the alarm fires but not that it no longer does must not be told for ever.
void Engine::State::end_untold(const StateTransition& transition, const AlarmDefinition& definition,
                               const std::vector<AlarmAction>& told) {
  for (const AlarmAction& action : definition.alarm_actions) {
    if (action.kind != AlarmAction::Kind::kContact) continue;
    const bool hears = std::ranges::any_of(told, [&](const AlarmAction& one) {
      return one.kind == AlarmAction::Kind::kContact && one.target == action.target;
    });
    if (definition.actions_enabled && hears) continue;
    const std::string why =
        "the alarm is " + std::string(to_text(transition.to)) + ", which this contact point is not told";
    std::vector<Notification> decided;
    planner.end(action.target, transition.alarm, transition.at, why, decided);
    take_decided(std::move(decided));
  }
}

// What the rules no longer tell of, after they have changed.
void Engine::State::end_what_is_gone() {
  std::map<std::string, const AlarmDefinition*> known;
  for (const std::vector<AlarmBoard::Alarm>& of_definition : alarms.alarms()) {
    for (const AlarmBoard::Alarm& alarm : of_definition) known.emplace(alarm.name, alarm.definition);
  }
  const auto why = [&](const std::string& contact_point, const std::string& alarm) -> std::string {
    const auto found = known.find(alarm);
    if (found == known.end()) return "the alarm is no longer in the configuration";
    const AlarmDefinition& definition = *found->second;
    if (!definition.actions_enabled) return "the alarm's actions are no longer enabled";
    for (const auto* actions :
         {&definition.alarm_actions, &definition.ok_actions, &definition.insufficient_data_actions}) {
      for (const AlarmAction& action : *actions) {
        if (action.kind == AlarmAction::Kind::kContact && action.target == contact_point) return {};
      }
    }
    return "the alarm no longer names this contact point";
  };
  std::vector<Notification> decided;
  planner.end_where(why, *watermark, decided);
  take_decided(std::move(decided));
}

// Every message goes through the planner, and comes out of it sent or not.
void Engine::State::tell(Notification notification) {
  notification.labels.insert_or_assign("type", notification.type);
  notification.labels.insert_or_assign("contact_point", notification.contact_point);
  std::vector<Notification> decided;
  planner.add(std::move(notification), decided);
  take_decided(std::move(decided));
}

void Engine::State::take_decided(std::vector<Notification> decided) {
  for (Notification& notification : decided) {
    if (notification.disposition == Disposition::kSend) ++counters.notifications;
    effects.emplace_back(std::move(notification));
  }
}

Engine::Engine(const RuleSet& rules, EventStore& store, const std::vector<std::string>& files, ExternalTasks* tasks)
    : state_(std::make_unique<State>(rules, store, files, tasks)) {}
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
  ExecutionBoard::Running* one = state.executions.find(execution);
  if (one == nullptr) return;
  one->execution.complete(token, outcome, *state.watermark);
  state.settle(*one, *state.watermark);
  state.due = state.next_instant();
}

void Engine::finish() {
  State& state = *state_;
  for (const ExecutionBoard::Running* one : state.executions.all()) state.record_execution(*one, *state.watermark);
  state.executions.clear();
  state.due = state.next_instant();
}

bool Engine::has_effects() const {
  return !state_->effects.empty();
}
std::vector<Effect> Engine::take_effects() {
  return std::exchange(state_->effects, {});
}
void Engine::set_silences(std::vector<Silence> silences) {
  const std::vector<Silence>& of_rules = state_->rules.silences;
  silences.insert(silences.begin(), of_rules.begin(), of_rules.end());
  state_->planner.set_silences(std::move(silences));
  state_->due = state_->next_instant();
}
std::uint32_t Engine::add_file(const std::string& name) {
  return state_->add_file(name);
}
const std::vector<std::string>& Engine::files() const {
  return state_->files;
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

std::map<AlarmState, std::size_t> Engine::alarms() const {
  std::map<AlarmState, std::size_t> counts{
      {AlarmState::kOk, 0}, {AlarmState::kAlarm, 0}, {AlarmState::kInsufficientData, 0}};
  for (const std::vector<AlarmBoard::Alarm>& of_definition : state_->alarms.alarms()) {
    for (const AlarmBoard::Alarm& alarm : of_definition) ++counts[alarm.state];
  }
  return counts;
}
std::size_t Engine::series() const {
  return state_->metrics.size();
}
std::size_t Engine::open_incidents() const {
  return state_->incidents.open();
}
Engine::Overflow Engine::overflow() const {
  return {.services = state_->services.overflowed(), .dimensions = state_->filters.overflowed()};
}

}  // namespace tocsin
