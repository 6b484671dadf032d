#include "engine/workflow/interpreter.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/workflow/data_flow.h"

namespace tocsin {

Interpreter::Interpreter(const StateMachine::Parsed& machine, const ExecutionInput& input)
    : machine_(machine), id_(input.id), started_(input.start), ended_(input.start), now_(input.start) {
  if (machine.timeout) deadline_ = started_ + *machine.timeout;
  guarded([&] { start(input); });
}

void Interpreter::start(const ExecutionInput& input) {
  JsonProblem problem;
  const JsonRef value =
      input.input.size() > kMaxPayloadBytes ? nullptr : parse_json(input.input, DuplicateKeys::kKeepLast, problem);
  const JsonRef given = input.context.empty() ? nullptr : parse_json(input.context, DuplicateKeys::kKeepLast, problem);
  if (value == nullptr || (given == nullptr && !input.context.empty())) {
    const std::uint64_t id = record(0, "ExecutionStarted", Json::object());
    const StateFailure failure = value == nullptr && problem.message.empty()
                                     ? StateFailure::too_large(machine_.name)
                                     : StateFailure::runtime("Invalid execution input: " + problem.message);
    fail({.error = failure.error, .cause = failure.cause}, id);
    return;
  }
  context_.emplace(
      ContextObject::Execution{.id = id_, .machine = machine_.name, .input = value, .start = started_, .given = given});
  Branch& root = make_branch(machine_.graph, value);
  record(root, "ExecutionStarted", {{"input", *value}});
  make_ready(root, Phase::kEnter);
}

// Runs `action`; where the history is full meanwhile, the execution ends there.
template <typename Action>
void Interpreter::guarded(const Action& action) {
  try {
    action();
  } catch (const HistoryFull&) {
    fail({.error = kErrorRuntime,
          .cause = "The execution reached the maximum number of history events (" + std::to_string(kMaxHistoryEvents) +
                   ")."},
         history_.events().size());
  }
}

void Interpreter::advance(EventTime now) {
  run_until(now, true);
}

void Interpreter::run_until(EventTime limit, bool also_at_limit) {
  guarded([&] { run_ready(); });
  while (status_ == ExecutionStatus::kRunning) {
    const std::optional<EventTime> timer = earliest_timer();
    if (!timer || *timer > limit || (*timer == limit && !also_at_limit)) break;
    now_ = std::max(now_, *timer);
    guarded([&] {
      fire_timers();
      run_ready();
    });
  }
  if (status_ == ExecutionStatus::kRunning) now_ = std::max(now_, limit);
}

void Interpreter::run_ready() {
  while (!ready_.empty() && status_ == ExecutionStatus::kRunning) {
    const std::uint64_t id = ready_.front();
    ready_.pop_front();
    const auto found = branches_.find(id);
    if (found != branches_.end()) step(found->second);  // aborted branches are gone
  }
}

std::optional<EventTime> Interpreter::earliest_timer() const {
  std::optional<EventTime> earliest = deadline_;
  for (const auto& [id, branch] : branches_) {
    if (branch.timer && (!earliest || *branch.timer < *earliest)) earliest = branch.timer;
  }
  return earliest;
}

std::optional<EventTime> Interpreter::next_timer() const {
  if (status_ != ExecutionStatus::kRunning) return std::nullopt;
  if (!ready_.empty()) return now_;
  return earliest_timer();
}

// Fires the first timer that is due; the execution's own before those of its states.
void Interpreter::fire_timers() {
  if (deadline_ && *deadline_ <= now_) {
    time_out();
    return;
  }
  Branch* first = nullptr;
  for (auto& [id, branch] : branches_) {
    if (branch.timer && (first == nullptr || *branch.timer < *first->timer)) first = &branch;
  }
  ENSURE(first != nullptr);
  fire(*first);
}

void Interpreter::fire(Branch& branch) {
  branch.timer.reset();
  switch (branch.phase) {
    case Phase::kTask:
      time_out_task(branch);
      return;
    case Phase::kWait:
      make_ready(branch, Phase::kJoin);
      return;
    case Phase::kRetry:
      make_ready(branch, Phase::kRun);
      return;
    case Phase::kEnter:
    case Phase::kRun:
    case Phase::kBranches:
    case Phase::kJoin:
      break;
  }
  ENSURE(false && "a timer in a phase that has none");
}

bool Interpreter::complete(TaskToken token, const TaskOutcome& outcome, EventTime now) {
  run_until(now, false);  // what was due before the task ended happened before
  const auto task = tasks_.find(token.value);
  if (status_ != ExecutionStatus::kRunning || task == tasks_.end()) return false;
  Branch& branch = branches_.at(task->second);
  guarded([&] { end_task(branch, outcome); });
  return true;
}

std::vector<TaskRequest> Interpreter::take_requests() {
  // A failed sibling may have aborted a task before anyone saw its request.
  std::erase_if(requests_, [&](const TaskRequest& request) { return !tasks_.contains(request.token.value); });
  return std::exchange(requests_, {});
}

void Interpreter::leave(Branch& branch, const JsonRef& output, const Departure& departure) {
  record(departure.previous, std::string(type_name(*branch.state)) + "StateExited",
         {{"name", branch.state->name}, {"output", *output}});
  branch.last = history_.events().size();
  branch.timer.reset();
  branch.token = {};
  if (departure.next.empty()) {
    end_branch(branch, output);
    return;
  }
  branch.input = output;
  branch.state = &branch.graph->states.at(departure.next);
  make_ready(branch, Phase::kEnter);
}

void Interpreter::leave(Branch& branch, const JsonRef& output) {
  leave(branch, output, {.next = branch.state->next, .previous = branch.last});
}

void Interpreter::end_branch(Branch& branch, const JsonRef& output) {
  if (branch.parent == 0) {
    succeed(output, branch.last);
    return;
  }
  Branch& parent = branches_.at(branch.parent);
  parent.results[branch.slot] = output;
  parent.children[branch.slot] = 0;
  parent.last = branch.last;
  branches_.erase(branch.id);
  if (std::ranges::all_of(parent.children, [](std::uint64_t child) { return child == 0; }))
    make_ready(parent, Phase::kJoin);
}

void Interpreter::succeed(const JsonRef& output, std::uint64_t previous) {
  output_ = output;
  record(previous, "ExecutionSucceeded", {{"output", *output}});
  end(ExecutionStatus::kSucceeded);
}

void Interpreter::fail(const StateFailure& failure, std::uint64_t previous) {
  error_ = failure.error;
  cause_ = failure.cause;
  Json details = Json::object();
  if (!cause_.empty()) details["cause"] = cause_;
  if (!error_.empty()) details["error"] = error_;
  history_.add({.previous = previous, .at = now_, .type = "ExecutionFailed", .details = &details});
  end(ExecutionStatus::kFailed);
}

void Interpreter::time_out() {
  error_ = kErrorTimeout;
  Json details = {{"error", error_}};
  history_.add({.previous = history_.events().size(), .at = now_, .type = "ExecutionTimedOut", .details = &details});
  end(ExecutionStatus::kTimedOut);
}

void Interpreter::end(ExecutionStatus status) {
  status_ = status;
  ended_ = now_;
  branches_.clear();
  ready_.clear();
  tasks_.clear();
  requests_.clear();
}

Interpreter::Branch& Interpreter::make_branch(const StateGraph& graph, JsonRef input) {
  const std::uint64_t id = ++branches_made_;
  Branch& branch = branches_[id];
  branch.id = id;
  branch.graph = &graph;
  branch.state = &graph.states.at(graph.start);
  branch.input = std::move(input);
  return branch;
}

void Interpreter::make_ready(Branch& branch, Phase phase) {
  branch.phase = phase;
  ready_.push_back(branch.id);
}

Scope Interpreter::scope_of(const Branch& branch, std::string token) const {
  ContextObject::State state{.name = branch.state->name, .entered = branch.entered_at, .token = std::move(token)};
  if (std::holds_alternative<TaskState>(branch.state->detail) ||
      std::holds_alternative<ParallelState>(branch.state->detail)) {
    state.retry_count = branch.retry_count;
  }
  return {branch.input, [this, state] { return context_->in_state(state); }, branch.state->name};
}

std::string Interpreter::full_cause(const Branch& branch, const StateFailure& failure) const {
  if (!failure.cause_names_state) return failure.cause;
  return "An error occurred while executing the state '" + branch.state->name + "' (entered at the event id #" +
         std::to_string(branch.entered) + "). " + failure.cause;
}

std::uint64_t Interpreter::record(Branch& branch, std::string type, Json details) {
  return branch.last = record(branch.last, std::move(type), std::move(details));
}

std::uint64_t Interpreter::record(std::uint64_t previous, std::string type, Json details) {
  if (history_.is_full()) throw HistoryFull{};
  return history_.add({.previous = previous, .at = now_, .type = std::move(type), .details = &details});
}

}  // namespace tocsin
