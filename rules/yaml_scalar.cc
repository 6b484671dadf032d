#include "rules/yaml_scalar.h"

#include <charconv>
#include <cstdint>

#include "engine/base/text.h"

namespace tocsin {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t digits(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() && is_digit(text[n])) ++n;
  return n;
}

// "0o17" and "0x1F".
std::optional<std::string> prefixed(std::string_view text) {
  const int base = text.starts_with("0x") ? 16 : 8;
  text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::to_string(value);
}

std::string_view without_leading_zeros(std::string_view whole) {
  while (whole.size() > 1 && whole.front() == '0') whole.remove_prefix(1);
  return whole;
}

}  // namespace

bool is_yaml_null(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

std::optional<bool> parse_yaml_bool(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

bool is_yaml_non_finite(std::string_view text) {
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return true;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  return text == ".inf" || text == ".Inf" || text == ".INF";
}

std::optional<std::string> yaml_number_to_json(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0o")) return prefixed(text);
  std::string out;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    if (text.front() == '-') out = "-";
    text.remove_prefix(1);
  }
  const std::string_view whole = text.substr(0, digits(text));
  text.remove_prefix(whole.size());
  std::string_view fraction;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    fraction = text.substr(0, digits(text));
    text.remove_prefix(fraction.size());
  }
  if (whole.empty() && fraction.empty()) return std::nullopt;
  out += whole.empty() ? std::string_view("0") : without_leading_zeros(whole);
  if (!fraction.empty()) out.append(".").append(fraction);
  if (!text.empty()) {
    if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
    const std::string_view exponent = text.substr(1);
    const bool sign = !exponent.empty() && (exponent.front() == '-' || exponent.front() == '+');
    const std::string_view number = exponent.substr(sign ? 1 : 0);
    if (number.empty() || digits(number) != number.size()) return std::nullopt;
    out.append("e").append(exponent);
  }
  if (!parse_number(out)) return std::nullopt;  // 1e999
  return out;
}

std::optional<double> parse_yaml_number(std::string_view text) {
  const std::optional<std::string> json = yaml_number_to_json(text);
  return json ? parse_number(*json) : std::nullopt;
}

}  // namespace tocsin
