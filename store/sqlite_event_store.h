// The categorized store in SQLite: rows by latency class, indexed for the analyzer's queries, written in batches with
// one prepared statement. Appends are buffered and written when the buffer is full, before a query, and by flush().
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
  };
  SqliteEventStore(Database& database, Options options);
  ~SqliteEventStore() override;
  void append(const CategorizedEvent& event) override;
  void visit(const EventQuery& query, const std::function<bool(const CategorizedEvent&)>& visitor) override;
  std::vector<CategoryCount> count(const EventQuery& query) override;
  void flush();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tocsin
