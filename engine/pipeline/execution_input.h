// The JSON documents that the engine itself puts into the world: what an execution starts with, and what a contact
// point hears when an incident ends.
#pragma once

#include <string>

#include "engine/alarm/state_transition.h"
#include "engine/base/time.h"

namespace tocsin {

// {"alarm": {name, definition, service, state, previous_state, reason, severity, at}, "incident": id}; `incident` may
// be empty.
std::string execution_input_json(const StateTransition& transition, const std::string& incident);

// {"incident": id, "opened_at": …, "resolved_at": …, "duration_s": n}
std::string resolved_incident_json(const std::string& incident, EventTime opened, EventTime resolved);

}  // namespace tocsin
