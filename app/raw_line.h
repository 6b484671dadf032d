// A line as CloudWatch sees it when it tries a filter pattern: the whole line must be one JSON object, of equal keys
// the last counts, and there are no event parts ($.@level). Rules see more than that, through engine/event. One thread;
// the event and its fields are those of the last read().
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/event/log_event.h"
#include "engine/event/projection.h"

namespace tocsin {

class RawLine {
 public:
  // `projection` must be complete, and outlive the object.
  explicit RawLine(const Projection& projection);

  // The event has no fields but its text.
  void read_text(std::string_view line);
  // False where the line is no JSON object; the event then has no fields.
  bool read_json(std::string_view line);

  const LogEvent& event() const { return event_; }

 private:
  class Reader;

  void clear(std::string_view line);

  const Projection& projection_;
  LogEvent event_;
  std::vector<FieldValue> fields_;
  std::vector<std::string> texts_;  // what the fields' views point to
};

}  // namespace tocsin
