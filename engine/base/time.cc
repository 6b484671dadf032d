#include "engine/base/time.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

namespace tocsin {
namespace {

namespace calendar = std::chrono;

struct Unit {
  std::string_view name;
  std::int64_t ms;
};
constexpr std::array<Unit, 5> kUnits = {{{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

// Longer than any retention or period; keeps sums far from overflow.
constexpr std::int64_t kLongestPeriodMs = 36'500LL * 86'400'000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

EventTime from_civil(const CivilTime& civil) {
  const calendar::sys_days days = calendar::year{civil.year} / calendar::month{static_cast<unsigned>(civil.month)} /
                                  calendar::day{static_cast<unsigned>(civil.day)};
  const std::int64_t seconds =
      days.time_since_epoch().count() * 86'400LL + civil.hour * 3600LL + civil.minute * 60LL + civil.second;
  return {seconds * 1000 + civil.millisecond};
}

CivilTime to_civil(EventTime time) {
  const EventTime day_start = floor_to(time, Period::days(1));
  const calendar::sys_days days{calendar::days{day_start.ms / 86'400'000}};
  const calendar::year_month_day date{days};
  const auto rest = static_cast<int>((time - day_start).ms);
  CivilTime civil;
  civil.year = static_cast<int>(date.year());
  civil.month = static_cast<int>(static_cast<unsigned>(date.month()));
  civil.day = static_cast<int>(static_cast<unsigned>(date.day()));
  civil.hour = rest / 3'600'000;
  civil.minute = rest / 60'000 % 60;
  civil.second = rest / 1000 % 60;
  civil.millisecond = rest % 1000;
  return civil;
}

bool is_valid(const CivilTime& civil) {
  const calendar::year_month_day date{calendar::year{civil.year}, calendar::month{static_cast<unsigned>(civil.month)},
                                      calendar::day{static_cast<unsigned>(civil.day)}};
  return date.ok() && civil.hour >= 0 && civil.hour <= 23 && civil.minute >= 0 && civil.minute <= 59 &&
         civil.second >= 0 && civil.second <= 60 && civil.millisecond >= 0 && civil.millisecond <= 999;
}

std::string to_iso8601(EventTime time) {
  const CivilTime c = to_civil(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", c.year, c.month, c.day, c.hour, c.minute, c.second,
                     c.millisecond);
}

std::string to_clock(EventTime time) {
  const CivilTime c = to_civil(time);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}Z", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

std::string to_text(Period period) {
  if (period.ms == 0) return "0s";
  std::string text = period.ms < 0 ? "-" : "";
  std::int64_t rest = period.ms < 0 ? -period.ms : period.ms;
  for (const Unit& unit : kUnits) {
    if (rest >= unit.ms) {
      text += fmt::format("{}{}", rest / unit.ms, unit.name);
      rest %= unit.ms;
    }
  }
  return text;
}

std::optional<Period> parse_period(std::string_view text) {
  if (text.empty()) return std::nullopt;
  Period sum;
  std::int64_t last_unit = kLongestPeriodMs;
  while (!text.empty()) {
    std::size_t digits = 0;
    std::int64_t number = 0;
    while (digits < text.size() && is_digit(text[digits])) {
      number = number * 10 + (text[digits] - '0');
      if (number > kLongestPeriodMs) return std::nullopt;
      ++digits;
    }
    if (digits == 0) return std::nullopt;
    text.remove_prefix(digits);
    std::size_t letters = 0;
    while (letters < text.size() && !is_digit(text[letters])) ++letters;
    const std::string_view name = text.substr(0, letters);
    text.remove_prefix(letters);
    std::int64_t unit_ms = 0;
    if (name.empty() && sum.ms == 0 && text.empty()) unit_ms = 1000;
    for (const Unit& unit : kUnits) {
      if (unit.name == name) unit_ms = unit.ms;
    }
    // Units go down, each once: "1h30m", not "30m1h".
    if (unit_ms == 0 || unit_ms >= last_unit || number > kLongestPeriodMs / unit_ms) return std::nullopt;
    last_unit = unit_ms;
    sum = sum + Period{number * unit_ms};
    if (sum.ms > kLongestPeriodMs) return std::nullopt;
  }
  return sum;
}

}  // namespace tocsin
