#include "store/database.h"

#include <sqlite3.h>

#include <filesystem>
#include <system_error>

#include "store/schema.h"
#include "store/statement.h"

namespace tocsin {
namespace {

// How long a statement waits for a reader or writer in another process (`tocsin alarms ls` beside `tocsin tail`).
constexpr int kBusyTimeoutMs = 5000;

std::string database_path(const std::string& data_dir) {
  if (data_dir.empty()) return {};
  std::error_code error;
  std::filesystem::create_directories(data_dir, error);
  if (error) throw StoreError("cannot make data directory " + data_dir + ": " + error.message());
  return (std::filesystem::path(data_dir) / "tocsin.db").string();
}

void configure(sqlite3* handle, bool temporary) {
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  // 16 MB of pages are kept in memory, the rest is on disk; the temporary database spills there too.
  execute(handle, "PRAGMA page_size=8192; PRAGMA cache_size=-16384; PRAGMA trusted_schema=OFF");
  if (temporary) {
    // Nobody can open it after a crash, so there is nothing to protect.
    execute(handle, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE");
  } else {
    execute(handle, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
  }
}

}  // namespace

Database Database::open(const std::string& data_dir) {
  const std::string path = database_path(data_dir);
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  Database database(handle);
  if (code != SQLITE_OK) {
    throw StoreError("cannot open " + path + ": " + (handle == nullptr ? "out of memory" : sqlite3_errmsg(handle)));
  }
  try {
    configure(handle, path.empty());
    migrate(handle, path);
  } catch (const StoreError& error) {
    const std::string words = error.what();
    if (path.empty() || words.find(path) != std::string::npos) throw;
    throw StoreError(path + ": " + words);
  }
  return database;
}

Database::~Database() {
  sqlite3_close_v2(handle_);
}

bool discard_unfinished_run(Database& database) {
  Transaction transaction(database.handle());
  bool unfinished = false;
  {
    Statement left(database.handle(),
                   "SELECT NOT EXISTS(SELECT 1 FROM result WHERE type='summary') AND"
                   " (EXISTS(SELECT 1 FROM result) OR EXISTS(SELECT 1 FROM event))");
    unfinished = left.step() && left.integer(0) != 0;
  }
  if (unfinished) execute(database.handle(), "DELETE FROM event; DELETE FROM category; DELETE FROM result");
  transaction.commit();
  return unfinished;
}

Transaction::Transaction(sqlite3* handle) : handle_(handle), outermost_(sqlite3_get_autocommit(handle) != 0) {
  if (outermost_) execute(handle_, "BEGIN");
}

Transaction::~Transaction() {
  if (outermost_) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  if (!outermost_) return;
  execute(handle_, "COMMIT");
  outermost_ = false;
}

}  // namespace tocsin
