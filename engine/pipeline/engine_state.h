// What Engine keeps, and the steps it is made of. Internal to engine/pipeline: engine.cc takes events in and lets time
// pass, engine_tasks.cc runs workflows and their tasks, engine_save.cc writes all of it down.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/analysis/task_parameters.h"
#include "engine/base/state_bytes.h"
#include "engine/delivery/notification_planner.h"
#include "engine/metric/metric_filter_set.h"
#include "engine/metric/metric_store.h"
#include "engine/pattern/pattern_set.h"
#include "engine/pipeline/alarm_board.h"
#include "engine/pipeline/engine.h"
#include "engine/pipeline/execution_board.h"
#include "engine/pipeline/incident_board.h"
#include "engine/pipeline/message_labels.h"
#include "engine/pipeline/service_table.h"

namespace tocsin {

struct Engine::State {
  State(const RuleSet& rules_, EventStore& store_, const std::vector<std::string>& files_, ExternalTasks* tasks_);

  void on_event(const LogEvent& event);
  void advance_to(EventTime now);
  void step_to(EventTime instant);
  void evaluate_alarms(EventTime instant);
  void act_on(const StateTransition& transition, const AlarmDefinition& definition, const std::string& incident);
  // `cause` is what the notification's id derives from, beside its contact point: not its text, which names input
  // files.
  struct Message {
    std::string type;
    std::string data;
    std::string cause;
    std::string order_key;
    MessageLabels labels;
  };
  void notify(const std::string& contact, const Message& message, EventTime at);
  void end_untold(const StateTransition& transition, const AlarmDefinition& definition,
                  const std::vector<AlarmAction>& told);
  void end_what_is_gone();
  void tell(Notification notification);
  void take_decided(std::vector<Notification> decided);
  void start_workflow(const std::string& name, const StateTransition& transition, ExecutionBoard::Origin origin);
  void run_due_executions(EventTime now);
  void settle(ExecutionBoard::Running& one, EventTime now);
  void record_execution(const ExecutionBoard::Running& one, EventTime at);
  TaskOutcome perform(const ExecutionBoard::Running& one, const TaskRequest& request, EventTime now);
  TaskOutcome run_analysis(IncidentBoard::Incident& incident, EventTime now);
  TaskOutcome analysis_outcome(const IncidentBoard::Incident& incident, bool changed) const;
  TaskOutcome run_notify(const ExecutionBoard::Running& one, const NotifyTask& task, const std::string& cause,
                         EventTime now);
  void resolve_incident(EventTime now);
  std::optional<EventTime> next_instant() const;

  void save(StateWriter& out) const;
  // False where the bytes can't be read; the state is then good for nothing.
  bool restore(StateReader& in);
  void restore_metrics(StateReader& in);
  void restore_executions(StateReader& in);
  std::uint32_t add_file(const std::string& name);

  const RuleSet& rules;
  EventStore& store;
  std::vector<std::string> files;
  std::map<std::string, std::uint32_t, std::less<>> file_numbers;
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
  ExecutionBoard executions;
  NotificationPlanner planner;
  std::vector<Effect> effects;
  EngineCounters counters;
  std::optional<EventTime> watermark;
  std::optional<EventTime> next_evaluation;
  std::optional<EventTime> due;  // the earliest of all timers: nothing happens before it
};

}  // namespace tocsin
