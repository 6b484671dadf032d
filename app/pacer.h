// Paces a replay: event time passes `speed` times as fast as wall time, counted from the first event. Speed 0 never
// sleeps.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "app/interrupt.h"
#include "engine/base/time.h"

namespace tocsin {

class Pacer {
 public:
  Pacer(double speed, const Interrupt& interrupt) : speed_(speed), interrupt_(interrupt) {}

  // Sleeps until `time` is due; `tick` is called with the event time reached, at least ten times a second, so that what
  // is shown moves on. False where an interrupt ended the wait.
  bool wait_for(EventTime time, const std::function<void(EventTime)>& tick);

 private:
  double speed_;
  const Interrupt& interrupt_;
  std::optional<EventTime> first_;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace tocsin
