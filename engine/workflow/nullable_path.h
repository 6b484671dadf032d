// A path field that may also be null or missing.
#pragma once

#include <optional>

#include "engine/workflow/jsonpath.h"

namespace tocsin {

// A path that may be null, which means "nothing": {} for InputPath and OutputPath, no result for ResultPath. The path
// "$" is what holds where the field is missing.
struct NullablePath {
  bool is_null = false;
  std::optional<JsonPath> path;  // none: "$"
};

}  // namespace tocsin
