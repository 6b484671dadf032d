// What the engine wants the world to know or to do, in the order in which it happened. Whoever owns the engine takes
// the effects and performs them; the engine never does.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "engine/alarm/state_transition.h"
#include "engine/analysis/finding.h"
#include "engine/base/time.h"
#include "engine/delivery/notification.h"
#include "engine/workflow/execution.h"

namespace tocsin {

// An execution that has ended, or was still running when the run ended.
struct ExecutionRecord {
  std::string id;
  std::string workflow;
  std::string alarm;  // what started it
  ExecutionStatus status = ExecutionStatus::kRunning;
  EventTime started;
  EventTime at;        // its end
  std::string output;  // JSON text, kSucceeded
  std::string error, cause;
  std::vector<HistoryEvent> history;
};

// A task that reaches outside (tocsin:http and others the engine doesn't know). Answered by Engine::complete_task().
struct RunTask {
  std::string execution;
  TaskRequest request;
  EventTime at;
};

using Effect = std::variant<StateTransition, ExecutionRecord, Finding, Notification, RunTask>;

// The effect's line in the effect log, without its newline; `files` names the run's input files. Empty for RunTask.
std::string to_json(const Effect& effect, const std::vector<std::string>& files);
// An execution's history as a JSON array, for people: without the credentials that its requests carry.
std::string history_json(const std::vector<HistoryEvent>& history);

}  // namespace tocsin
