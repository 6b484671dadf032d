// Stops calling a receiver that fails, and tries it again now and then. Pure: the time is an argument.
//
// Closed: calls go through; five failures in a row, or half of at least twenty within a minute, open it. Open: no call
// for 30 s, doubled with each opening in a row up to 15 min, or for as long as a Retry-After asks. Half open: one probe
// at a time; two successes close it, a failure opens it again. What a call that began before ends with while it is open
// changes nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

#include "engine/base/time.h"

namespace tocsin {

enum class BreakerState { kClosed, kOpen, kHalfOpen };
std::string_view to_text(BreakerState state);

class CircuitBreaker {
 public:
  // Whether may_call() would say yes.
  bool is_ready(EventTime now) const;
  // Whether a call may begin now; in half open that is the probe, which must be answered by success() or failure().
  bool may_call(EventTime now);
  void success(EventTime now);
  void failure(EventTime now, std::optional<Period> retry_after);

  BreakerState state() const { return state_; }
  std::optional<EventTime> opens_until() const;  // kOpen: when the next probe is allowed

 private:
  struct Call {
    EventTime at;
    bool failed = false;
  };
  void note(Call call);
  void open(EventTime now, std::optional<Period> retry_after);

  BreakerState state_ = BreakerState::kClosed;
  std::deque<Call> recent_;  // of the last minute, bounded
  int failures_in_a_row_ = 0;
  int openings_in_a_row_ = 0;
  int probe_successes_ = 0;
  bool probing_ = false;
  EventTime opened_, until_;
};

}  // namespace tocsin
