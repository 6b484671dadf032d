#include "engine/pipeline/call_counts.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <utility>

namespace tocsin {
namespace {

using Counts = std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t>;

Counts shown(const CallCounts& counts) {
  Counts out;
  for (const CallCounts::Call& call : counts.all()) out[{call.caller, call.callee}] += call.count;
  return out;
}

TEST(CallCounts, AgreesWithAMap) {
  std::mt19937 random(2026);
  for (const std::uint32_t services : {1U, 3U, 40U, 10'000U}) {
    CallCounts counts(1'000'000);
    Counts expected;
    for (int round = 0; round < 20'000; ++round) {
      const std::uint32_t caller = random() % services;
      const std::uint32_t callee = random() % services;
      counts.add(caller, callee);
      ++expected[{caller, callee}];
    }
    EXPECT_EQ(shown(counts), expected);
    EXPECT_EQ(counts.all().size(), expected.size());
  }
}

TEST(CallCounts, GoesOnCountingKnownPairsWhenFull) {
  CallCounts counts(2);
  for (int round = 0; round < 3; ++round) {
    counts.add(1, 2);
    counts.add(2, 1);
    counts.add(3, 1);
  }
  EXPECT_EQ(shown(counts), (Counts{{{1, 2}, 3}, {{2, 1}, 3}}));
}

TEST(CallCounts, IsEmptyAtFirst) {
  EXPECT_TRUE(CallCounts(5).all().empty());
}

}  // namespace
}  // namespace tocsin
