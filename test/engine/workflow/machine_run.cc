#include "test/engine/workflow/machine_run.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/base/diagnostics.h"

namespace tocsin {
namespace {

std::optional<TaskOutcome> take_answer(std::vector<ScriptedAnswer>& script, const std::string& state) {
  const auto found = std::ranges::find(script, state, &ScriptedAnswer::state);
  if (found == script.end()) return returns("{}");
  std::optional<TaskOutcome> outcome = std::move(found->outcome);
  script.erase(found);
  return outcome;
}

}  // namespace

std::string MachineRun::types() const {
  std::string result;
  for (const HistoryEvent& event : history) result += (result.empty() ? "" : " ") + event.type;
  return result;
}

std::string MachineRun::text() const {
  std::string result;
  for (const HistoryEvent& event : history) {
    result += std::to_string(event.id) + " " + std::to_string(event.previous) + " " + std::to_string(event.at.ms) +
              " " + event.type + " " + event.details + "\n";
  }
  return result;
}

MachineRun run_machine(const std::string& definition, const std::string& input, std::vector<ScriptedAnswer> script,
                       const ExecutionInput& base) {
  MachineRun result;
  Diagnostics diagnostics;
  const auto machine = StateMachine::parse("test", definition, diagnostics);
  EXPECT_NE(machine, nullptr) << diagnostics.render();
  if (machine == nullptr) return result;
  ExecutionInput start = base;
  start.input = input;
  Execution execution(*machine, start);
  EventTime now = start.start;
  while (execution.status() == ExecutionStatus::kRunning) {
    execution.advance(now);
    const std::vector<TaskRequest> requests = execution.take_requests();
    for (const TaskRequest& request : requests) {
      result.requests.push_back(request);
      if (const auto outcome = take_answer(script, request.state)) execution.complete(request.token, *outcome, now);
    }
    if (!requests.empty()) continue;
    const std::optional<EventTime> timer = execution.next_timer();
    if (!timer) break;
    now = std::max(now, *timer);
  }
  result.status = execution.status();
  result.output = execution.output();
  result.error = execution.error();
  result.cause = execution.cause();
  result.history = execution.history();
  result.started = execution.started();
  result.ended = execution.ended();
  return result;
}

std::string machine_of(const std::string& states) {
  return R"({"StartAt": "S", "States": {)" + states + "}}";
}

std::string errors_of(const std::string& definition, WorkflowType type) {
  Diagnostics diagnostics;
  const auto machine = StateMachine::parse("test", definition, diagnostics, type);
  EXPECT_EQ(machine == nullptr, diagnostics.has_errors());
  std::string result;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    result +=
        (result.empty() ? "" : "\n") + diagnostic.message + (diagnostic.hint.empty() ? "" : " | " + diagnostic.hint);
  }
  return result;
}

}  // namespace tocsin
