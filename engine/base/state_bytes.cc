#include "engine/base/state_bytes.h"

#include <bit>
#include <cmath>
#include <utility>

namespace tocsin {
namespace {

constexpr EventTime kFirstInstant{-62'167'219'200'000};  // 0000-01-01
constexpr EventTime kLastInstant{253'402'300'799'999};   // 9999-12-31
constexpr double kMostWhole = 1 << 30;

// The sign goes to the lowest bit, so that small numbers of either sign stay small.
std::uint64_t folded(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
std::int64_t unfolded(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

}  // namespace

// Seven bits a byte, the lowest first; the eighth says that more follow.
void StateWriter::long_number(std::uint64_t value) {
  char bytes[10];
  std::size_t size = 0;
  for (; value >= 0x80; value >>= 7) bytes[size++] = static_cast<char>(value | 0x80);
  bytes[size++] = static_cast<char>(value);
  bytes_.append(bytes, size);
}

void StateWriter::integer(std::int64_t value) {
  number(folded(value));
}

void StateWriter::real(double value) {
  char bytes[8];
  auto bits = std::bit_cast<std::uint64_t>(value);
  for (int i = 0; i < 8; ++i, bits >>= 8) bytes[i] = static_cast<char>(bits);
  bytes_.append(bytes, 8);
}

// An even number stands for a whole one, 1 goes before any other.
void StateWriter::measure(double value) {
  if (std::abs(value) <= kMostWhole && std::trunc(value) == value && !(value == 0 && std::signbit(value))) {
    number(folded(static_cast<std::int64_t>(value)) << 1);
  } else {
    number(1);
    real(value);
  }
}

void StateWriter::text(std::string_view value) {
  number(value.size());
  bytes_.append(value);
}

void StateWriter::texts(const std::vector<std::string>& values) {
  count(values.size());
  for (const std::string& value : values) text(value);
}

void StateWriter::labels(const std::map<std::string, std::string>& values) {
  count(values.size());
  for (const auto& [name, value] : values) {
    text(name);
    text(value);
  }
}

void StateWriter::optional_time(const std::optional<EventTime>& value) {
  flag(value.has_value());
  if (value) time(*value);
}

std::uint64_t StateReader::number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    const std::uint64_t part = byte & 0x7fU;
    if (shift == 63 && part > 1) break;
    value |= part << shift;
    if (byte < 0x80) return value;
  }
  fail();
  return 0;
}

std::int64_t StateReader::integer() {
  return unfolded(number());
}

double StateReader::real() {
  if (rest_.size() < 8) {
    fail();
    return 0;
  }
  std::uint64_t bits = 0;
  for (unsigned i = 0; i < 8; ++i) bits |= std::uint64_t{static_cast<unsigned char>(rest_[i])} << (8 * i);
  rest_.remove_prefix(8);
  return std::bit_cast<double>(bits);
}

double StateReader::measure() {
  const std::uint64_t value = number();
  if (value % 2 == 0) return static_cast<double>(unfolded(value >> 1));
  if (value != 1) fail();
  return real();
}

bool StateReader::flag() {
  return number_below(2) == 1;
}

std::string_view StateReader::text() {
  const std::uint64_t size = number();
  if (size > rest_.size()) {
    fail();
    return {};
  }
  const std::string_view value = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return value;
}

std::vector<std::string> StateReader::texts() {
  std::vector<std::string> values;
  for (std::size_t left = count(); left > 0 && ok(); --left) values.emplace_back(text());
  return values;
}

std::map<std::string, std::string> StateReader::labels() {
  std::map<std::string, std::string> values;
  for (std::size_t left = count(); left > 0 && ok(); --left) {
    std::string name(text());
    values[std::move(name)] = text();
  }
  return values;
}

std::optional<EventTime> StateReader::optional_time() {
  if (!flag()) return std::nullopt;
  return time();
}

EventTime StateReader::instant() {
  const EventTime value = time();
  if (kFirstInstant <= value && value <= kLastInstant) return value;
  fail();
  return {};
}

std::optional<EventTime> StateReader::optional_instant() {
  if (!flag()) return std::nullopt;
  return instant();
}

std::size_t StateReader::count() {
  const std::uint64_t value = number();
  if (value <= rest_.size()) return value;
  fail();
  return 0;
}

std::uint64_t StateReader::number_below(std::uint64_t end) {
  const std::uint64_t value = number();
  if (value < end) return value;
  fail();
  return 0;
}

}  // namespace tocsin
