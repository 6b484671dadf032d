#include "engine/delivery/http_date.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

const EventTime kNow = from_civil({.year = 2026, .month = 11, .day = 20});
const EventTime kExample = from_civil({.year = 1994, .month = 11, .day = 6, .hour = 8, .minute = 49, .second = 37});

TEST(HttpDate, TheThreeFormats) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", kNow), kExample);
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", kNow), kExample);
  EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994", kNow), kExample);
  EXPECT_EQ(parse_http_date("Wed Nov 16 08:49:37 1994", kNow), kExample + Period::days(10));
}

TEST(HttpDate, TwoDigitsMeanTheYearWithinFiftyAhead) {
  struct Row {
    const char* text;
    int year;
  };
  for (const Row& row : {Row{"Sunday, 06-Nov-26 00:00:00 GMT", 2026}, Row{"Sunday, 06-Nov-76 00:00:00 GMT", 2076},
                         Row{"Sunday, 06-Nov-77 00:00:00 GMT", 1977}, Row{"Sunday, 06-Nov-00 00:00:00 GMT", 2000}}) {
    EXPECT_EQ(parse_http_date(row.text, kNow), from_civil({.year = row.year, .month = 11, .day = 6})) << row.text;
  }
}

TEST(HttpDate, AnythingElseIsRefused) {
  for (const std::string_view text :
       {"", "Sun", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT", "sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT ", "Sunday, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z",
        "Sun Nov  6 08:49:37 94", "Sun, 06 Nov -994 08:49:37 GMT"}) {
    EXPECT_EQ(parse_http_date(text, kNow), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace tocsin
