// Consumes the parsed batches of one file in order and gives its events one by one: adds line numbers, infers missing
// years, and holds an event that lies more than an hour ahead of the file's watermark until the next event confirms the jump
// (it too lies beyond), else turns it into a dead letter (`future`). A file's only event needs no confirmation. A held event
// keeps its batch alive.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "engine/base/time.h"
#include "engine/event/parsed_batch.h"

namespace tocsin {

// Gives the stamps of a file without years their year: the first gets the year that puts it nearest before `reference`
// (the file's modification time), a fall of more than half a year from one stamp to the next begins a new year.
class YearResolver {
 public:
  explicit YearResolver(EventTime reference) : reference_(reference) {}
  EventTime resolve(EventTime year_1972);

 private:
  EventTime reference_;
  std::optional<EventTime> last_;
};

class OrderedEvents {
 public:
  struct Options {
    bool lacks_year = false;
    EventTime reference;                    // for YearResolver
    Period jump = Period::hours(1);
  };
  explicit OrderedEvents(Options options);

  // What stands next in the file: an event or a dead letter (one of the two is set), or neither: a batch is needed.
  struct Item {
    const LogEvent* event = nullptr;
    const DeadLetter* dead = nullptr;
  };
  void push(std::shared_ptr<ParsedBatch> batch);  // batches in file order; the last has raw.last
  Item front();                                   // valid until pop()
  void pop();
  bool needs_batch();                             // front() has nothing and the file has not ended
  bool ended();
  std::uint64_t lines() const;                    // of all batches pushed

 private:
  // owned by the implementer of ordered_events.cc
};

}  // namespace tocsin
