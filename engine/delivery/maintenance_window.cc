#include "engine/delivery/maintenance_window.h"

#include <array>

#include "engine/base/text.h"

namespace tocsin {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};
constexpr Period kDay = Period::days(1);
constexpr std::string_view kExpected =
    "expected days and a time, such as 'SUN 02:00', 'MON-FRI 22:30' or 'daily 02:00'";

std::optional<std::size_t> day_number(std::string_view name) {
  const std::string upper = to_upper(name);
  for (std::size_t day = 0; day < kDays.size(); ++day) {
    if (upper == kDays[day]) return day;
  }
  return std::nullopt;
}

// One of "SUN" and "MON-FRI"; a range may lead over the week's end.
bool add_days(std::string_view text, std::bitset<7>& days) {
  const std::size_t dash = text.find('-');
  const std::optional<std::size_t> first = day_number(text.substr(0, dash));
  const std::optional<std::size_t> last = dash == std::string_view::npos ? first : day_number(text.substr(dash + 1));
  if (!first || !last) return false;
  for (std::size_t day = *first;; day = (day + 1) % 7) {
    days.set(day);
    if (day == *last) return true;
  }
}

bool read_days(std::string_view text, std::bitset<7>& days) {
  if (to_lower(text) == "daily") {
    days.set();
    return true;
  }
  for (;;) {
    const std::size_t comma = text.find(',');
    if (!add_days(text.substr(0, comma), days)) return false;
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<Period> read_time_of_day(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (const std::size_t i : {0, 1, 3, 4}) {
    if (!is_digit(text[i])) return std::nullopt;
  }
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  if (hour > 23 || minute > 59) return std::nullopt;
  return Period::hours(hour) + Period::minutes(minute);
}

std::string two_digits(std::int64_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

}  // namespace

std::optional<WeeklySchedule> parse_weekly_schedule(std::string_view text, std::string& problem) {
  problem = kExpected;
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  WeeklySchedule schedule;
  const std::optional<Period> time = read_time_of_day(text.substr(blank + 1));
  if (!time || !read_days(text.substr(0, blank), schedule.days)) return std::nullopt;
  schedule.time_of_day = *time;
  problem.clear();
  return schedule;
}

std::string to_text(const WeeklySchedule& schedule) {
  std::string text;
  if (schedule.days.all()) {
    text = "daily";
  } else {
    for (std::size_t day = 0; day < kDays.size(); ++day) {
      if (!schedule.days[day]) continue;
      if (!text.empty()) text += ',';
      text += kDays[day];
    }
  }
  const std::int64_t minutes = schedule.time_of_day.ms / 60'000;
  return text + " " + two_digits(minutes / 60) + ":" + two_digits(minutes % 60);
}

std::optional<EventTime> MaintenanceWindow::active_until(EventTime time) const {
  const EventTime local = time + zone_offset;
  const EventTime today = floor_to(local, kDay);
  // 1970-01-01 was a Thursday.
  const std::int64_t weekday = ((today.ms / kDay.ms + 4) % 7 + 7) % 7;
  const std::int64_t days_back = duration.ms / kDay.ms + 1;
  // The latest window that has begun ends last.
  for (std::int64_t back = 0; back <= days_back; ++back) {
    if (!every.days[static_cast<std::size_t>(((weekday - back) % 7 + 7) % 7)]) continue;
    const EventTime begin = today - kDay * back + every.time_of_day;
    if (begin <= local && local < begin + duration) return begin + duration - zone_offset;
  }
  return std::nullopt;
}

}  // namespace tocsin
