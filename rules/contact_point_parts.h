// The parts of a contact point that have files of their own: secrets and headers, and the payload's template.
#pragma once

#include <optional>
#include <string>

#include "engine/delivery/contact_point.h"
#include "engine/delivery/contact_point_types.h"
#include "rules/map_reader.h"

namespace tocsin {

// A secret as text, {env: NAME} or {file: path}; empty, with a warning, where the variable is not set, so that rules
// can be checked where the secrets are not. nullopt: reported.
std::optional<std::string> read_secret(RuleFile& file, const YamlNode& node, const std::string& what);

// `secret`, or `secrets: [{value|env|file, until}]`, newest first, and `signature`.
void read_signing(MapReader& reader, ContactPoint& point);
void read_headers(MapReader& reader, ContactPoint& point);

// `payload`: checked whole, kept as JSON text.
void read_payload_template(MapReader& reader, ContactPoint& point);

// Without control characters but the tab, as a header's value and a line must be.
bool is_one_line(std::string_view text);

}  // namespace tocsin
