// The executions that are under way: which of them an instant concerns, and whom a task's answer is for. However many
// wait, a step costs no more than those that it wakes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/state_bytes.h"
#include "engine/base/time.h"
#include "engine/pipeline/rule_set.h"
#include "engine/workflow/execution.h"

namespace tocsin {

class ExecutionBoard {
 public:
  // What an execution was started for.
  struct Origin {
    std::string alarm;
    std::string incident;                       // may be empty
    std::map<std::string, std::string> labels;  // of the messages that it sends
  };
  struct Running {
    std::uint64_t number = 0;  // counts the starts
    std::shared_ptr<const StateMachine> machine;
    Execution execution;
    Origin origin;
    std::optional<EventTime> timer;  // by which the board knows it
  };

  // ENSUREs that the workflows parse: the loader has checked them.
  explicit ExecutionBoard(const std::vector<WorkflowDefinition>& workflows);

  // Starts a workflow that there is. The board must hear update() once it has been advanced.
  Running& start(const std::string& workflow, ExecutionInput input, Origin origin);
  // Takes note of what became of the execution: of its timer, or that it has ended and goes.
  void update(Running& running);

  std::optional<EventTime> next_timer() const;
  // Those whose timers are due, in the order of their starts.
  std::vector<Running*> due(EventTime now);
  // By id, the first started of equal ones; null where it is unknown or has ended.
  Running* find(const std::string& id);
  std::vector<Running*> all();  // in the order of their starts
  std::size_t size() const { return running_.size(); }
  void clear();

  void save(StateWriter& out) const;
  // Into an empty board. Executions go on with the definition that they began with, whatever the rules say now. Those
  // that can't go on, because the interpreter understands their definition differently now, are `lost`.
  void restore(StateReader& in, std::vector<Running>& lost);

 private:
  using Machines = std::vector<std::shared_ptr<const StateMachine>>;
  Machines restore_machines(StateReader& in) const;
  Running& add(Running running);

  std::map<std::string, std::shared_ptr<const StateMachine>, std::less<>> machines_;  // of the rules, by name
  std::uint64_t started_ = 0;
  std::map<std::uint64_t, Running> running_;           // by number
  std::multimap<std::string, std::uint64_t> numbers_;  // by id
  std::set<std::pair<EventTime, std::uint64_t>> timers_;
};

}  // namespace tocsin
