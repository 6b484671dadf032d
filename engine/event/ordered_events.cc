#include "engine/event/ordered_events.h"

#include <algorithm>
#include <cstdlib>

#include "engine/base/ensure.h"
#include "engine/base/state_bytes.h"
#include "engine/event/timestamp.h"

namespace tocsin {
namespace {

// The next event of a file is looked for at most so far behind an event that waits for it. What lies further apart
// confirms nothing; without a bound a file of bad lines would be held in memory as a whole.
constexpr std::uint64_t kLookAhead = 4 << 20;

// Local time stamps may be ahead of the file's modification time by their zone.
constexpr Period kZoneRoom = Period::days(1);

constexpr std::uint64_t kOrderStateVersion = 1;

// The names of events soon to come are brought near: another core has parsed them, and each event's use begins with
// looking its names up.
inline void fetch_ahead(const ParsedBatch& batch, std::size_t event) {
  constexpr std::size_t kAhead = 3;
  if (event + kAhead >= batch.events.size()) return;
  const LogEvent& soon = batch.events[event + kAhead];
  __builtin_prefetch(soon.service.data());
  __builtin_prefetch(soon.upstream.data());
}

// The stamp's month, day and time in `year`; 29 February of a year that has none is 1 March.
EventTime in_year(CivilTime civil, int year) {
  civil.year = year;
  if (is_valid(civil)) return from_civil(civil);
  civil.day = 28;
  return from_civil(civil) + Period::days(1);
}

}  // namespace

EventTime YearResolver::resolve(EventTime year_1972) {
  const CivilTime civil = to_civil(year_1972);
  EventTime best{};
  if (!last_) {
    int year = to_civil(reference_).year + 1;
    while (year > 1970 && in_year(civil, year) > reference_ + kZoneRoom) --year;
    best = in_year(civil, year);
  } else {
    // The year that brings it nearest to the stamp before: a fall of more than half a year begins a new year, and a
    // rise of more than that is a late line of the old one.
    const int year = to_civil(*last_).year;
    best = in_year(civil, year);
    for (const int other : {year - 1, year + 1}) {
      const EventTime time = in_year(civil, other);
      if (std::llabs((time - *last_).ms) < std::llabs((best - *last_).ms)) best = time;
    }
  }
  last_ = best;
  return best;
}

OrderedEvents::OrderedEvents(const Options& options)
    : lacks_year_(options.lacks_year),
      jump_(options.jump),
      years_(options.reference),
      lines_(options.first_line),
      end_(options.first_offset) {
  StateReader in(options.state);
  if (options.state.empty() || in.number() != kOrderStateVersion) return;
  const std::optional<EventTime> watermark = in.optional_instant();
  const std::optional<EventTime> last_stamp = in.optional_instant();
  if (!in.ok() || !in.at_end()) return;
  watermark_ = watermark;
  years_ = YearResolver(options.reference, last_stamp);
  years_popped_ = last_stamp;
}

void OrderedEvents::push(std::shared_ptr<ParsedBatch> batch) {
  ENSURE(!last_pushed_);
  last_pushed_ = batch->raw.last;
  const std::uint64_t lines_before = lines_;
  lines_ += batch->lines;
  end_ = batch->raw.first_offset + batch->raw.bytes.size() + batch->raw.dropped_bytes;
  queue_.push_back({.batch = std::move(batch), .lines_before = lines_before});
}

std::uint64_t OrderedEvents::lines() const {
  return lines_;
}

inline bool OrderedEvents::settle(Place& place) const {
  while (place.batch < queue_.size()) {
    const ParsedBatch& batch = *queue_[place.batch].batch;
    if (place.event < batch.events.size() || place.dead < batch.dead.size()) return true;
    place = {.batch = place.batch + 1};
  }
  return false;
}

inline bool OrderedEvents::is_dead_letter(const Place& place) const {
  const ParsedBatch& batch = *queue_[place.batch].batch;
  return place.dead < batch.dead.size() && batch.dead[place.dead].before <= place.event;
}

// Events are prepared in file order, each once: the year depends on the stamps before.
inline LogEvent& OrderedEvents::event_at(const Place& place) {
  Queued& queued = queue_[place.batch];
  LogEvent& event = queued.batch->events[place.event];
  if (place.event < queued.prepared_events) return event;
  queued.prepared_events = place.event + 1;
  event.origin.line += queued.lines_before;
  if (lacks_year_) {
    if (tocsin::lacks_year(event.time)) event.time = years_.resolve(event.time);
    years_ahead_.push_back(years_.last());
  }
  return event;
}

DeadLetter& OrderedEvents::dead_at(const Place& place) {
  Queued& queued = queue_[place.batch];
  DeadLetter& letter = queued.batch->dead[place.dead].letter;
  if (place.dead < queued.prepared_dead) return letter;
  queued.prepared_dead = place.dead + 1;
  letter.origin.line += queued.lines_before;
  return letter;
}

bool OrderedEvents::needs_confirmation(EventTime time) const {
  return !watermark_ || time > *watermark_ + jump_;
}

// Whether the file's next event behind `place` bears out the time of the event there.
OrderedEvents::Confirmation OrderedEvents::confirmation(const Place& place) {
  const LogEvent& event = event_at(place);
  Place next = place;
  ++next.event;
  while (settle(next)) {
    if (is_dead_letter(next)) {
      if (dead_at(next).origin.offset > event.origin.offset + kLookAhead) return confirmation_at_end();
      ++next.dead;
      continue;
    }
    const EventTime following = event_at(next).time;
    if (watermark_) return following > *watermark_ + jump_ ? Confirmation::kYes : Confirmation::kNo;
    return following + jump_ < event.time ? Confirmation::kNo : Confirmation::kYes;
  }
  return last_pushed_ ? confirmation_at_end() : Confirmation::kOpen;
}

void OrderedEvents::give_event(const LogEvent& event, Confirmation confirmed) {
  watermark_before_ = watermark_;
  if (confirmed == Confirmation::kYes) {
    watermark_ = watermark_ ? std::max(*watermark_, event.time) : event.time;
    item_ = {.event = &event};
  } else {
    future_ = {.reason = DeadReason::kFuture, .origin = event.origin, .raw = event.raw};
    item_ = {.dead = &future_};
  }
  is_settled_ = true;
}

OrderedEvents::Item OrderedEvents::settle_front() {
  if (!settle(place_)) return {};
  if (is_dead_letter(place_)) {
    item_ = {.dead = &dead_at(place_)};
    is_settled_ = true;
    return item_;
  }
  const LogEvent& event = event_at(place_);
  fetch_ahead(*queue_[place_.batch].batch, place_.event);
  const Confirmation confirmed = needs_confirmation(event.time) ? confirmation(place_) : Confirmation::kYes;
  if (confirmed == Confirmation::kOpen) return {};
  give_event(event, confirmed);
  return item_;
}

void OrderedEvents::settle_held(std::optional<EventTime> now) {
  const Item known = front();
  if (known.event != nullptr || known.dead != nullptr || !settle(place_)) return;
  const LogEvent& event = event_at(place_);
  const bool was_silent = now && event.time <= *now + jump_;
  give_event(event, was_silent ? Confirmation::kYes : confirmation_at_end());
}

void OrderedEvents::pop() {
  ENSURE(is_settled_);
  is_settled_ = false;
  if (item_.event != nullptr || item_.dead == &future_) {
    ++place_.event;
    if (lacks_year_) {
      years_popped_ = years_ahead_.front();
      years_ahead_.pop_front();
    }
  } else {
    ++place_.dead;
  }
  item_ = {};
  // A batch goes when its last line has been taken, not when the next is wanted.
  const ParsedBatch& batch = *queue_[place_.batch].batch;
  if (place_.event < batch.events.size() || place_.dead < batch.dead.size()) return;
  settle(place_);
  drop_used_batches();
}

OrderedEvents::Position OrderedEvents::position() const {
  Place next = place_;
  if (!settle(next)) return {.offset = end_, .lines = lines_};
  const Queued& queued = queue_[next.batch];
  const ParsedBatch& batch = *queued.batch;
  const bool dead = is_dead_letter(next);
  const LineOrigin& origin = dead ? batch.dead[next.dead].letter.origin : batch.events[next.event].origin;
  const bool final = dead ? next.dead < queued.prepared_dead : next.event < queued.prepared_events;
  return {.offset = origin.offset, .lines = origin.line - 1 + (final ? 0 : queued.lines_before)};
}

std::string OrderedEvents::order_state() const {
  StateWriter out;
  out.number(kOrderStateVersion);
  out.optional_time(is_settled_ && item_.event != nullptr ? watermark_before_ : watermark_);
  out.optional_time(years_popped_);
  return out.take();
}

void OrderedEvents::drop_used_batches() {
  for (; place_.batch > 0; --place_.batch) queue_.pop_front();
}

bool OrderedEvents::ended() {
  return last_pushed_ && !is_settled_ && !settle(place_);
}

bool OrderedEvents::needs_batch() {
  const Item item = front();
  return item.event == nullptr && item.dead == nullptr && !ended();
}

}  // namespace tocsin
