#include "store/schema.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>

#include "store/database.h"
#include "store/owner_lock.h"
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
//
// engine_state and checkpoint hold two generations, 0 the newer one; see state_store.h. Rows of `delivery` with
// blocked=1 wait for an earlier pending one of the same contact point and order key, so that what is due is found by an
// index however many wait. `delivery_count` is kept by triggers, because counting millions of rows takes long.
constexpr std::array<const char*, 2> kMigrations = {
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

    "CREATE INDEX result_by_age ON result(at);"
    "CREATE TABLE engine_state(generation INTEGER PRIMARY KEY, serial INTEGER NOT NULL, last_event INTEGER NOT NULL,"
    " checkpoints INTEGER NOT NULL, checkpoint_sum INTEGER NOT NULL, checksum INTEGER NOT NULL, engine BLOB NOT NULL);"
    "CREATE TABLE checkpoint(generation INTEGER NOT NULL, source TEXT NOT NULL, key TEXT NOT NULL, checksum INTEGER NOT"
    " NULL, value BLOB NOT NULL, PRIMARY KEY(generation, source, key)) WITHOUT ROWID;"
    "CREATE TABLE delivery(sequence INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, contact_point TEXT NOT NULL,"
    " order_key TEXT NOT NULL, state INTEGER NOT NULL, blocked INTEGER NOT NULL, due INTEGER NOT NULL, created INTEGER"
    " NOT NULL, at INTEGER NOT NULL, attempts INTEGER NOT NULL, redrives INTEGER NOT NULL, disposition INTEGER NOT "
    "NULL,"
    " type TEXT NOT NULL, reason TEXT NOT NULL, why TEXT NOT NULL, labels BLOB NOT NULL, payload TEXT NOT NULL);"
    "CREATE UNIQUE INDEX delivery_by_id ON delivery(id, contact_point);"
    "CREATE INDEX delivery_by_due ON delivery(contact_point, due, sequence) WHERE state=0 AND blocked=0;"
    "CREATE INDEX delivery_by_order ON delivery(contact_point, order_key, sequence) WHERE state=0;"
    "CREATE INDEX delivery_by_creation ON delivery(contact_point, created) WHERE state=0;"
    "CREATE INDEX delivery_by_age ON delivery(at) WHERE state<>0;"
    "CREATE TABLE delivery_count(contact_point TEXT NOT NULL, state INTEGER NOT NULL, number INTEGER NOT NULL,"
    " PRIMARY KEY(contact_point, state)) WITHOUT ROWID;"
    "CREATE TRIGGER delivery_added AFTER INSERT ON delivery BEGIN"
    " INSERT INTO delivery_count VALUES(new.contact_point, new.state, 1)"
    " ON CONFLICT DO UPDATE SET number=number+1; END;"
    "CREATE TRIGGER delivery_changed AFTER UPDATE OF state ON delivery WHEN old.state<>new.state BEGIN"
    " UPDATE delivery_count SET number=number-1 WHERE contact_point=old.contact_point AND state=old.state;"
    " INSERT INTO delivery_count VALUES(new.contact_point, new.state, 1)"
    " ON CONFLICT DO UPDATE SET number=number+1; END;"
    "CREATE TRIGGER delivery_removed AFTER DELETE ON delivery BEGIN"
    " UPDATE delivery_count SET number=number-1 WHERE contact_point=old.contact_point AND state=old.state; END;"
    "CREATE TABLE attempt(sequence INTEGER NOT NULL, serial INTEGER NOT NULL, number INTEGER NOT NULL, at INTEGER NOT"
    " NULL, took INTEGER NOT NULL, status INTEGER NOT NULL, error TEXT NOT NULL, retry_after TEXT NOT NULL, date TEXT "
    "NOT"
    " NULL, step INTEGER NOT NULL, reason INTEGER NOT NULL, next INTEGER NOT NULL, reply TEXT NOT NULL,"
    " PRIMARY KEY(sequence, serial)) WITHOUT ROWID;"
    "CREATE TABLE closed_contact_point(name TEXT PRIMARY KEY, reason TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE silence(id TEXT PRIMARY KEY, matchers TEXT NOT NULL, starts INTEGER NOT NULL, ends INTEGER NOT NULL,"
    " comment TEXT NOT NULL, created_by TEXT NOT NULL);",
};

