#include "engine/workflow/timestamp.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

TEST(WorkflowTimestamp, ReadsRfc3339) {
  struct Case {
    const char *text, *utc;
    std::int32_t nanos;
  };
  const Case cases[] = {
      {"2016-03-14T01:59:00Z", "2016-03-14T01:59:00.000Z", 0},
      {"2016-03-14T01:59:00.25Z", "2016-03-14T01:59:00.250Z", 0},
      {"2016-03-14T01:59:00.123456789Z", "2016-03-14T01:59:00.123Z", 456789},
      {"2016-03-14T01:59:00+02:00", "2016-03-13T23:59:00.000Z", 0},
      {"2016-03-14T01:59:00-05:30", "2016-03-14T07:29:00.000Z", 0},
      {"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999Z", 999000},
  };
  for (const Case& c : cases) {
    const std::optional<Instant> instant = parse_timestamp(c.text);
    ASSERT_TRUE(instant.has_value()) << c.text;
    EXPECT_EQ(to_iso8601(instant->time), c.utc) << c.text;
    EXPECT_EQ(instant->nanos, c.nanos) << c.text;
  }
}

TEST(WorkflowTimestamp, RefusesEverythingElse) {
  for (const char* text :
       {"", "2016-03-14", "2016-03-14T01:59:00", "2016-03-14 01:59:00Z", "2016-13-14T01:59:00Z", "2016-02-30T01:59:00Z",
        "2016-03-14T25:59:00Z", "2016-03-14T01:59:00.Z", "2016-03-14T01:59:00.1234567890Z", "2016-03-14T01:59:00+0200",
        "2016-03-14T01:59:00Zx", "05-12-2016T21:29:29Z", "2016-03-14T01:59:00+19:00", "+016-03-14T01:59:00Z"}) {
    EXPECT_FALSE(parse_timestamp(text).has_value()) << text;
  }
}

TEST(WorkflowTimestamp, OrdersByNanosecond) {
  EXPECT_LT(parse_timestamp("2016-03-14T01:59:00.000000001Z"), parse_timestamp("2016-03-14T01:59:00.000000002Z"));
  EXPECT_EQ(parse_timestamp("2016-03-14T01:59:00Z"), parse_timestamp("2016-03-14T02:59:00+01:00"));
}

}  // namespace
}  // namespace tocsin
