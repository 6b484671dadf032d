#include "engine/event/json_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

namespace tocsin {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<std::uint32_t> hex4(std::string_view text, std::size_t at) {
  if (at + 4 > text.size()) return std::nullopt;
  std::uint32_t value = 0;
  const char* end = text.data() + at + 4;
  const auto result = std::from_chars(text.data() + at, end, value, 16);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return value;
}

// The character of \uXXXX at `at` (behind the u), a surrogate pair included; moves `at` behind it.
std::optional<std::uint32_t> escaped_code_point(std::string_view text, std::size_t& at) {
  const std::optional<std::uint32_t> first = hex4(text, at);
  if (!first) return std::nullopt;
  at += 4;
  if (*first < 0xD800 || *first > 0xDFFF) return first;
  if (*first > 0xDBFF || text.substr(at, 2) != "\\u") return std::nullopt;
  const std::optional<std::uint32_t> second = hex4(text, at + 2);
  if (!second || *second < 0xDC00 || *second > 0xDFFF) return std::nullopt;
  at += 6;
  return 0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00);
}

std::size_t encode_utf8(std::uint32_t c, char* out) {
  if (c < 0x80) {
    out[0] = static_cast<char>(c);
    return 1;
  }
  if (c < 0x800) {
    out[0] = static_cast<char>(0xC0 | (c >> 6));
    out[1] = static_cast<char>(0x80 | (c & 0x3F));
    return 2;
  }
  if (c < 0x10000) {
    out[0] = static_cast<char>(0xE0 | (c >> 12));
    out[1] = static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out[2] = static_cast<char>(0x80 | (c & 0x3F));
    return 3;
  }
  out[0] = static_cast<char>(0xF0 | (c >> 18));
  out[1] = static_cast<char>(0x80 | ((c >> 12) & 0x3F));
  out[2] = static_cast<char>(0x80 | ((c >> 6) & 0x3F));
  out[3] = static_cast<char>(0x80 | (c & 0x3F));
  return 4;
}

// The character that a backslash and `letter` stand for; NUL for none.
char simple_escape(char letter) {
  switch (letter) {
    case '"':
    case '\\':
    case '/':
      return letter;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

}  // namespace

bool unescape_json(std::string_view inside, char* out, std::size_t& size) {
  size = 0;
  std::size_t at = 0;
  while (at < inside.size()) {
    const std::size_t escape = std::min(inside.find('\\', at), inside.size());
    if (out != nullptr) std::memcpy(out + size, inside.data() + at, escape - at);
    size += escape - at;
    at = escape + 1;
    if (escape == inside.size()) break;
    if (at == inside.size()) return false;
    const char letter = inside[at++];
    char bytes[4] = {simple_escape(letter)};
    std::size_t count = 1;
    if (letter == 'u') {
      const std::optional<std::uint32_t> code_point = escaped_code_point(inside, at);
      if (!code_point) return false;
      count = encode_utf8(*code_point, bytes);
    } else if (bytes[0] == '\0') {
      return false;
    }
    if (out != nullptr) std::memcpy(out + size, bytes, count);
    size += count;
  }
  return true;
}

bool is_json_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const auto skip_digits = [&] {
    const std::size_t begin = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at - begin;
  };
  const bool zero = at < text.size() && text[at] == '0';
  const std::size_t whole = skip_digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (skip_digits() == 0) return false;
  }
  if (at < text.size() && (text[at] | 0x20) == 'e') {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (skip_digits() == 0) return false;
  }
  return at == text.size();
}

bool read_short_number(std::string_view text, double& value) {
  static constexpr std::array<double, 16> kTens = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  const char* at = text.data();
  const char* const end = at + text.size();
  const bool negative = at != end && *at == '-';
  if (negative) ++at;
  if (end - at > 16) return false;
  std::int64_t sum = 0;
  const char* const whole = at;
  for (; at != end && is_digit(*at); ++at) sum = sum * 10 + (*at - '0');
  std::ptrdiff_t digits = at - whole;
  if (digits == 0 || (*whole == '0' && digits > 1)) return false;
  std::ptrdiff_t places = 0;
  if (at != end) {
    if (*at != '.') return false;
    const char* const fraction = ++at;
    for (; at != end && is_digit(*at); ++at) sum = sum * 10 + (*at - '0');
    places = at - fraction;
    if (at != end || places == 0) return false;
    digits += places;
  }
  if (digits > 15) return false;
  // Both are exact in a double, so the division rounds once, as the literal's own rounding would.
  const double magnitude = static_cast<double>(sum) / kTens[static_cast<std::size_t>(places)];
  value = negative ? -magnitude : magnitude;
  return true;
}

FieldValue number_field(std::string_view literal) {
  FieldValue value{.kind = FieldKind::kNumber, .text = literal};
  if (read_short_number(literal, value.number)) return value;
  const auto result = std::from_chars(literal.data(), literal.data() + literal.size(), value.number);
  if (result.ec == std::errc()) return value;
  // Too small for a double is zero; too large has no number.
  const std::size_t exponent = literal.find_first_of("eE");
  if (exponent != std::string_view::npos && exponent + 1 < literal.size() && literal[exponent + 1] == '-') {
    value.number = 0;
    return value;
  }
  return {.kind = FieldKind::kText, .text = literal};
}

}  // namespace tocsin
