// The SQLite database of a data directory, or a private temporary one that spills to disk and vanishes. One thread at a
// time. Errors are exceptions (StoreError) with SQLite's own words.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

struct sqlite3;

namespace tocsin {

class StoreError : public std::runtime_error {
 public:
  // What the caller can do about it: wait for room, try again, or give up.
  enum class Kind {
    kFull,     // the disk, a quota or the largest file size: goes on when there is room
    kIo,       // the disk can't be read or written
    kBusy,     // another process wrote for longer than one waits
    kCorrupt,  // the file is damaged, or is no database
    kOther,
  };
  explicit StoreError(const std::string& message, Kind kind = Kind::kOther)
      : std::runtime_error(message), kind_(kind) {}
  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

// What a commit promises. kSafe: it outlives a power cut (each commit waits for the disk), for what receivers are told
// of. kFast: it outlives the process; a power cut may take the newest commits, and never leaves half of one.
enum class Durability { kFast, kSafe };

// Who wants to know how the transactions of a connection ended; see EndOfTransaction.
using TransactionListeners = std::vector<std::function<void(bool)>*>;

class Database {
 public:
  // <data_dir>/tocsin.db in WAL mode, made and migrated where needed; an empty data_dir: a temporary database.
  static Database open(const std::string& data_dir, Durability durability = Durability::kFast);
  // To look at only: nothing is made, migrated or changed, whatever its layout.
  static Database open_to_read(const std::string& data_dir);
  // For commands that only ask: needs no room on the disk and disturbs nobody. An older layout is migrated first.
  static Database open_to_ask(const std::string& data_dir);
  ~Database();
  Database(Database&& other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)), listeners_(std::move(other.listeners_)) {}
  Database& operator=(Database&&) = delete;
  sqlite3* handle() const { return handle_; }
  TransactionListeners& listeners() { return *listeners_; }

 private:
  explicit Database(sqlite3* handle) : handle_(handle), listeners_(std::make_unique<TransactionListeners>()) {}
  sqlite3* handle_ = nullptr;
  std::unique_ptr<TransactionListeners> listeners_;  // its place stays the same when the database is moved
};

// Calls `told` when a write transaction of the connection has ended, with whether it was committed: rows written inside
// somebody else's transaction may be forgotten only then. Not told by temporary databases, which can't roll back. The
// database must outlive it.
class EndOfTransaction {
 public:
  EndOfTransaction(Database& database, std::function<void(bool committed)> told);
  ~EndOfTransaction();
  EndOfTransaction(const EndOfTransaction&) = delete;
  EndOfTransaction& operator=(const EndOfTransaction&) = delete;

 private:
  TransactionListeners& listeners_;
  std::function<void(bool)> told_;
};

// Forgets what a run left behind that never came to its summary (it was killed, or the disk was full): mixed with
// another run's events its numbers would be nobody's. What live sources left goes on and is never touched. Before the
// stores are made; true where there was something.
bool discard_unfinished_run(Database& database);
// Live sources have been followed into this directory: it is theirs.
bool holds_live_state(Database& database);

// One writing transaction over several statements, rolled back unless committed. Inside another it joins that one, so
// that the parts of a batch can be committed together by their caller. It waits for other writers when it begins, so
// that no statement within fails because of them.
class Transaction {
 public:
  explicit Transaction(sqlite3* handle);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  sqlite3* handle_;
  bool outermost_;
};

}  // namespace tocsin
