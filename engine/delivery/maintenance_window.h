// A silence that comes back: on some weekdays, or daily, at a time of day, for a while. Pure: the time is an argument.
#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.h"
#include "engine/delivery/silence.h"

namespace tocsin {

// When it begins: "SUN 02:00", "MON-FRI 22:30", "SAT,SUN 00:00", "daily 02:00".
struct WeeklySchedule {
  std::bitset<7> days;  // [0] is Sunday
  Period time_of_day;   // since midnight
};
std::optional<WeeklySchedule> parse_weekly_schedule(std::string_view text, std::string& problem);
std::string to_text(const WeeklySchedule& schedule);  // reads back as the same schedule

struct MaintenanceWindow {
  std::vector<LabelMatcher> matchers;
  WeeklySchedule every;
  Period duration;     // at most kLongestMaintenance
  Period zone_offset;  // the schedule's midnight is this much before UTC's
  std::string comment;

  bool active_at(EventTime time) const { return active_until(time).has_value(); }
  // The end (exclusive) of the window that `time` lies in; of several the latest.
  std::optional<EventTime> active_until(EventTime time) const;
};
inline constexpr Period kLongestMaintenance = Period::days(7);

}  // namespace tocsin
