// One run of a state machine, as a machine itself: it is told the time and the results of its tasks, and answers with
// the tasks it wants and the instant it waits for. It never acts; whoever owns it performs the tasks. Deterministic:
// the same inputs in the same order give the same history, byte for byte.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/state_bytes.h"
#include "engine/base/time.h"
#include "engine/workflow/state_machine.h"

namespace tocsin {

enum class ExecutionStatus { kRunning, kSucceeded, kFailed, kTimedOut, kAborted };
std::string_view to_text(ExecutionStatus status);  // "SUCCEEDED"

struct TaskToken {
  std::uint64_t value = 0;
  auto operator<=>(const TaskToken&) const = default;
};

// A task that an execution wants performed, once for each scheduled attempt.
struct TaskRequest {
  TaskToken token;
  std::string state;       // the Task state's name
  std::string resource;    // "tocsin:analyze" or an ARN
  std::string parameters;  // JSON text
  // Of the state's entry, from content: the same for all its attempts, and when it is asked for again after a crash.
  std::string id;
};

struct TaskOutcome {
  bool succeeded = true;
  std::string output;        // JSON text
  std::string error, cause;  // where it did not succeed
};

// An event of an execution's history, as GetExecutionHistory gives it.
struct HistoryEvent {
  std::uint64_t id = 0;
  std::uint64_t previous = 0;
  EventTime at;
  std::string type;     // "TaskStateEntered"
  std::string details;  // JSON text: an object, or empty
};

struct ExecutionInput {
  std::string id;            // exe_…; also $$.Execution.Id where `context` says nothing
  std::string input = "{}";  // JSON text
  std::string context;       // JSON text laid over the context object ($$); may be empty
  EventTime start;
};

class Execution {
 public:
  // `machine` must outlive the execution.
  Execution(const StateMachine& machine, ExecutionInput input);
  ~Execution();
  Execution(Execution&&) noexcept;
  Execution& operator=(Execution&&) noexcept;

  // What the execution was told, for restore(): its input, the answers to its tasks and how far time has come. Not what
  // became of it, since the same told again becomes the same. After advance().
  void save(StateWriter& out) const;
  // The execution that was told what save() wrote, on the same machine. The requests that were answered are not made
  // again, all others are. `faithful` is false where it can't be the one that was saved: the machine is another one.
  struct Restored;
  static Restored restore(const StateMachine& machine, StateReader& in);

  const std::string& id() const;
  ExecutionStatus status() const;
  EventTime started() const;
  EventTime ended() const;  // once it is no longer running

  // Runs until only tasks or waits are left. Due timers (waits, retry delays, timeouts) fire in order of time.
  void advance(EventTime now);
  // The tasks scheduled since the last call, in order.
  std::vector<TaskRequest> take_requests();
  // The earliest instant at which advance() would do something; nothing where it waits for tasks only.
  std::optional<EventTime> next_timer() const;
  // Tokens of tasks that have ended or timed out are ignored. Call advance() afterwards.
  void complete(TaskToken token, const TaskOutcome& outcome, EventTime now);

  std::string output() const;  // JSON text, kSucceeded
  std::string error() const;   // kFailed, kTimedOut
  std::string cause() const;
  const std::vector<HistoryEvent>& history() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct Execution::Restored {
  Execution execution;
  bool faithful = true;
};

}  // namespace tocsin
