// What StateMachine keeps behind its header.
#pragma once

#include <optional>
#include <string>

#include "engine/base/time.h"
#include "engine/workflow/state_definition.h"
#include "engine/workflow/state_machine.h"

namespace tocsin {

struct StateMachine::Parsed {
  std::string name;
  std::string definition;
  StateGraph graph;
  std::optional<Period> timeout;  // of a whole execution
};

}  // namespace tocsin
