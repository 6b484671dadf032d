// Time stamps as logs write them, read into event time:
//   2023-01-29T17:20:11.371Z   RFC 3339: 'T' or a blank, '-' or '/' in the date, up to nine digits behind a dot or
//   comma,
//                              Z, +hh:mm, +hhmm, +hh, UTC, GMT or no zone
//   1674981611.371             epoch: the coarsest of s, ms, us and ns in which it lies before the year 2200
//   Jan 29 17:20:11            RFC 3164; without a year it gets 1972, a leap year
//   29/Jan/2023:17:20:11 +0800 the Common Log Format
//   Sun Jan 29 17:20:11 2023   asctime, as Apache's error log writes it
// A stamp without a zone is local time, `zone_offset` ahead of UTC. Times outside 1970 to 2200 are no valid stamps:
// what produced them was broken. Pure functions, no allocation.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/base/time.h"

namespace tocsin {

// The beginning of a text read as a stamp. `length` is 0 where it does not look like one at all; where it does but the
// date can't be (30 February), `time` is empty.
struct ScannedStamp {
  std::size_t length = 0;
  std::optional<EventTime> time;
};

ScannedStamp scan_rfc3339(std::string_view text, Period zone_offset);
ScannedStamp scan_rfc3164(std::string_view text, Period zone_offset);
ScannedStamp scan_common_log(std::string_view text, Period zone_offset);
ScannedStamp scan_asctime(std::string_view text, Period zone_offset);
// Needs at least nine digits, so that a small number at a line's start is not taken for a time.
ScannedStamp scan_epoch(std::string_view text);

// A whole field: any of the above that says its year, or a number of any length as epoch time.
std::optional<EventTime> parse_timestamp(std::string_view text, Period zone_offset);

// "+02:00", "-0530", "Z", "UTC": local time minus UTC.
std::optional<Period> parse_zone_offset(std::string_view text);

// parse_timestamp() for a run of stamps: the lines of a log mostly share the minute with the line before, and of
// 2023-01-29T17:20:11.371Z then only the seconds need to be read. One thread at a time.
class TimestampReader {
 public:
  std::optional<EventTime> read(std::string_view text, Period zone_offset);

 private:
  // The minute read last, as text and as time; 1970-01-01T00:00 to begin with.
  std::uint64_t date_ = std::bit_cast<std::uint64_t>(std::array{'1', '9', '7', '0', '-', '0', '1', '-'});
  std::uint64_t clock_ = std::bit_cast<std::uint64_t>(std::array{'0', '1', 'T', '0', '0', ':', '0', '0'});
  EventTime minute_;
};

// Whether a time is a stamp of 1972, which stands for "no year".
bool lacks_year(EventTime time);

}  // namespace tocsin
