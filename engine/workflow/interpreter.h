// Runs a state machine, one branch step at a time. A branch walks one graph; a Parallel state makes a child branch for
// each of its own graphs and goes on when all have ended. Branches that can move wait in a queue, so they take turns,
// in an order that depends on nothing but the definition. Everything it wants from outside is a timer or a task
// request.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/workflow/context_object.h"
#include "engine/workflow/execution.h"
#include "engine/workflow/history.h"
#include "engine/workflow/parsed_machine.h"
#include "engine/workflow/scope.h"
#include "engine/workflow/state_definition.h"
#include "engine/workflow/state_failure.h"

namespace tocsin {

class Interpreter {
 public:
  Interpreter(const StateMachine::Parsed& machine, const ExecutionInput& input);

  void advance(EventTime now);
  bool complete(TaskToken token, const TaskOutcome& outcome, EventTime now);  // false: nothing waits for it
  std::vector<TaskRequest> take_requests();
  std::optional<EventTime> next_timer() const;

  const std::string& id() const { return id_; }
  ExecutionStatus status() const { return status_; }
  EventTime started() const { return started_; }
  EventTime ended() const { return ended_; }
  const JsonRef& output() const { return output_; }
  const std::string& error() const { return error_; }
  const std::string& cause() const { return cause_; }
  const std::vector<HistoryEvent>& history() const { return history_.events(); }

 private:
  enum class Phase : std::uint8_t {
    kEnter,     // about to enter its state
    kRun,       // about to run it, entered before: a retry, or a Parallel state whose branches have ended
    kTask,      // waits for a task
    kWait,      // waits for an instant, in a Wait state
    kRetry,     // waits for an instant, before another attempt
    kBranches,  // waits for its child branches
    kJoin,      // its child branches have all ended
  };

  struct Branch {
    std::uint64_t id = 0;
    std::uint64_t parent = 0;  // 0: the machine itself
    std::size_t slot = 0;      // among the parent's branches
    const StateGraph* graph = nullptr;
    const StateDefinition* state = nullptr;
    Phase phase = Phase::kEnter;
    JsonRef input;              // of the state, raw
    std::uint64_t entered = 0;  // id of the StateEntered event
    std::uint64_t last = 0;     // id of the branch's last event
    EventTime entered_at;
    std::optional<EventTime> timer;
    TaskToken token;
    std::vector<std::int64_t> retries;  // done, for each retrier
    std::int64_t retry_count = 0;
    std::vector<std::uint64_t> children;  // by slot; 0 once ended
    std::vector<JsonRef> results;         // by slot
  };

  // Stops whatever goes on, when only the last event still fits into the history.
  struct HistoryFull {};

  void start(const ExecutionInput& input);
  template <typename Action>
  void guarded(const Action& action);
  void run_until(EventTime limit, bool also_at_limit);
  void run_ready();
  std::optional<EventTime> earliest_timer() const;
  void fire_timers();
  void fire(Branch& branch);

  void step(Branch& branch);
  void enter(Branch& branch);
  void run(Branch& branch);
  void run_state(Branch& branch, const PassState& state);
  void run_state(Branch& branch, const TaskState& state);
  void run_state(Branch& branch, const ChoiceState& state);
  void run_state(Branch& branch, const WaitState& state);
  void run_state(Branch& branch, const SucceedState& state);
  void run_state(Branch& branch, const FailState& state);
  void run_state(Branch& branch, const ParallelState& state);
  void join(Branch& branch);
  void schedule(Branch& branch, const TaskState& task, const JsonRef& parameters);
  void end_task(Branch& branch, const TaskOutcome& outcome);
  void time_out_task(Branch& branch);

  struct Departure {
    std::string next;            // empty: the branch ends
    std::uint64_t previous = 0;  // of the StateExited event
  };
  void leave(Branch& branch, const JsonRef& output, const Departure& departure);
  void leave(Branch& branch, const JsonRef& output);
  void end_branch(Branch& branch, const JsonRef& output);

  void fail_state(Branch& branch, StateFailure failure);
  bool retry(Branch& branch, const StateFailure& failure);
  bool catch_failure(Branch& branch, StateFailure& failure);
  void abort_children(Branch& branch);
  std::uint64_t abort(Branch& branch);

  void succeed(const JsonRef& output, std::uint64_t previous);
  void fail(const StateFailure& failure, std::uint64_t previous);
  void time_out();
  void end(ExecutionStatus status);

  Branch& make_branch(const StateGraph& graph, JsonRef input);
  void make_ready(Branch& branch, Phase phase);
  Scope scope_of(const Branch& branch, std::string token = {}) const;
  std::string full_cause(const Branch& branch, const StateFailure& failure) const;
  std::uint64_t record(Branch& branch, std::string type, Json details);
  std::uint64_t record(std::uint64_t previous, std::string type, Json details);

  const StateMachine::Parsed& machine_;
  std::string id_;
  EventTime started_, ended_, now_;
  ExecutionStatus status_ = ExecutionStatus::kRunning;
  JsonRef output_;
  std::string error_, cause_;
  std::optional<ContextObject> context_;
  std::optional<EventTime> deadline_;         // of the whole execution
  std::map<std::uint64_t, Branch> branches_;  // by id; the order breaks ties between timers
  std::deque<std::uint64_t> ready_;
  std::map<std::uint64_t, std::uint64_t> tasks_;  // token to branch
  std::vector<TaskRequest> requests_;
  std::uint64_t branches_made_ = 0, tokens_made_ = 0;
  bool entered_any_ = false;
  History history_;
};

}  // namespace tocsin
