#include "store/schema.h"

#include <array>

#include "store/database.h"
#include "store/statement.h"

namespace tocsin {
namespace {

// Marks the file as ours ("TOCS"), so that another program's database is not written into.
constexpr std::int64_t kApplicationId = 0x544f4353;

// Entry i leads from version i to version i + 1. An entry that has been released never changes; a new one is added.
//
// The events have one index, by time alone. Events come almost in the order of time, so its pages are filled at their
// end, which costs a third of a microsecond less per row than an index by service and time; a query for one service
// reads the rows of the others in its range, which the ranges of the analyzer make cheap. The rowid is the order of
// arrival.
constexpr std::array<const char*, 1> kMigrations = {
    "CREATE TABLE category(code INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE event(id INTEGER PRIMARY KEY, time INTEGER NOT NULL, service TEXT NOT NULL, category INTEGER NOT "
    "NULL,"
    " level INTEGER NOT NULL, latency_ms REAL, file INTEGER NOT NULL, line INTEGER NOT NULL, offset INTEGER NOT NULL,"
    " trace TEXT NOT NULL, upstream TEXT NOT NULL, message TEXT NOT NULL);"
    "CREATE INDEX event_by_time ON event(time);"
    "CREATE TABLE result(arrival INTEGER PRIMARY KEY, type TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL,"
    " subject TEXT NOT NULL, json TEXT NOT NULL);"
    "CREATE UNIQUE INDEX result_by_id ON result(type, id);"
    "CREATE INDEX result_by_time ON result(type, at);",
};

std::int64_t single_integer(sqlite3* handle, std::string_view sql) {
  Statement statement(handle, sql);
  return statement.step() ? statement.integer(0) : 0;
}

}  // namespace

int newest_schema_version() {
  return static_cast<int>(kMigrations.size());
}

void migrate(sqlite3* handle, const std::string& path) {
  Transaction transaction(handle);
  const std::int64_t id = single_integer(handle, "PRAGMA application_id");
  const std::int64_t tables = single_integer(handle, "SELECT count(*) FROM sqlite_schema");
  if (id != kApplicationId && (id != 0 || tables != 0)) {
    throw StoreError(path + " is the database of another program; give tocsin a data directory of its own");
  }
  std::int64_t version = 0;
  if (tables == 0) {
    execute(handle, ("PRAGMA application_id=" + std::to_string(kApplicationId)).c_str());
    execute(handle, "CREATE TABLE schema_version(version INTEGER NOT NULL); INSERT INTO schema_version VALUES(0)");
  } else {
    version = single_integer(handle, "SELECT version FROM schema_version");
  }
  if (version > newest_schema_version()) {
    throw StoreError(path + " was written by a newer tocsin (schema " + std::to_string(version) + ", this one knows " +
                     std::to_string(newest_schema_version()) + "); use that version or another data directory");
  }
  if (version == newest_schema_version()) return;
  for (auto i = static_cast<std::size_t>(version); i < kMigrations.size(); ++i) execute(handle, kMigrations[i]);
  Statement(handle, "UPDATE schema_version SET version=?").bind(1, std::int64_t{newest_schema_version()}).run();
  transaction.commit();
}

}  // namespace tocsin
