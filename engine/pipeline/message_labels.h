// What a message is about, as names and values that silences match and groups are made of: alarm, definition, severity,
// state, service, incident, type, contact_point, and an alarm's for_each dimension under its own name.
#pragma once

#include <map>
#include <string>

#include "engine/alarm/state_transition.h"
#include "engine/analysis/finding.h"

namespace tocsin {

using MessageLabels = std::map<std::string, std::string>;

// Of an alarm's change, and of what it sets going; `incident` may be empty.
MessageLabels labels_of(const StateTransition& transition, const AlarmDefinition& alarm, const std::string& incident);
// The labels of a message about an incident: what its newest finding says (null: none) goes before what an alarm says.
MessageLabels incident_labels(MessageLabels labels, const std::string& incident, const Finding* finding);

}  // namespace tocsin
