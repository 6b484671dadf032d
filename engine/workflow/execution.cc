#include "engine/workflow/execution.h"

#include <nlohmann/json.hpp>

#include "engine/workflow/interpreter.h"

namespace tocsin {

struct Execution::State {
  Interpreter interpreter;
};

std::string_view to_text(ExecutionStatus status) {
  switch (status) {
    case ExecutionStatus::kRunning:
      return "RUNNING";
    case ExecutionStatus::kSucceeded:
      return "SUCCEEDED";
    case ExecutionStatus::kFailed:
      return "FAILED";
    case ExecutionStatus::kTimedOut:
      return "TIMED_OUT";
    case ExecutionStatus::kAborted:
      return "ABORTED";
  }
  return "";
}

Execution::Execution(const StateMachine& machine, const ExecutionInput& input)
    : state_(new State{Interpreter(machine.parsed(), input)}) {}
Execution::~Execution() = default;
Execution::Execution(Execution&&) noexcept = default;

const std::string& Execution::id() const {
  return state_->interpreter.id();
}
ExecutionStatus Execution::status() const {
  return state_->interpreter.status();
}
EventTime Execution::started() const {
  return state_->interpreter.started();
}
EventTime Execution::ended() const {
  return state_->interpreter.ended();
}
void Execution::advance(EventTime now) {
  state_->interpreter.advance(now);
}
std::vector<TaskRequest> Execution::take_requests() {
  return state_->interpreter.take_requests();
}
std::optional<EventTime> Execution::next_timer() const {
  return state_->interpreter.next_timer();
}
void Execution::complete(TaskToken token, const TaskOutcome& outcome, EventTime now) {
  state_->interpreter.complete(token, outcome, now);
}
std::string Execution::output() const {
  return state_->interpreter.output() == nullptr ? "" : json_text(*state_->interpreter.output());
}
std::string Execution::error() const {
  return state_->interpreter.error();
}
std::string Execution::cause() const {
  return state_->interpreter.cause();
}
const std::vector<HistoryEvent>& Execution::history() const {
  return state_->interpreter.history();
}

}  // namespace tocsin
