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
};

struct ServiceOnset {
  std::optional<OnsetSign> errors;
  std::optional<OnsetSign> latency;  // mean of the minute
  std::optional<OnsetSign> silence;
  bool has_baseline = false;  // enough minutes before `from` to say what is usual

  bool any() const { return errors || latency || silence; }
  EventTime at() const;  // the earliest sign; needs any()
};

struct OnsetWindow {
  EventTime from;         // abnormal minutes are looked for from here
  EventTime to;           // up to here, the time of the analysis
  Period baseline;        // the time before `from` that counts as usual
  EventTime known_since;  // nothing was logged before by any service: those minutes are unknown, not quiet
};

ServiceOnset find_onset(const ServiceActivity& activity, const OnsetWindow& window);

}  // namespace tocsin
