#include "store/database.h"

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "store/schema.h"
#include "store/statement.h"

namespace tocsin {
namespace {

// How long a statement waits for a reader or writer in another process (`tocsin alarms ls` beside `tocsin tail`).
constexpr int kBusyTimeoutMs = 5000;

// After so many pages in the log a commit moves them into the database: rare enough that pages which are written again
// and again (the engine's state) are moved once, often enough that a commit never has much to move.
constexpr int kCheckpointPages = 2048;

std::string database_path(const std::string& data_dir) {
  if (data_dir.empty()) return {};
  std::error_code error;
  // What logs say is not for everybody: a directory made here is its owner's alone.
  if (std::filesystem::create_directories(data_dir, error)) {
    std::filesystem::permissions(data_dir, std::filesystem::perms::owner_all, error);
  }
  if (error) throw StoreError("cannot make data directory " + data_dir + ": " + error.message());
  return (std::filesystem::path(data_dir) / "tocsin.db").string();
}

void tell_all(void* listeners, bool committed) {
  for (std::function<void(bool)>* told : *static_cast<TransactionListeners*>(listeners)) (*told)(committed);
}

void on_rollback(void* listeners) {
  tell_all(listeners, false);
}

// Called after each commit into the log. The checkpoint passes over what readers still need; where it fails, the pages
// stay in the log and the next one tries again.
int on_commit(void* listeners, sqlite3* handle, const char* name, int pages) {
  tell_all(listeners, true);
  if (pages >= kCheckpointPages) {
    sqlite3_wal_checkpoint_v2(handle, name, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  }
  return SQLITE_OK;
}

void configure(sqlite3* handle, bool temporary, Durability durability) {
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  sqlite3_extended_result_codes(handle, 1);
  execute(handle, "PRAGMA page_size=8192; PRAGMA trusted_schema=OFF");
  if (temporary) {
    // Nobody can open it after a crash, so there is nothing to protect.
    execute(handle, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE");
    execute(handle, "PRAGMA cache_size=-16384");  // KiB of pages; what is more spills to the disk
  } else {
    // Free pages can be given back a few at a time; it counts only where the file is made here.
    execute(handle, "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA journal_size_limit=67108864");
    // For months: the system keeps the file's pages, twice would be wasted.
    execute(handle, "PRAGMA cache_size=-1024");  // of each connection; it fills within some hours
    execute(handle, durability == Durability::kSafe ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
  }
}

}  // namespace

Database Database::open(const std::string& data_dir, Durability durability) {
  const std::string path = database_path(data_dir);
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  Database database(handle);
  if (code != SQLITE_OK) {
    throw StoreError("cannot open " + path + ": " + (handle == nullptr ? "out of memory" : sqlite3_errmsg(handle)),
                     handle == nullptr ? StoreError::Kind::kOther : kind_of_error(handle));
  }
  try {
    configure(handle, path.empty(), durability);
    if (!path.empty()) {
      sqlite3_rollback_hook(handle, on_rollback, database.listeners_.get());
      sqlite3_wal_hook(handle, on_commit, database.listeners_.get());
    }
    migrate(handle, path);
  } catch (const StoreError& error) {
    const std::string words = error.what();
    if (path.empty() || words.find(path) != std::string::npos) throw;
    throw StoreError(path + ": " + words, error.kind());
  }
  return database;
}

Database Database::open_to_read(const std::string& data_dir) {
  const std::string path = (std::filesystem::path(data_dir) / "tocsin.db").string();
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(handle);
  if (code != SQLITE_OK) {
    throw StoreError("cannot open " + path + ": " + (handle == nullptr ? "out of memory" : sqlite3_errmsg(handle)),
                     handle == nullptr ? StoreError::Kind::kOther : kind_of_error(handle));
  }
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  return database;
}

Database Database::open_to_ask(const std::string& data_dir) {
  Database database = open_to_read(data_dir);
  try {
    Statement version(database.handle(), "SELECT version FROM schema_version");
    if (version.step() && version.integer(0) == newest_schema_version()) return database;
  } catch (const StoreError& error) {
    // It has no layout yet, or needs to be recovered, which takes a writer.
    if (error.kind() == StoreError::Kind::kCorrupt) throw;
  }
  return open(data_dir);
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
                   " NOT EXISTS(SELECT 1 FROM engine_state) AND"
                   " (EXISTS(SELECT 1 FROM result) OR EXISTS(SELECT 1 FROM event))");
    unfinished = left.step() && left.integer(0) != 0;
  }
  if (unfinished) execute(database.handle(), "DELETE FROM event; DELETE FROM category; DELETE FROM result");
  transaction.commit();
  return unfinished;
}

bool holds_live_state(Database& database) {
  Statement any(database.handle(), "SELECT EXISTS(SELECT 1 FROM engine_state)");
  return any.step() && any.integer(0) != 0;
}

EndOfTransaction::EndOfTransaction(Database& database, std::function<void(bool committed)> told)
    : listeners_(database.listeners()), told_(std::move(told)) {
  listeners_.push_back(&told_);
}

EndOfTransaction::~EndOfTransaction() {
  std::erase(listeners_, &told_);
}

Transaction::Transaction(sqlite3* handle) : handle_(handle), outermost_(sqlite3_get_autocommit(handle) != 0) {
  if (outermost_) execute(handle_, "BEGIN IMMEDIATE");
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
