#include "engine/delivery/circuit_breaker.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

constexpr EventTime kStart{1'795'168'980'000};

void fail(CircuitBreaker& breaker, EventTime now, int times) {
  for (int i = 0; i < times; ++i) breaker.failure(now, std::nullopt);
}

// Waits until it may be probed, and lets the probe fail.
Period fail_probe(CircuitBreaker& breaker, EventTime& now) {
  const EventTime until = breaker.opens_until().value();
  const Period pause = until - now;
  EXPECT_FALSE(breaker.may_call(until - Period{1}));
  EXPECT_TRUE(breaker.may_call(until));
  now = until;
  breaker.failure(now, std::nullopt);
  return pause;
}

TEST(CircuitBreaker, FiveFailuresInARowOpenIt) {
  CircuitBreaker breaker;
  fail(breaker, kStart, 4);
  EXPECT_TRUE(breaker.may_call(kStart));
  breaker.success(kStart);
  fail(breaker, kStart, 4);
  EXPECT_EQ(breaker.state(), BreakerState::kClosed) << "a success between them";
  fail(breaker, kStart, 1);
  EXPECT_EQ(breaker.state(), BreakerState::kOpen);
  EXPECT_EQ(breaker.opens_until(), kStart + Period::seconds(30));
  EXPECT_FALSE(breaker.may_call(kStart + Period{29'999}));
}

TEST(CircuitBreaker, HalfOfTwentyWithinAMinuteOpenIt) {
  const auto alternate = [](Period step, int calls) {
    CircuitBreaker breaker;
    EventTime now = kStart;
    for (int i = 0; i < calls; ++i, now = now + step) {
      if (i % 2 == 0) {
        breaker.success(now);
      } else {
        breaker.failure(now, std::nullopt);
      }
    }
    return breaker.state();
  };
  EXPECT_EQ(alternate(Period::seconds(1), 19), BreakerState::kClosed);
  EXPECT_EQ(alternate(Period::seconds(1), 20), BreakerState::kOpen);
  EXPECT_EQ(alternate(Period::seconds(4), 100), BreakerState::kClosed) << "never twenty within a minute";
  EXPECT_EQ(alternate(Period{0}, 20), BreakerState::kOpen);
}

TEST(CircuitBreaker, FewFailuresAmongMany) {
  CircuitBreaker breaker;
  for (int i = 0; i < 10'000; ++i) {
    breaker.success(kStart + Period{i});
    breaker.success(kStart + Period{i});
    breaker.failure(kStart + Period{i}, std::nullopt);
  }
  EXPECT_EQ(breaker.state(), BreakerState::kClosed);
}

TEST(CircuitBreaker, PausesDoubleUpToFifteenMinutes) {
  CircuitBreaker breaker;
  EventTime now = kStart;
  fail(breaker, now, 5);
  for (const std::int64_t seconds : {30, 60, 120, 240, 480, 900, 900, 900}) {
    EXPECT_EQ(fail_probe(breaker, now), Period::seconds(seconds));
  }
}

TEST(CircuitBreaker, OneProbeAtATimeAndTwoSuccessesCloseIt) {
  CircuitBreaker breaker;
  fail(breaker, kStart, 5);
  const EventTime now = kStart + Period::seconds(30);
  EXPECT_TRUE(breaker.may_call(now));
  EXPECT_EQ(breaker.state(), BreakerState::kHalfOpen);
  EXPECT_FALSE(breaker.may_call(now));
  breaker.success(now);
  EXPECT_EQ(breaker.state(), BreakerState::kHalfOpen);
  EXPECT_TRUE(breaker.may_call(now));
  breaker.success(now);
  EXPECT_EQ(breaker.state(), BreakerState::kClosed);
  fail(breaker, now, 5);
  EXPECT_EQ(breaker.opens_until(), now + Period::seconds(30)) << "the pauses begin anew";
}

TEST(CircuitBreaker, ARetryAfterOpensItForLonger) {
  CircuitBreaker breaker;
  fail(breaker, kStart, 4);
  breaker.failure(kStart, Period::hours(2));
  EXPECT_EQ(breaker.opens_until(), kStart + Period::hours(2));
  CircuitBreaker other;
  fail(other, kStart, 4);
  other.failure(kStart, Period::seconds(1));
  EXPECT_EQ(other.opens_until(), kStart + Period::seconds(30));
}

TEST(CircuitBreaker, WhatBeganBeforeItOpenedChangesNothing) {
  CircuitBreaker breaker;
  fail(breaker, kStart, 5);
  breaker.success(kStart + Period::seconds(1));
  breaker.failure(kStart + Period::seconds(2), Period::hours(5));
  EXPECT_EQ(breaker.state(), BreakerState::kOpen);
  EXPECT_EQ(breaker.opens_until(), kStart + Period::seconds(30));
}

TEST(CircuitBreaker, AClockThatIsSetBackDoesNotKeepItOpen) {
  CircuitBreaker breaker;
  fail(breaker, kStart, 5);
  EXPECT_TRUE(breaker.may_call(kStart - Period::days(300)));
}

TEST(CircuitBreaker, EveryStateHasItsWord) {
  EXPECT_EQ(to_text(BreakerState::kClosed), "closed");
  EXPECT_EQ(to_text(BreakerState::kOpen), "open");
  EXPECT_EQ(to_text(BreakerState::kHalfOpen), "half_open");
}

}  // namespace
}  // namespace tocsin
