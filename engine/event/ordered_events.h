// Consumes the parsed batches of one file in order and gives its events one by one: adds line numbers, infers missing
// years, and holds an event that lies more than an hour ahead of the file's watermark until the next event confirms the
// jump (it too lies beyond), else turns it into a dead letter (`future`). A file's only event needs no confirmation. A
// held event keeps its batch alive.
//
// What has been popped can be left behind: position() and order_state() are all that another OrderedEvents, with the
// bytes from that position on, needs to give the same items that this one would have given.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/time.h"
#include "engine/event/parsed_batch.h"

namespace tocsin {

// Gives the stamps of a file without years their year: the first gets the year that puts it nearest before `reference`
// (the file's modification time), a fall of more than half a year from one stamp to the next begins a new year.
class YearResolver {
 public:
  explicit YearResolver(EventTime reference, std::optional<EventTime> last = std::nullopt)
      : reference_(reference), last_(last) {}
  EventTime resolve(EventTime year_1972);
  const std::optional<EventTime>& last() const { return last_; }  // the stamp resolved last: all that is remembered

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
    // Where the first batch stands, of a file that was read before: the lines and bytes before it, and order_state() as
    // it was there. A state that can't be read counts as none.
    std::uint64_t first_line = 0;
    std::uint64_t first_offset = 0;
    std::string_view state = {};  // read by the constructor only
  };
  explicit OrderedEvents(const Options& options);

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
  std::uint64_t lines() const;  // of the file, up to the last batch pushed

  // The file is idle: what front() has held back for want of a next event is given now, as it would be at the file's
  // end. `now`, where the caller knows the time of day: an event that lies no more than the jump ahead of it is no
  // clock gone wrong but the first after a long silence, and is accepted.
  void settle_held(std::optional<EventTime> now = std::nullopt);

  // Up to where the file has been popped: the first byte of the line that stands next, given or held back, or the end
  // of all batches; and the lines before it.
  struct Position {
    std::uint64_t offset = 0;
    std::uint64_t lines = 0;
    bool operator==(const Position&) const = default;
  };
  Position position() const;
  // What is remembered of the lines that have been popped, for Options::state.
  std::string order_state() const;

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
  Confirmation confirmation_at_end() const { return watermark_ ? Confirmation::kNo : Confirmation::kYes; }
  bool needs_confirmation(EventTime time) const;
  void give_event(const LogEvent& event, Confirmation confirmed);
  void drop_used_batches();

  const bool lacks_year_;
  const Period jump_;
  YearResolver years_;
  // What years_ remembered after each event that has been prepared and not yet popped, and after the last popped one.
  std::deque<std::optional<EventTime>> years_ahead_;
  std::optional<EventTime> years_popped_;
  std::deque<Queued> queue_;
  Place place_;              // what stands next
  bool is_settled_ = false;  // item_ is what front() answers until pop()
  Item item_;
  DeadLetter future_;                          // what item_ points to for an event that nothing confirmed
  std::optional<EventTime> watermark_;         // the latest time accepted
  std::optional<EventTime> watermark_before_;  // the same without item_, where that is an event
  std::uint64_t lines_ = 0;
  std::uint64_t end_ = 0;  // offset behind all batches
  bool last_pushed_ = false;
};

}  // namespace tocsin
