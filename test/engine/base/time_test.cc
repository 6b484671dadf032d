#include "engine/base/time.h"

#include <gtest/gtest.h>

#include <limits>

namespace tocsin {
namespace {

TEST(Time, FloorsAlsoBeforeTheEpoch) {
  EXPECT_EQ(floor_to(EventTime{61'000}, Period::seconds(60)).ms, 60'000);
  EXPECT_EQ(floor_to(EventTime{60'000}, Period::seconds(60)).ms, 60'000);
  EXPECT_EQ(floor_to(EventTime{-1}, Period::seconds(60)).ms, -60'000);
}

TEST(Time, PrintsAsIso8601) {
  EXPECT_EQ(to_iso8601(EventTime{0}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_iso8601(EventTime{1'795'168'980'250}), "2026-11-20T10:03:00.250Z");
  EXPECT_EQ(to_iso8601(EventTime{-1}), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(to_clock(EventTime{1'795'168'980'250}), "2026-11-20 10:03:00Z");
}

TEST(Time, CivilTimeGoesThereAndBack) {
  for (std::int64_t ms = -70'000'000'000'000; ms < 7'000'000'000'000; ms += 987'654'321'987) {
    EXPECT_EQ(from_civil(to_civil(EventTime{ms})).ms, ms);
  }
}

TEST(Time, TellsValidDatesFromOthers) {
  EXPECT_TRUE(is_valid({.year = 2024, .month = 2, .day = 29}));
  EXPECT_FALSE(is_valid({.year = 2023, .month = 2, .day = 29}));
  EXPECT_FALSE(is_valid({.year = 2023, .month = 13, .day = 1}));
  EXPECT_FALSE(is_valid({.hour = 24}));
  EXPECT_TRUE(is_valid({.second = 60})) << "leap seconds are written in logs";
  EXPECT_EQ(from_civil({.year = 2016, .month = 12, .day = 31, .hour = 23, .minute = 59, .second = 60}),
            from_civil({.year = 2017}));
}

struct PeriodCase {
  const char* text;
  std::int64_t ms;  // -1: refused
};

TEST(Time, ParsesPeriods) {
  const PeriodCase cases[] = {
      {"90", 90'000},    {"90s", 90'000},      {"5m", 300'000},
      {"1h", 3'600'000}, {"7d", 604'800'000},  {"250ms", 250},
      {"0", 0},          {"1h30m", 5'400'000}, {"", -1},
      {"s", -1},         {"-5s", -1},          {"5 m", -1},
      {"5x", -1},        {"1.5h", -1},         {"30m1h", -1},
      {"5m5m", -1},      {"5m5", -1},          {"99999999999999999999", -1},
      {"36501d", -1},
  };
  for (const PeriodCase& c : cases) {
    const std::optional<Period> period = parse_period(c.text);
    EXPECT_EQ(period ? period->ms : -1, c.ms) << c.text;
  }
}

TEST(Time, PrintsPeriodsAsTheyAreParsed) {
  for (const std::int64_t ms : {0LL, 1LL, 999LL, 90'000LL, 5'400'000LL, 604'800'000LL, 86'461'001LL}) {
    EXPECT_EQ(parse_period(to_text(Period{ms})), Period{ms}) << to_text(Period{ms});
  }
}

}  // namespace
}  // namespace tocsin
