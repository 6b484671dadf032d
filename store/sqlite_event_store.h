// The categorized store in SQLite: rows by latency class, indexed for the analyzer's queries, written in batches with
// one prepared statement. Appends are buffered and written when the buffer is full, before a query, and by flush(); of
// a live store by flush() alone, so that a full disk never shows in the middle of the engine's work and events are
// committed together with the state that counts them.
#pragma once

#include <memory>

#include "engine/analysis/event_store.h"
#include "store/database.h"

namespace tocsin {

class SqliteEventStore : public EventStore {
 public:
  struct Options {
    Period retention = Period::days(7);   // of event time, behind the newest event
    std::uint64_t max_rows = 10'000'000;  // the oldest go first
    // Nothing is written but by flush(), queries look into the buffer as well, and what is old is Retention's matter.
    bool live = false;
    // Events of lines that are read once more, long after: they are never taken back with a state (StateStore::load).
    bool late_arrivals = false;
    // Asked where a query fails, in the middle of the engine's work, which can't be taken back; it may wait. True: the
    // query goes on behind the last event it gave. False, or none: it throws.
    std::function<bool(const StoreError&)> try_again = {};
  };
  SqliteEventStore(Database& database, Options options);
  ~SqliteEventStore() override;
  void append(const CategorizedEvent& event) override;
  void visit(const EventQuery& query, const std::function<bool(const CategorizedEvent&)>& visitor) override;
  std::vector<CategoryCount> count(const EventQuery& query) override;
  // Inside the caller's transaction the rows are also kept until that has ended: where it fails they are written again
  // by the next flush().
  void flush();
  std::size_t buffered_bytes() const;

 private:
  struct State;
  class Cursor;
  std::vector<CategoryCount> count_all(const EventQuery& query);
  std::unique_ptr<State> state_;
};

}  // namespace tocsin
