// The characters that the parts of a filter pattern are made of; ASCII, whatever the locale.
#pragma once

namespace tocsin {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c);
}
// Of a term without quotes, and of the name of a field of a space-delimited line.
constexpr bool is_name(char c) {
  return is_alphanumeric(c) || c == '_' || c == '-';
}

}  // namespace tocsin
