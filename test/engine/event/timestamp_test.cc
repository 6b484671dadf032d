#include "engine/event/timestamp.h"

#include <gtest/gtest.h>

#include <string>

namespace tocsin {
namespace {

struct StampCase {
  std::string_view text;
  std::string_view expected;  // ISO 8601; empty where it is no stamp
  Period zone_offset;
};

std::string shown(std::optional<EventTime> time) {
  return time ? to_iso8601(*time) : "";
}

TEST(Timestamp, ReadsWholeFields) {
  const StampCase cases[] = {
      {"2023-01-29T17:20:11Z", "2023-01-29T17:20:11.000Z", {}},
      {"2023-01-29T17:20:11z", "2023-01-29T17:20:11.000Z", {}},
      {"2023-01-29t17:20:11Z", "2023-01-29T17:20:11.000Z", {}},
      {" 2023-01-29T17:20:11Z ", "2023-01-29T17:20:11.000Z", {}},
      {"2023-01-29T17:20:11.3Z", "2023-01-29T17:20:11.300Z", {}},
      {"2023-01-29 17:20:11,371", "2023-01-29T17:20:11.371Z", {}},
      {"2023/01/29 17:20:11.371", "2023-01-29T17:20:11.371Z", {}},
      {"2023-01-29T17:20:11.371999999Z", "2023-01-29T17:20:11.371Z", {}},
      {"2023-01-29T17:20Z", "2023-01-29T17:20:00.000Z", {}},
      {"2023-01-29T17:20:11+08:00", "2023-01-29T09:20:11.000Z", {}},
      {"2023-01-29T17:20:11+0800", "2023-01-29T09:20:11.000Z", {}},
      {"2023-01-29T17:20:11.5+08", "2023-01-29T09:20:11.500Z", {}},
      {"2023-01-29T17:20:11 -0330", "2023-01-29T20:50:11.000Z", {}},
      {"2023-01-29T17:20:11 UTC", "2023-01-29T17:20:11.000Z", {}},
      {"2023-01-29T17:20:11 GMT", "2023-01-29T17:20:11.000Z", Period::hours(5)},
      {"2023-01-29T17:20:11", "2023-01-29T09:20:11.000Z", Period::hours(8)},
      {"2023-01-29T17:20:11Z", "2023-01-29T17:20:11.000Z", Period::hours(8)},
      {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z", {}},
      {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z", {}},
      {"29/Jan/2023:17:20:11 +0800", "2023-01-29T09:20:11.000Z", {}},
      {"Sun Jan 29 17:20:11 2023", "2023-01-29T17:20:11.000Z", {}},
      {"Wed Feb  1 17:20:11.123456 2023", "2023-02-01T17:20:11.123Z", {}},
      {"0", "1970-01-01T00:00:00.000Z", {}},
      {"1674984011", "2023-01-29T09:20:11.000Z", {}},
      {"1674984011.3719", "2023-01-29T09:20:11.371Z", {}},
      {"1674984011371", "2023-01-29T09:20:11.371Z", {}},
      {"1674984011371.5", "2023-01-29T09:20:11.371Z", {}},
      {"1674984011371000", "2023-01-29T09:20:11.371Z", {}},
      {"1674984011371000000", "2023-01-29T09:20:11.371Z", {}},
      {"1.674984011e9", "2023-01-29T09:20:11.000Z", {}},
      {"1.674984011371e12", "2023-01-29T09:20:11.371Z", {}},
      {"1674984011", "2023-01-29T09:20:11.000Z", Period::hours(8)},
      {"7258118399", "2199-12-31T23:59:59.000Z", {}},
      {"2199-12-31T23:59:59.999Z", "2199-12-31T23:59:59.999Z", {}},
      {"", "", {}},
      {" ", "", {}},
      {"-", "", {}},
      {"now", "", {}},
      {"-6795364578871345152", "", {}},
      {"-1", "", {}},
      {"7258118400000000000", "", {}},
      {"99999999999999999999", "", {}},
      {"1e300", "", {}},
      {"NaN", "", {}},
      {"12:20:11", "", {}},
      {"2023-01-29", "", {}},
      {"2200-01-01T00:00:00Z", "", {}},
      {"1969-12-31T23:59:59Z", "", {}},
      {"1970-01-01T00:00:00+01:00", "", {}},
      {"2023-02-29T00:00:00Z", "", {}},
      {"2023-13-01T00:00:00Z", "", {}},
      {"2023-00-01T00:00:00Z", "", {}},
      {"2023-01-29T24:00:00Z", "", {}},
      {"2023-01-29T17:60:00Z", "", {}},
      {"2023-01-29T17:20:61Z", "", {}},
      {"2023-01-29T17:20:11+24:00", "", {}},
      {"2023-01-29T17:20:11+", "", {}},
      {"2023-01-29T17:20:11Zulu", "", {}},
      {"2023-01-29T17:20:11Z rest", "", {}},
      {"2O23-01-29T17:20:11Z", "", {}},
      {"2023-01-29T17:2O:11Z", "", {}},
      {"2023-01/29T17:20:11Z", "", {}},
      {"30/Feb/2023:17:20:11 +0800", "", {}},
  };
  for (const StampCase& c : cases) EXPECT_EQ(shown(parse_timestamp(c.text, c.zone_offset)), c.expected) << c.text;
}

TEST(Timestamp, EveryByteOfTheUsualFormCounts) {
  const std::string stamp = "2023-01-29T17:20:11Z";
  for (std::size_t i = 0; i < stamp.size(); ++i) {
    for (const char c : {'x', '\0', '/', ':', '\xFF', '-'}) {
      std::string changed = stamp;
      if (changed[i] == c) continue;
      changed[i] = c;
      EXPECT_FALSE(parse_timestamp(changed, Period{})) << changed;
    }
  }
}

TEST(Timestamp, EveryShorteningOfTheUsualFormIsAnotherStampOrNone) {
  const std::string stamp = "2023-01-29T17:20:11";
  for (std::size_t size = 0; size < stamp.size(); ++size) {
    const bool is_stamp = size == 16 || size == 4;  // to the minute; 2023 is a number of seconds
    EXPECT_EQ(parse_timestamp(stamp.substr(0, size), Period{}).has_value(), is_stamp || (size > 0 && size < 4)) << size;
  }
}

struct ScanCase {
  std::string_view text;
  std::size_t length;
  std::string_view expected;
};

TEST(TimestampReader, ReadsWhatParseTimestampReads) {
  const std::string_view stamps[] = {"2023-01-29T17:20:11.371Z",
                                     "2023-01-29T17:20:59.999Z",
                                     "2023-01-29T17:20:60.000Z",
                                     "2023-01-29T17:20:61.000Z",
                                     "2023-01-29T17:21:00.000Z",
                                     "2023-01-29 17:21:00.001Z",
                                     "2023/01/29 17:21:00.002Z",
                                     "2023-02-30T17:20:11.371Z",
                                     "2023-02-30T17:20:12.371Z",
                                     "2023-01-29T17:20:11,371Z",
                                     "2023-01-29T17:20:1x.371Z",
                                     "2023-01-29T17:20:11.37xZ",
                                     "2023-01-29T17:20:11.371z",
                                     "2023-01-29T17:20:11.37+08",
                                     "2023-01-29T17:20:11+08:00",
                                     "2023-01-29T17:20:11Z",
                                     "2199-12-31T23:59:59.999Z",
                                     "2200-01-01T00:00:00.000Z",
                                     "1970-01-01T00:00:00.000Z",
                                     "1969-12-31T23:59:59.999Z",
                                     "Sun Jan 29 17:20:11 2023",
                                     "167498461111111111111111",
                                     "",
                                     "1970-01-01T00:00:59.999Z"};
  // Each stamp behind each other, since what is remembered of the first must not touch the second.
  for (const Period zone : {Period{}, Period::hours(8)}) {
    for (const std::string_view first : stamps) {
      for (const std::string_view second : stamps) {
        TimestampReader reader;
        EXPECT_EQ(shown(reader.read(first, zone)), shown(parse_timestamp(first, zone))) << first;
        EXPECT_EQ(shown(reader.read(second, zone)), shown(parse_timestamp(second, zone))) << first << " " << second;
      }
    }
  }
}

TEST(TimestampReader, KnowsNoMinuteBeforeItReadOne) {
  TimestampReader reader;
  EXPECT_EQ(shown(reader.read(std::string(16, '\0') + ":11.371Z", {})), "");
}

TEST(Timestamp, ScansTheBeginningOfALine) {
  const ScanCase cases[] = {
      {"2023-01-29 17:20:11.371 INFO x", 23, "2023-01-29T17:20:11.371Z"},
      {"2023-01-29 17:20:11 -0700 x", 25, "2023-01-30T00:20:11.000Z"},
      {"2023-01-29 17:20:11 - payment", 19, "2023-01-29T17:20:11.000Z"},
      {"2023-01-29 17:20:11 -12 degrees", 19, "2023-01-29T17:20:11.000Z"},
      {"2023-01-29 17:20:11 Zone", 19, "2023-01-29T17:20:11.000Z"},
      {"2023-01-29 17:20:11 Z x", 21, "2023-01-29T17:20:11.000Z"},
      {"2023-01-29 17:20:11: x", 19, "2023-01-29T17:20:11.000Z"},
      {"2023-02-30 17:20:11 x", 19, ""},
      {"2023 was a year", 0, ""},
  };
  for (const ScanCase& c : cases) {
    const ScannedStamp stamp = scan_rfc3339(c.text, Period{});
    EXPECT_EQ(stamp.length, c.length) << c.text;
    EXPECT_EQ(shown(stamp.time), c.expected) << c.text;
  }
}

TEST(Timestamp, ScansSyslogStamps) {
  const ScanCase cases[] = {
      {"Jan 29 17:20:11 host", 15, "1972-01-29T17:20:11.000Z"},
      {"Feb  9 17:20:11 host", 15, "1972-02-09T17:20:11.000Z"},
      {"Feb 9 17:20:11 host", 14, "1972-02-09T17:20:11.000Z"},
      {"Feb 29 17:20:11.250 host", 19, "1972-02-29T17:20:11.250Z"},
      {"Feb 28 2023 17:20:11 host", 20, "2023-02-28T17:20:11.000Z"},
      {"Feb 30 17:20:11 host", 15, ""},
      {"Foo 29 17:20:11 host", 0, ""},
      {"January 29", 0, ""},
      {"Jan 29", 0, ""},
  };
  for (const ScanCase& c : cases) {
    const ScannedStamp stamp = scan_rfc3164(c.text, Period{});
    EXPECT_EQ(stamp.length, c.length) << c.text;
    EXPECT_EQ(shown(stamp.time), c.expected) << c.text;
  }
}

TEST(Timestamp, AYearlessStampIsKnownInEveryZone) {
  for (const Period zone : {Period::hours(-12), Period{}, Period::hours(14)}) {
    for (const std::string_view text : {"Jan 01 00:00:00", "Dec 31 23:59:59"}) {
      EXPECT_TRUE(lacks_year(*scan_rfc3164(text, zone).time));
    }
  }
  EXPECT_FALSE(lacks_year(*parse_timestamp("2023-01-29T17:20:11Z", Period{})));
}

TEST(Timestamp, ASmallNumberAtALinesStartIsNoTime) {
  EXPECT_EQ(scan_epoch("12345 items").length, 0U);
  EXPECT_EQ(scan_epoch("1674984011-x").length, 0U);
  EXPECT_EQ(scan_epoch("1674984011.371 INFO x").length, 14U);
  EXPECT_EQ(scan_epoch("1674984011371 x").length, 13U);
}

}  // namespace
}  // namespace tocsin
