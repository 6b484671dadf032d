// The states of a machine as they were read and checked: what the interpreter runs. Constant after parsing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/time.h"
#include "engine/workflow/choice_rule.h"
#include "engine/workflow/json.h"
#include "engine/workflow/jsonpath.h"
#include "engine/workflow/nullable_path.h"
#include "engine/workflow/payload_template.h"
#include "engine/workflow/retry_policy.h"
#include "engine/workflow/task_resource.h"
#include "engine/workflow/timestamp.h"

namespace tocsin {

struct StateDefinition;

// A machine, or a branch of a Parallel state.
struct StateGraph {
  std::string start;
  std::map<std::string, StateDefinition, std::less<>> states;
};

// How data passes through a state, in this order.
struct DataFlow {
  NullablePath input_path;
  std::shared_ptr<const PayloadTemplate> parameters;
  std::shared_ptr<const PayloadTemplate> result_selector;
  NullablePath result_path;
  NullablePath output_path;
};

// A number of seconds, fixed or read from the input; neither: none.
struct SecondsField {
  std::optional<std::int64_t> seconds;
  std::optional<JsonPath> path;
};

struct PassState {
  JsonRef result;  // may be null
};

struct TaskState {
  TaskResource resource;
  SecondsField timeout, heartbeat;
};

struct ChoiceState {
  struct Choice {
    ChoiceRule rule;
    std::string next;
  };
  std::vector<Choice> choices;
  std::string otherwise;  // Default; may be empty
};

struct WaitState {
  SecondsField seconds;
  std::optional<Instant> timestamp;
  std::optional<JsonPath> timestamp_path;
};

struct SucceedState {};

struct FailState {
  std::string error, cause;
  std::optional<JsonPath> error_path, cause_path;
};

struct ParallelState {
  std::vector<StateGraph> branches;
};

struct StateDefinition {
  std::string name;
  std::string next;  // empty: the state ends its graph
  DataFlow flow;
  std::vector<Retrier> retriers;
  std::vector<Catcher> catchers;
  std::variant<PassState, TaskState, ChoiceState, WaitState, SucceedState, FailState, ParallelState> detail;
};

// "Pass": what the Type field says, and how the names of its history events begin.
std::string_view type_name(const StateDefinition& state);

}  // namespace tocsin
