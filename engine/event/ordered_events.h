// Consumes the parsed batches of one file in order and gives its events one by one: adds line numbers, infers missing
// years, and holds an event that lies more than an hour ahead of the file's watermark until the next event confirms the
// jump (it too lies beyond), else turns it into a dead letter (`future`). A file's only event needs no confirmation. A
// held event keeps its batch alive.
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
    EventTime reference;  // for YearResolver
    Period jump = Period::hours(1);
  };
  explicit OrderedEvents(Options options);

  // What stands next in the file: an event or a dead letter (one of the two is set), or neither: a batch is needed.
  struct Item {
    const LogEvent* event = nullptr;
    const DeadLetter* dead = nullptr;
  };
  void push(std::shared_ptr<ParsedBatch> batch);                 // batches in file order; the last has raw.last
  Item front() { return is_settled_ ? item_ : settle_front(); }  // valid until pop()
  void pop();
  bool needs_batch();  // front() has nothing and the file has not ended
  bool ended();
  std::uint64_t lines() const;  // of all batches pushed

 private:
  enum class Confirmation { kYes, kNo, kOpen };
  // A place in the queue: the next event and dead letter of a batch.
  struct Place {
    std::size_t batch = 0;
    std::size_t event = 0;
    std::size_t dead = 0;
  };
  struct Queued {
    std::shared_ptr<ParsedBatch> batch;
    std::uint64_t lines_before = 0;   // of the file
    std::size_t prepared_events = 0;  // those whose line number and year are final
    std::size_t prepared_dead = 0;
  };

  Item settle_front();
  // Moves `place` to the next line that has been pushed, over the ends of batches; false where there is none.
  bool settle(Place& place) const;
  bool is_dead_letter(const Place& place) const;
  LogEvent& event_at(const Place& place);
  DeadLetter& dead_at(const Place& place);
  Confirmation confirmation(const Place& place);
  bool needs_confirmation(EventTime time) const;
  Item accept(const LogEvent& event);
  void drop_used_batches();

  Options options_;
  YearResolver years_;
  std::deque<Queued> queue_;
  Place place_;              // what stands next
  bool is_settled_ = false;  // item_ is what front() answers until pop()
  Item item_;
  DeadLetter future_;                   // what item_ points to for an event that nothing confirmed
  std::optional<EventTime> watermark_;  // the latest time accepted
  std::uint64_t lines_ = 0;
  bool last_pushed_ = false;
};

}  // namespace tocsin
