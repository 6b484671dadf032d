#include "app/idle_clock.h"

#include <algorithm>
#include <chrono>
#include <ctime>

namespace tocsin {
namespace {

constexpr Period kPause = Period::seconds(3);

}  // namespace

ClockReading read_clocks() {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  timespec running{};
  clock_gettime(CLOCK_BOOTTIME, &running);
  return {.wall = {std::chrono::duration_cast<std::chrono::milliseconds>(wall).count()},
          .running = Period{std::int64_t{running.tv_sec} * 1000 + running.tv_nsec / 1'000'000}};
}

void IdleClock::look(ClockReading now) {
  if (now.running - looked_at_ > kPause) quiet_since_ = now.running;
  looked_at_ = now.running;
}

void IdleClock::on_lines(EventTime watermark, ClockReading now) {
  quiet_since_ = now.running;
  last_event_ = watermark;
  last_wall_ = now.wall;
  last_running_ = now.running;
}

std::optional<EventTime> IdleClock::event_time(ClockReading now) const {
  if (!last_event_ || !is_idle(now)) return std::nullopt;
  return *last_event_ + (now.running - last_running_);
}

void IdleClock::save(StateWriter& out) const {
  out.optional_time(last_event_);
  out.time(last_wall_);
}

void IdleClock::restore(StateReader& in, ClockReading now) {
  last_event_ = in.optional_time();
  last_wall_ = in.time();
  // The time that the process was down counts. A wall clock that was set back counts as no time.
  const Period down = std::max(now.wall - last_wall_, Period{});
  last_running_ = now.running - down;
}

}  // namespace tocsin
