// What happens to data on its way through a state: InputPath, Parameters, (the state's work), ResultSelector,
// ResultPath, OutputPath. Each step checks the limits of a payload. All throw StateFailure.
#pragma once

#include <string>

#include "engine/workflow/scope.h"
#include "engine/workflow/state_definition.h"

namespace tocsin {

// The input after InputPath and Parameters.
JsonRef effective_input(const StateDefinition& state, const Scope& raw);

// What leaves the state: `result` through ResultSelector, put into the raw input at ResultPath, through OutputPath.
JsonRef effective_output(const StateDefinition& state, const Scope& raw, const JsonRef& result);

// `result` put into the raw input at `path`.
JsonRef combine(const NullablePath& path, const JsonRef& raw_input, const JsonRef& result);

// Fails where the value is larger or deeper than a payload may be; `what` names the state or task.
void check_payload(const Json& value, const std::string& what);

}  // namespace tocsin
