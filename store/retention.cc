#include "store/retention.h"

#include <limits>

#include "store/sqlite_outbox.h"
#include "store/statement.h"

namespace tocsin {
namespace {

// Rows of a bite: a few milliseconds' work.
constexpr std::int64_t kBite = 500;
// Given back to the file system at a time, once so many are free: fewer are soon used again.
constexpr std::int64_t kPagesGivenBack = 128;
constexpr std::int64_t kPagesKept = 4096;

constexpr EventTime kEver{std::numeric_limits<std::int64_t>::max()};

std::int64_t number(sqlite3* handle, const char* sql) {
  Statement statement(handle, sql);
  return statement.step() ? statement.integer(0) : 0;
}

std::int64_t remove(sqlite3* handle, const char* sql, EventTime before) {
  Transaction transaction(handle);
  Statement(handle, sql).bind(1, before.ms).bind(2, kBite).run();
  const std::int64_t removed = number(handle, "SELECT changes()");
  transaction.commit();
  return removed;
}

std::int64_t remove_events(sqlite3* handle, EventTime before) {
  return remove(handle, "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE time<?1 ORDER BY time LIMIT ?2)",
                before);
}

std::int64_t remove_results(sqlite3* handle, EventTime before) {
  return remove(handle,
                "DELETE FROM result WHERE arrival IN (SELECT arrival FROM result WHERE at<?1 ORDER BY at LIMIT ?2)",
                before);
}

}  // namespace

// One kind at a time, in the order in which they can be done without. True: something was removed.
bool Retention::remove_older(EventTime before, Removed& removed) {
  sqlite3* handle = database_.handle();
  if (const std::int64_t events = remove_events(handle, before); events > 0) {
    removed.events += static_cast<std::uint64_t>(events);
    return true;
  }
  if (const std::int64_t results = remove_results(handle, before); results > 0) {
    removed.results += static_cast<std::uint64_t>(results);
    return true;
  }
  const std::int64_t deliveries = remove_finished_deliveries(handle, before, kBite);
  removed.deliveries += static_cast<std::uint64_t>(deliveries);
  return deliveries > 0;
}

// Free pages go back to the file system only in files that were made so; in others they are used again.
bool Retention::shrink() {
  sqlite3* handle = database_.handle();
  if (number(handle, "PRAGMA auto_vacuum") != 2) return false;
  if (number(handle, "PRAGMA freelist_count") < kPagesKept + kPagesGivenBack) return false;
  execute(handle, ("PRAGMA incremental_vacuum(" + std::to_string(kPagesGivenBack) + ")").c_str());
  return true;
}

bool Retention::step(EventTime now) {
  over_full_ = false;
  if (remove_older(now - rules_.age, by_age_)) return true;
  sqlite3* handle = database_.handle();
  const std::int64_t pages = number(handle, "PRAGMA page_count") - number(handle, "PRAGMA freelist_count");
  const std::int64_t bytes = pages * number(handle, "PRAGMA page_size");
  if (bytes > 0 && static_cast<std::uint64_t>(bytes) > rules_.max_bytes) {
    if (remove_older(kEver, by_size_)) return true;
    over_full_ = true;
  }
  return shrink();
}

}  // namespace tocsin
