// Runs state machines in simulated time for the tests: tasks are answered by a script, timers fire when they are next.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/workflow/execution.h"

namespace tocsin {

struct ScriptedAnswer {
  std::string state;                   // whose task it answers
  std::optional<TaskOutcome> outcome;  // none: the task never ends
};

inline TaskOutcome returns(std::string json) {
  return {.succeeded = true, .output = std::move(json), .error = {}, .cause = {}};
}
inline TaskOutcome raises(std::string error, std::string cause = {}) {
  return {.succeeded = false, .output = {}, .error = std::move(error), .cause = std::move(cause)};
}

struct MachineRun {
  ExecutionStatus status = ExecutionStatus::kRunning;
  std::string output, error, cause;
  std::vector<HistoryEvent> history;
  std::vector<TaskRequest> requests;
  EventTime started, ended;

  std::string types() const;  // "ExecutionStarted PassStateEntered …"
  std::string text() const;   // the whole history, a line for an event
};

// Fails the test where the definition has errors. Tasks beyond the script are answered by {}.
MachineRun run_machine(const std::string& definition, const std::string& input = "{}",
                       std::vector<ScriptedAnswer> script = {}, const ExecutionInput& base = {.id = "exe_test"});

// A machine of the states given, "S" first: R"("S": {"Type": "Pass", "End": true})".
std::string machine_of(const std::string& states);

// The messages of the errors in a definition, one a line, with their hints; empty where it is valid.
std::string errors_of(const std::string& definition, WorkflowType type = WorkflowType::kStandard);

}  // namespace tocsin
