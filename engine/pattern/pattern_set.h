// All filter patterns of a rule set, compiled together against one Projection: each distinct condition is tested once
// per event, however many patterns hold it. Constant after compile(); match() writes only into the caller's result.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "engine/event/log_event.h"
#include "engine/event/projection.h"
#include "engine/pattern/filter_pattern.h"
#include "engine/pattern/line_tokens.h"

namespace tocsin {

struct PatternId {
  std::uint32_t index = 0;
};

class PatternSet {
 public:
  PatternSet();
  ~PatternSet();
  PatternSet(PatternSet&&) noexcept;
  PatternSet& operator=(PatternSet&&) noexcept;

  // Adds the fields that the pattern reads to `projection`. Equal patterns share one id.
  PatternId add(const FilterPattern& pattern, Projection& projection);
  std::size_t size() const;

  // Scratch memory of one matching thread: what is already known about the current event.
  class Matcher {
   public:
    explicit Matcher(const PatternSet& set);
    ~Matcher();
    void begin(const LogEvent& event);  // the event must live until the next begin()
    bool matches(PatternId pattern);    // no allocation
    // No other pattern matches the event. In no particular order; valid until the next begin().
    std::span<const PatternId> candidates();
    // A field of the event's line, read as a space-delimited one; empty where the line has no such field.
    std::string_view token(TokenPlace place);

   private:
    struct State;
    std::unique_ptr<State> state_;
  };

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
  friend class Matcher;
};

}  // namespace tocsin
