// Event time and lengths of time. Nothing in the engine asks a clock: these values come from log lines and arguments.
// Both are milliseconds; EventTime counts from 1970-01-01T00:00:00Z, leap seconds ignored as in POSIX.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin {

struct Period {
  std::int64_t ms = 0;

  static constexpr Period seconds(std::int64_t n) { return {n * 1000}; }
  static constexpr Period minutes(std::int64_t n) { return {n * 60'000}; }
  static constexpr Period hours(std::int64_t n) { return {n * 3'600'000}; }
  static constexpr Period days(std::int64_t n) { return {n * 86'400'000}; }
  auto operator<=>(const Period&) const = default;
};

struct EventTime {
  std::int64_t ms = 0;

  auto operator<=>(const EventTime&) const = default;
};

constexpr Period operator+(Period a, Period b) {
  return {a.ms + b.ms};
}
constexpr Period operator-(Period a, Period b) {
  return {a.ms - b.ms};
}
constexpr Period operator*(Period a, std::int64_t n) {
  return {a.ms * n};
}
constexpr EventTime operator+(EventTime t, Period p) {
  return {t.ms + p.ms};
}
constexpr EventTime operator-(EventTime t, Period p) {
  return {t.ms - p.ms};
}
constexpr Period operator-(EventTime a, EventTime b) {
  return {a.ms - b.ms};
}

// The latest multiple of `step` that is not after `t` (also for times before 1970). Needs step > 0.
constexpr EventTime floor_to(EventTime t, Period step) {
  const std::int64_t rest = ((t.ms % step.ms) + step.ms) % step.ms;
  return {t.ms - rest};
}

// A date and time of day in UTC, as written.
struct CivilTime {
  int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0, millisecond = 0;
};

// Proleptic Gregorian calendar. A second of 60 becomes the next minute's first, as POSIX does.
EventTime from_civil(const CivilTime& civil);
CivilTime to_civil(EventTime time);
// False where a part is out of its range (month 13, 30 February, 24:00).
bool is_valid(const CivilTime& civil);

std::string to_iso8601(EventTime time);  // 2026-11-20T10:03:00.250Z
std::string to_clock(EventTime time);    // 2026-11-20 10:03:00Z
std::string to_text(Period period);      // 90s, 5m, 1h30m, 250ms

// "90", "90s", "5m", "1h", "7d", "250ms" and sums such as "1h30m"; a bare number is seconds. Nothing else.
std::optional<Period> parse_period(std::string_view text);

}  // namespace tocsin
