// Diagnostics for programs: a list of {level, message} with what else is known of each (hint, file, line, column).
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "engine/base/diagnostics.h"

namespace tocsin {

nlohmann::ordered_json diagnostics_json(const Diagnostics& diagnostics);

}  // namespace tocsin
