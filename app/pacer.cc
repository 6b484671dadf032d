#include "app/pacer.h"

#include <algorithm>

namespace tocsin {

bool Pacer::wait_for(EventTime time, const std::function<void(EventTime)>& tick) {
  using Clock = std::chrono::steady_clock;
  if (speed_ <= 0) return !interrupt_.requested();
  if (!first_) {
    first_ = time;
    start_ = Clock::now();
  }
  const auto wall_of = [&](EventTime event) {
    // Any speed is allowed: one that is slower than the clock can count waits until it is interrupted.
    constexpr double kLongestMs = 1e12;
    const std::chrono::duration<double, std::milli> after(
        std::min(static_cast<double>((event - *first_).ms) / speed_, kLongestMs));
    return start_ + std::chrono::duration_cast<Clock::duration>(after);
  };
  const auto due = wall_of(time);
  for (auto now = Clock::now(); now < due; now = Clock::now()) {
    if (interrupt_.sleep_until(std::min(due, now + std::chrono::milliseconds(100)))) return false;
    const std::chrono::duration<double, std::milli> passed = Clock::now() - start_;
    const double reached = std::min(passed.count() * speed_, static_cast<double>((time - *first_).ms));
    tick(*first_ + Period{static_cast<std::int64_t>(reached)});
  }
  return !interrupt_.requested();
}

}  // namespace tocsin
