// YAML as JSON text, by the core schema of YAML 1.2 ("yes" is text, 1 a number); the order of keys is kept.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/diagnostics.h"
#include "rules/yaml_document.h"

namespace tocsin {

// nullopt where the text has errors, which are added to `diagnostics`.
std::optional<std::string> yaml_to_json(const std::string& file, std::string_view text, Diagnostics& diagnostics);
// A part of a document.
std::optional<std::string> yaml_to_json(const YamlDocument& document, const YamlNode& node, Diagnostics& diagnostics);

}  // namespace tocsin
