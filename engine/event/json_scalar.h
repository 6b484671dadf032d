// JSON's strings and numbers by themselves, as they stand in a text that is known to be valid UTF-8. Pure functions.
#pragma once

#include <cstddef>
#include <string_view>

#include "engine/event/field_value.h"

namespace tocsin {

// The text between the quotes of a JSON string, which has escapes; false where one of them is wrong (a lone surrogate
// is). `out` may be null to check only, else has room for the text's size.
bool unescape_json(std::string_view inside, char* out, std::size_t& size);

// JSON's grammar of numbers.
bool is_json_number(std::string_view text);

// A number of at most 15 digits, with or without a fraction but with no exponent: its value, correctly rounded, in one
// pass. False for any other text, be it a number or not.
bool read_short_number(std::string_view text, double& value);

// A number as a field. Beyond the range of a double it stays a text: no arithmetic could be done with it.
FieldValue number_field(std::string_view literal);

}  // namespace tocsin
