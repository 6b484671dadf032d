// The SQLite database of a data directory, or a private temporary one that spills to disk and vanishes. One thread at a time.
// Errors are exceptions (StoreError) with SQLite's own words.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

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
  Database(Database&&) noexcept;
  sqlite3* handle() const { return handle_; }

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  sqlite3* handle_ = nullptr;
};

}  // namespace tocsin
