#include "engine/metric/statistic.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

TEST(Statistic, ReadsAndPrintsItsNames) {
  for (const char* name :
       {"Sum", "SampleCount", "Average", "Minimum", "Maximum", "p0", "p50", "p99", "p99.9", "p100"}) {
    const auto statistic = parse_statistic(name);
    ASSERT_TRUE(statistic) << name;
    EXPECT_EQ(to_text(*statistic), name);
  }
  EXPECT_DOUBLE_EQ(parse_statistic("p99.95")->percentile, 99.95);
}

TEST(Statistic, RefusesEverythingElse) {
  for (const char* name :
       {"", "sum", "p", "p101", "p-1", "p+1", "p1e1", "p9.", "p.9", "P99", "p99 ", "tm90", "IQM", "p1.2.3"}) {
    EXPECT_FALSE(parse_statistic(name)) << name;
  }
}

}  // namespace
}  // namespace tocsin
