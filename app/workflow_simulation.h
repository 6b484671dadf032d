// Runs a state machine from start to end in simulated time: tasks are answered at once by mocks, waits and retry delays
// pass without being waited for.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "app/task_mocks.h"
#include "engine/workflow/execution.h"
#include "engine/workflow/state_machine.h"

namespace tocsin {

Execution simulate(const StateMachine& machine, const ExecutionInput& input, TaskMocks& mocks);

// status, output or error and cause, and the events of the history, added to `answer`.
void describe(const Execution& execution, nlohmann::ordered_json& answer);

}  // namespace tocsin
