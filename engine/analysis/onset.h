// When a service began to break, from its activity per minute: the first minute of the run of abnormal ones. A minute
// is abnormal against the median of the service's own minutes before, by a margin in terms of their median absolute
// deviation: both ignore the odd bad minute, which a mean and a standard deviation would not. Minutes without an entry
// had no events.
#pragma once

#include <optional>

#include "engine/analysis/analyzer.h"

namespace tocsin {

// One way in which a service is not as usual.
struct OnsetSign {
  EventTime at;         // start of the first abnormal minute of the run
  double observed = 0;  // the worst minute of the run: errors, milliseconds, events
  double usual = 0;     // the median minute before
  double strength = 0;  // points: 1 at the bound of what is normal, growing with the logarithm
};

struct ServiceOnset {
  std::optional<OnsetSign> errors;
  std::optional<OnsetSign> latency;  // mean of the minute
  std::optional<OnsetSign> silence;
  bool has_baseline = false;  // enough minutes before `from` to say what is usual

  bool any() const { return errors || latency || silence; }
  EventTime at() const;     // the earliest sign; needs any()
  double strength() const;  // of the strongest sign; 0 without any
};

struct OnsetWindow {
  EventTime from;         // the alarms looked at what happened from here, so a run must reach into this time
  EventTime to;           // the time of the analysis
  Period lead;            // how far before `from` a run may have begun
  Period baseline;        // the time before that, which counts as usual
  EventTime known_since;  // nothing was logged before by any service: those minutes are unknown, not quiet
};

ServiceOnset find_onset(const ServiceActivity& activity, const OnsetWindow& window);

}  // namespace tocsin
