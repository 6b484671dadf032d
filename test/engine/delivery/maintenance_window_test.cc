#include "engine/delivery/maintenance_window.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

std::string read(const std::string& text) {
  std::string problem;
  const std::optional<WeeklySchedule> schedule = parse_weekly_schedule(text, problem);
  return schedule ? to_text(*schedule) : "error";
}

TEST(WeeklySchedule, IsRead) {
  const std::pair<const char*, const char*> rows[] = {
      {"SUN 02:00", "SUN 02:00"},
      {"sun 23:59", "SUN 23:59"},
      {"MON-FRI 22:30", "MON,TUE,WED,THU,FRI 22:30"},
      {"SAT,SUN 00:00", "SUN,SAT 00:00"},
      {"FRI-MON 01:00", "SUN,MON,FRI,SAT 01:00"},
      {"daily 02:00", "daily 02:00"},
      {"SUN-SAT 02:00", "daily 02:00"},
      {"MON,WED-FRI 02:00", "MON,WED,THU,FRI 02:00"},
      {"MON-MON 02:00", "MON 02:00"},
      {"", "error"},
      {"02:00", "error"},
      {"SUN", "error"},
      {"SUN 2:00", "error"},
      {"SUN 24:00", "error"},
      {"SUN 02:60", "error"},
      {"SUN, 02:00", "error"},
      {"SUNDAY 02:00", "error"},
      {"SUN  02:00", "error"},
      {"SUN 02:00 ", "error"},
      {"MON- 02:00", "error"},
      {"SUN 0a:00", "error"},
  };
  for (const auto& [text, result] : rows) EXPECT_EQ(read(text), result) << text;
}

EventTime at(int day, int hour, int minute = 0) {
  return from_civil({.year = 2026, .month = 11, .day = day, .hour = hour, .minute = minute});
}

// November 2026: the 1st is a Sunday.
TEST(MaintenanceWindow, IsActiveOnItsDays) {
  struct Row {
    const char* every;
    const char* duration;
    const char* zone;  // hours
    EventTime time;
    std::optional<EventTime> until;
  };
  const Row rows[] = {
      {"SUN 02:00", "2h", "0", at(1, 1, 59), {}},
      {"SUN 02:00", "2h", "0", at(1, 2), at(1, 4)},
      {"SUN 02:00", "2h", "0", at(1, 3, 59), at(1, 4)},
      {"SUN 02:00", "2h", "0", at(1, 4), {}},
      {"SUN 02:00", "2h", "0", at(2, 3), {}},
      {"SUN 23:00", "3h", "0", at(2, 1), at(2, 2)},
      {"SUN 23:00", "3h", "0", at(1, 1), {}},
      {"daily 23:00", "3h", "0", at(1, 1), at(1, 2)},
      {"daily 00:00", "1d", "0", at(3, 12), at(4, 0)},
      {"SAT 12:00", "7d", "0", at(6, 11), at(7, 12)},
      {"SAT 12:00", "7d", "0", at(7, 12), at(14, 12)},
      {"SUN 02:00", "2h", "1", at(1, 1), at(1, 3)},
      {"SUN 02:00", "2h", "1", at(1, 3), {}},
      {"SUN 00:30", "1h", "2", EventTime{at(1, 0).ms - 90 * 60'000}, EventTime{at(1, 0).ms - 30 * 60'000}},
      {"SUN 23:00", "2h", "-5", at(2, 4), at(2, 6)},
      {"MON-FRI 22:00", "2h", "0", at(6, 22), at(7, 0)},
      {"MON-FRI 22:00", "2h", "0", at(7, 22), {}},
  };
  for (const Row& row : rows) {
    MaintenanceWindow window;
    std::string problem;
    window.every = parse_weekly_schedule(row.every, problem).value();
    window.duration = parse_period(row.duration).value();
    window.zone_offset = Period::hours(std::stoi(row.zone));
    EXPECT_EQ(window.active_until(row.time), row.until) << row.every << " at " << to_clock(row.time);
    EXPECT_EQ(window.active_at(row.time), row.until.has_value());
  }
}

// Minute by minute, a window is where one of its beginnings lies less than its duration back.
TEST(MaintenanceWindow, IsWhereOneOfItsBeginningsIsNear) {
  MaintenanceWindow window;
  std::string problem;
  window.every = parse_weekly_schedule("TUE,FRI 21:15", problem).value();
  window.zone_offset = Period::minutes(-210);
  for (const std::int64_t hours : {1, 20, 30, 80, 168}) {
    window.duration = Period::hours(hours);
    std::optional<EventTime> end;
    // 1969-12-20 was a Saturday.
    const EventTime first = from_civil({.year = 1969, .month = 12, .day = 20});
    for (std::int64_t minute = 0; minute < 21 * 24 * 60; ++minute) {
      const EventTime local = first + Period::minutes(minute);
      const std::int64_t weekday = (6 + minute / (24 * 60)) % 7;
      if ((weekday == 2 || weekday == 5) && minute % (24 * 60) == 21 * 60 + 15) end = local + window.duration;
      if (minute < 10 * 24 * 60) continue;  // windows from before the loop may reach here
      const bool active = end && local < *end;
      ASSERT_EQ(window.active_at(local - window.zone_offset), active) << hours << " at " << to_clock(local);
    }
  }
}

}  // namespace
}  // namespace tocsin