std::int64_t single_integer(sqlite3* handle, std::string_view sql) {
  Statement statement(handle, sql);
  return statement.step() ? statement.integer(0) : 0;
}

void sync(const std::filesystem::path& path) {
  std::FILE* file = std::fopen(path.c_str(), "r");
  const bool done = file != nullptr && fsync(fileno(file)) == 0;
  if (file != nullptr) std::fclose(file);
  if (!done) throw StoreError("cannot write " + path.string(), StoreError::Kind::kIo);
}

// A copy of the database as it was, beside it: tocsin.db.v1.bak. Complete or not there at all.
void back_up(sqlite3* handle, const std::string& path, std::int64_t version) {
  const std::filesystem::path backup = path + ".v" + std::to_string(version) + ".bak";
  const std::filesystem::path part = backup.string() + "." + std::to_string(getpid());
  std::error_code ignored;
  std::filesystem::remove(part, ignored);
  try {
    Statement(handle, "VACUUM INTO ?").bind(1, part.string()).run();
    sync(part);
  } catch (const StoreError& error) {
    std::filesystem::remove(part, ignored);
    throw StoreError("cannot back " + path + " up before its layout is changed: " + error.what(), error.kind());
  }
  std::filesystem::permissions(part, std::filesystem::status(path).permissions(), ignored);
  std::error_code error;
  std::filesystem::rename(part, backup, error);
  if (error) throw StoreError("cannot make " + backup.string() + ": " + error.message(), StoreError::Kind::kIo);
  sync(backup.parent_path());
}

// Nobody's tables are changed under them.
void refuse_other_owner(const std::string& path) {
  const std::string data_dir = std::filesystem::path(path).parent_path().string();
  const int owner = OwnerLock::owner_of(data_dir);
  if (owner == 0 || owner == getpid()) return;
  throw StoreError(
      path + " has the layout of an older tocsin, which runs (process " + std::to_string(owner) + "); stop it first",
      StoreError::Kind::kBusy);
}

// Zero for a database without tables.
std::int64_t version_of(sqlite3* handle, const std::string& path) {
  const std::int64_t id = single_integer(handle, "PRAGMA application_id");
  const std::int64_t tables = single_integer(handle, "SELECT count(*) FROM sqlite_schema");
  if (id != kApplicationId && (id != 0 || tables != 0)) {
    throw StoreError(path + " is the database of another program; give tocsin a data directory of its own");
  }
  const std::int64_t version = tables == 0 ? 0 : single_integer(handle, "SELECT version FROM schema_version");
  if (version > newest_schema_version()) {
    throw StoreError(path + " was written by a newer tocsin (schema " + std::to_string(version) + ", this one knows " +
                     std::to_string(newest_schema_version()) + "); use that version or another data directory");
  }
  if (version < 0) throw StoreError(path + ": its schema version is damaged", StoreError::Kind::kCorrupt);
  return version;
}

}  // namespace

int newest_schema_version() {
  return static_cast<int>(kMigrations.size());
}

void migrate(sqlite3* handle, const std::string& path) {
  // The usual case takes no lock, so that a reader never waits for a writer.
  const std::int64_t found = version_of(handle, path);
  if (found == newest_schema_version()) return;
  if (found > 0) {
    refuse_other_owner(path);
    back_up(handle, path, found);
  }
  Transaction transaction(handle);
  const std::int64_t version = version_of(handle, path);  // another process may have been faster
  if (version == newest_schema_version()) return;
  if (single_integer(handle, "SELECT count(*) FROM sqlite_schema") == 0) {
    execute(handle, ("PRAGMA application_id=" + std::to_string(kApplicationId)).c_str());
    execute(handle, "CREATE TABLE schema_version(version INTEGER NOT NULL); INSERT INTO schema_version VALUES(0)");
  }
  for (auto i = static_cast<std::size_t>(version); i < kMigrations.size(); ++i) execute(handle, kMigrations[i]);
  Statement(handle, "UPDATE schema_version SET version=?").bind(1, std::int64_t{newest_schema_version()}).run();
  transaction.commit();
}

}  // namespace tocsin
