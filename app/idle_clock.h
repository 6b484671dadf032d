// Where event time stands while no line comes: it goes on at the pace of the clock from the last line's time, so that
// silence is noticed, and old files can be followed without a leap to today. Also over a restart: the last line's time
// and when it came are part of the state. Time is given; in a process it is counted by a clock that no one sets.
#pragma once

#include <optional>

#include "engine/base/state_bytes.h"
#include "engine/base/time.h"

namespace tocsin {

struct ClockReading {
  EventTime wall;  // may jump
  Period running;  // since some instant, also while the machine sleeps; never jumps
};
ClockReading read_clocks();

class IdleClock {
 public:
  IdleClock(Period timeout, ClockReading now) : timeout_(timeout), quiet_since_(now.running), looked_at_(now.running) {}

  // To be called every second. After a longer pause - the process was stopped, the machine slept, or nothing could be
  // stored - there may be lines that nobody has read yet: as after a start, the timeout begins anew.
  void look(ClockReading now);

  // Lines have come, the latest of them at `watermark`.
  void on_lines(EventTime watermark, ClockReading now);
  // The event time that has been reached without lines; nothing while it is not yet idle, or nothing has ever come.
  std::optional<EventTime> event_time(ClockReading now) const;
  bool is_idle(ClockReading now) const { return now.running - quiet_since_ >= timeout_; }
  void set_timeout(Period timeout) { timeout_ = timeout; }

  void save(StateWriter& out) const;
  void restore(StateReader& in, ClockReading now);

 private:
  Period timeout_;
  Period quiet_since_;  // running time of the last line, of the start, or of the end of a pause
  Period looked_at_;    // running time
  std::optional<EventTime> last_event_;
  EventTime last_wall_;  // when it came
  Period last_running_;  // the same by the running clock; earlier than the process where it was restored
};

}  // namespace tocsin
