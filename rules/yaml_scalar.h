// What a plain scalar means by the core schema of YAML 1.2: null, a boolean, a number, or text. Quoted scalars are
// text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tocsin {

bool is_yaml_null(std::string_view text);
std::optional<bool> parse_yaml_bool(std::string_view text);

// The number as JSON writes it: "0x1F" gives 31, "+.5" gives 0.5, digits are kept however many. nullopt where the text
// is no finite number of the core schema; what can't be held (a hexadecimal above 64 bits) is no number either.
std::optional<std::string> yaml_number_to_json(std::string_view text);
std::optional<double> parse_yaml_number(std::string_view text);
// .inf, -.inf, .nan: numbers that JSON does not have.
bool is_yaml_non_finite(std::string_view text);

}  // namespace tocsin
