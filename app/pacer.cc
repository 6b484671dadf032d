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
    const std::chrono::duration<double, std::milli> after(static_cast<double>((event - *first_).ms) / speed_);
    return start_ + std::chrono::duration_cast<Clock::duration>(after);
  };
  const auto due = wall_of(time);
  for (auto now = Clock::now(); now < due; now = Clock::now()) {
    if (interrupt_.sleep_until(std::min(due, now + std::chrono::milliseconds(100)))) return false;
    const std::chrono::duration<double, std::milli> passed = Clock::now() - start_;
    tick(std::min(time, *first_ + Period{static_cast<std::int64_t>(passed.count() * speed_)}));
  }
  return !interrupt_.requested();
}

}  // namespace tocsin
