#include "store/database_inspection.h"

#include "store/schema.h"
#include "store/statement.h"

namespace tocsin {
namespace {

constexpr std::int64_t kMostFaults = 20;

std::uint64_t number(sqlite3* handle, const char* sql) {
  Statement statement(handle, sql);
  return statement.step() ? static_cast<std::uint64_t>(statement.integer(0)) : 0;
}

void look(Database& database, DatabaseInspection& found) {
  sqlite3* handle = database.handle();
  const std::uint64_t page = number(handle, "PRAGMA page_size");
  found.bytes = page * number(handle, "PRAGMA page_count");
  found.free_bytes = page * number(handle, "PRAGMA freelist_count");
  {
    Statement check(handle, "PRAGMA integrity_check(" + std::to_string(kMostFaults) + ")");
    while (check.step()) {
      if (check.text(0) != "ok") found.integrity.emplace_back(check.text(0));
    }
  }
  found.schema_version = static_cast<std::int64_t>(number(handle, "SELECT version FROM schema_version"));
  if (found.schema_version != newest_schema_version()) return;
  found.states = StateStore(database).inspect();
  found.events = number(handle, "SELECT count(*) FROM event");
  found.results = number(handle, "SELECT count(*) FROM result");
  found.dead_letters = number(handle, "SELECT count(*) FROM result WHERE type='dead_letter'");
  SqliteOutbox outbox(database);
  found.deliveries = outbox.totals();
  found.closed = outbox.closed();
}

}  // namespace

DatabaseInspection inspect_database(const std::string& data_dir) {
  DatabaseInspection found;
  try {
    Database database = Database::open_to_read(data_dir);
    look(database, found);
  } catch (const StoreError& error) {
    found.problem = error.what();
  }
  return found;
}

}  // namespace tocsin
