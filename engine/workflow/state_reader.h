// Reads states and graphs of a definition. Complaints go to the report; what is returned is sound only where none were
// made.
#pragma once

#include <set>
#include <string>

#include "engine/workflow/field_reader.h"
#include "engine/workflow/state_definition.h"
#include "engine/workflow/state_machine.h"

namespace tocsin {

class StateReader {
 public:
  StateReader(const DefinitionReport& report, WorkflowType type) : report_(report), type_(type) {}

  // The graph in `object`, a machine or a branch, whose place is `where`; checks its transitions too.
  StateGraph read_graph(const FieldReader& fields);

 private:
  StateDefinition read_state(const std::string& name, const FieldReader& fields);
  void read_transition(StateDefinition& state, const FieldReader& fields) const;
  void read_flow(StateDefinition& state, const FieldReader& fields) const;
  void read_error_handling(StateDefinition& state, const FieldReader& fields) const;

  PassState read_pass(const FieldReader& fields) const;
  TaskState read_task(const FieldReader& fields) const;
  ChoiceState read_choice(const FieldReader& fields) const;
  WaitState read_wait(const FieldReader& fields) const;
  FailState read_fail(const FieldReader& fields) const;
  ParallelState read_parallel(const FieldReader& fields);

  const DefinitionReport& report_;
  WorkflowType type_;
  std::set<std::string> names_;  // of all graphs: a name may occur once in a machine
};

// Complains about transitions to states that do not exist, states that nothing leads to, and graphs without an end.
void check_transitions(const StateGraph& graph, const FieldReader& fields);

}  // namespace tocsin
