#include "app/idle_clock.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

ClockReading at(std::int64_t seconds, std::int64_t wall_ahead = 0) {
  return {.wall = {(1'795'000'000 + seconds + wall_ahead) * 1000}, .running = Period::seconds(seconds)};
}

constexpr EventTime kLastYear{1'763'000'000'000};

TEST(IdleClock, StandsStillUntilTheTimeoutThenGoesOnFromTheLastLine) {
  IdleClock clock(Period::seconds(30), at(0));
  EXPECT_FALSE(clock.event_time(at(100))) << "nothing has ever come";
  clock.on_lines(kLastYear, at(100));
  EXPECT_FALSE(clock.event_time(at(129)));
  EXPECT_EQ(clock.event_time(at(130)), kLastYear + Period::seconds(30));
  EXPECT_EQ(clock.event_time(at(190)), kLastYear + Period::seconds(90));
  clock.on_lines(kLastYear + Period::seconds(100), at(200));
  EXPECT_FALSE(clock.event_time(at(210)));
}

TEST(IdleClock, AWallClockThatJumpsMeansNothing) {
  IdleClock clock(Period::seconds(30), at(0));
  clock.on_lines(kLastYear, at(10));
  EXPECT_EQ(clock.event_time(at(50, 3600)), kLastYear + Period::seconds(40));
  EXPECT_EQ(clock.event_time(at(50, -3600)), kLastYear + Period::seconds(40));
}

// The machine slept, or the process was stopped: what was written meanwhile is read before time goes on.
TEST(IdleClock, AfterAPauseItsTimeoutBeginsAnew) {
  IdleClock clock(Period::seconds(30), at(0));
  clock.on_lines(kLastYear, at(10));
  for (int second = 10; second <= 20; ++second) clock.look(at(second));
  clock.look(at(3620));
  EXPECT_FALSE(clock.event_time(at(3620)));
  for (int second = 3621; second < 3650; ++second) {
    clock.look(at(second));
    EXPECT_FALSE(clock.event_time(at(second)));
  }
  clock.look(at(3650));
  EXPECT_EQ(clock.event_time(at(3650)), kLastYear + Period::seconds(3640)) << "the pause counts all the same";
}

std::string saved(const IdleClock& clock) {
  StateWriter out;
  clock.save(out);
  return out.take();
}

TEST(IdleClock, ARestartCountsTheTimeInBetweenAfterATimeoutOfItsOwn) {
  IdleClock before(Period::seconds(30), at(0));
  before.on_lines(kLastYear, at(10));
  const std::string bytes = saved(before);
  // An hour later, by the wall; the running clock may have begun anew.
  const ClockReading start{.wall = at(3610).wall, .running = Period::seconds(5)};
  IdleClock after(Period::seconds(30), start);
  StateReader in(bytes);
  after.restore(in, start);
  EXPECT_TRUE(in.ok() && in.at_end());
  EXPECT_FALSE(after.event_time({.wall = at(3620).wall, .running = Period::seconds(15)})) << "lines may yet be read";
  EXPECT_EQ(after.event_time({.wall = at(3650).wall, .running = Period::seconds(45)}),
            kLastYear + Period::seconds(3640));
}

TEST(IdleClock, AWallClockThatWasSetBackOverARestartCountsAsNoTime) {
  IdleClock before(Period::seconds(30), at(0));
  before.on_lines(kLastYear, at(1000));
  const std::string bytes = saved(before);
  IdleClock after(Period::seconds(30), at(10));
  StateReader in(bytes);
  after.restore(in, at(10));
  EXPECT_EQ(after.event_time(at(50)), kLastYear + Period::seconds(40));
}

}  // namespace
}  // namespace tocsin
