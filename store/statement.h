// One prepared statement: values are bound by position from 1, columns read by position from 0, errors are StoreError.
// Texts are bytes: NUL and invalid UTF-8 come back as they went in. Bound texts must outlive the step. One thread at a
// time.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "store/database.h"

struct sqlite3_stmt;

namespace tocsin {

class Statement {
 public:
  Statement(sqlite3* handle, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int position, std::int64_t value);
  Statement& bind(int position, double value);  // NaN is stored as NULL
  Statement& bind(int position, std::string_view text);
  Statement& bind_bytes(int position, std::string_view bytes);  // not a text: sqlite's own tools show it as hex

  bool step();  // true: a row stands ready; false: done, ready for the next binding
  void run();   // a statement without rows
  void reset();

  std::int64_t integer(int column) const;
  double real(int column) const;            // NULL is NaN
  std::string_view text(int column) const;  // valid until the next step

 private:
  sqlite3* handle_;
  sqlite3_stmt* statement_ = nullptr;
};

// Statements without parameters, separated by semicolons.
void execute(sqlite3* handle, const char* sql);
// Of the connection's newest error.
StoreError::Kind kind_of_error(sqlite3* handle);
// Throws StoreError with SQLite's own words.
[[noreturn]] void fail(sqlite3* handle, std::string_view doing);

}  // namespace tocsin
