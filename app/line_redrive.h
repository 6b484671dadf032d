// Parses lines that were dead letters once more, with the rules and the format as they are now, at their own event
// time. What the rules select goes into the categorized store, as it would have at first; alarms are not evaluated
// again. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/base/time.h"
#include "engine/event/line_format.h"
#include "engine/event/line_parser.h"
#include "engine/pipeline/engine.h"
#include "engine/pipeline/rule_set.h"

namespace tocsin {

// A dead letter as it was kept.
struct KeptLine {
  std::string file;
  std::uint64_t line = 0, offset = 0;
  EventTime seen;  // the newest event time when it was read: the reference for stamps without a year
  std::string raw;
};

class LineRedrive {
 public:
  struct Options {
    std::optional<LineFormat> format;  // else told from each line
    Period zone_offset;
  };
  // `store` must outlive it.
  LineRedrive(RuleSet rules, Options options, EventStore& store);

  // True: it is an event now, and stored where the rules select it.
  bool take(const KeptLine& line);
  std::uint64_t stored() const { return engine_.counters().categorized; }

 private:
  RuleSet rules_;
  Options options_;
  Engine engine_;
};

}  // namespace tocsin
