// The SQLite database of a data directory, or a private temporary one that spills to disk and vanishes. One thread at a
// time. Errors are exceptions (StoreError) with SQLite's own words.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

struct sqlite3;

namespace tocsin {

class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Database {
 public:
  // <data_dir>/tocsin.db in WAL mode, made and migrated where needed; an empty data_dir: a temporary database.
  static Database open(const std::string& data_dir);
  ~Database();
  Database(Database&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Database& operator=(Database&&) = delete;
  sqlite3* handle() const { return handle_; }

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  sqlite3* handle_ = nullptr;
};

// Forgets what a run left behind that never came to its summary (it was killed, or the disk was full): mixed with
// another run's events its numbers would be nobody's. Before the stores are made; true where there was something.
bool discard_unfinished_run(Database& database);

// One transaction over several statements, rolled back unless committed. Inside another it joins that one, so that the
// parts of a batch can be committed together by their caller.
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
