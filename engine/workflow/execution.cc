#include "engine/workflow/execution.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "engine/workflow/interpreter.h"

namespace tocsin {

namespace {

// An answer that was taken, and how far time had been told before it.
struct Answer {
  std::optional<EventTime> advanced;  // since the answer before, if at all
  TaskToken token;
  TaskOutcome outcome;
  EventTime at;
};

}  // namespace

struct Execution::State {
  State(const StateMachine& machine, ExecutionInput given)
      : input(std::move(given)), interpreter(machine.parsed(), input) {}

  ExecutionInput input;
  Interpreter interpreter;
  std::vector<Answer> answers;
  std::optional<EventTime> advanced;  // since the last answer
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

Execution::Execution(const StateMachine& machine, ExecutionInput input)
    : state_(std::make_unique<State>(machine, std::move(input))) {}
Execution::~Execution() = default;
Execution::Execution(Execution&&) noexcept = default;
Execution& Execution::operator=(Execution&&) noexcept = default;

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
  state_->advanced = now;
  state_->interpreter.advance(now);
}
std::vector<TaskRequest> Execution::take_requests() {
  return state_->interpreter.take_requests();
}
std::optional<EventTime> Execution::next_timer() const {
  return state_->interpreter.next_timer();
}
void Execution::complete(TaskToken token, const TaskOutcome& outcome, EventTime now) {
  State& state = *state_;
  if (!state.interpreter.complete(token, outcome, now)) return;  // as if it had not been said
  state.answers.push_back(
      {.advanced = std::exchange(state.advanced, {}), .token = token, .outcome = outcome, .at = now});
}

void Execution::save(StateWriter& out) const {
  const State& state = *state_;
  out.text(state.input.id);
  out.text(state.input.input);
  out.text(state.input.context);
  out.time(state.input.start);
  out.count(state.answers.size());
  for (const Answer& answer : state.answers) {
    out.optional_time(answer.advanced);
    out.number(answer.token.value);
    out.flag(answer.outcome.succeeded);
    out.text(answer.outcome.output);
    out.text(answer.outcome.error);
    out.text(answer.outcome.cause);
    out.time(answer.at);
  }
  out.optional_time(state.advanced);
}

Execution::Restored Execution::restore(const StateMachine& machine, StateReader& in) {
  ExecutionInput input;
  input.id = in.text();
  input.input = in.text();
  input.context = in.text();
  input.start = in.instant();
  Restored restored{.execution = Execution(machine, std::move(input))};
  Execution& execution = restored.execution;
  const std::vector<Answer>& answers = execution.state_->answers;
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    if (const std::optional<EventTime> advanced = in.optional_instant()) execution.advance(*advanced);
    const TaskToken token{in.number()};
    TaskOutcome outcome;
    outcome.succeeded = in.flag();
    outcome.output = in.text();
    outcome.error = in.text();
    outcome.cause = in.text();
    const std::size_t before = answers.size();
    execution.complete(token, outcome, in.instant());
    restored.faithful = restored.faithful && answers.size() > before;
  }
  if (const std::optional<EventTime> advanced = in.optional_instant()) execution.advance(*advanced);
  return restored;
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
