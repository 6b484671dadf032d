// Small text functions that more than one part needs: numbers as every C locale prints them, safe display of hostile
// text.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tocsin {

// The shortest text that reads back as the same double; integers without exponent or fraction ("11", "0.5", "1e+20").
std::string number_text(double value);

// A whole text as a finite double (JSON's grammar, leading '+' and blanks refused); nullopt otherwise.
std::optional<double> parse_number(std::string_view text);

// `text` for a terminal or a report: control characters, ESC, and invalid UTF-8 become visible escapes (\x1b), at most
// `max_bytes` bytes (cut at a character, marked with "…").
std::string printable(std::string_view text, std::size_t max_bytes = 512);

bool is_valid_utf8(std::string_view text);

// Appends `text` as a JSON string with its quotes. Invalid UTF-8 becomes U+FFFD, so the result is always valid JSON.
void append_json_string(std::string& out, std::string_view text);
std::string json_string(std::string_view text);

// {"name":value,…} in the given order; the values are JSON text, and a member whose value is empty is left out.
std::string json_object(std::initializer_list<std::pair<std::string_view, std::string>> members);

std::string to_upper(std::string_view text);  // ASCII only
std::string to_lower(std::string_view text);  // ASCII only

// '*' stands for any run of characters (none included); everything else is literal.
bool matches_glob(std::string_view glob, std::string_view text);

}  // namespace tocsin
