#include "store/statement.h"

#include <sqlite3.h>

#include <cerrno>
#include <limits>
#include <string>
#include <system_error>

namespace tocsin {
namespace {

// SQLite calls a database malformed whose disk fails to read it (EIO). The files know what it was.
bool could_not_be_read(sqlite3* handle) {
  if ((sqlite3_extended_errcode(handle) & 0xff) != SQLITE_CORRUPT) return false;
  for (const int which : {SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER}) {
    sqlite3_file* file = nullptr;
    int last = 0;
    if (sqlite3_file_control(handle, "main", which, static_cast<void*>(&file)) != SQLITE_OK || file == nullptr)
      continue;
    if (file->pMethods == nullptr) continue;
    if (file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &last) == SQLITE_OK && last == EIO) return true;
  }
  return false;
}

// "disk I/O error" alone helps nobody: the system's own word is added.
std::string words_of_error(sqlite3* handle) {
  if (could_not_be_read(handle)) return "disk I/O error (" + std::generic_category().message(EIO) + ")";
  std::string words = sqlite3_errmsg(handle);
  const int code = sqlite3_errcode(handle);
  const int system = sqlite3_system_errno(handle);
  if ((code == SQLITE_IOERR || code == SQLITE_CANTOPEN) && system != 0) {
    words += " (" + std::generic_category().message(system) + ")";
  }
  return words;
}

}  // namespace

StoreError::Kind kind_of_error(sqlite3* handle) {
  const int system = sqlite3_system_errno(handle);
  switch (sqlite3_extended_errcode(handle) & 0xff) {
    case SQLITE_FULL:
      return StoreError::Kind::kFull;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      // SQLite takes only a write's ENOSPC for a full disk.
      if (system == ENOSPC || system == EDQUOT || system == EFBIG) return StoreError::Kind::kFull;
      return StoreError::Kind::kIo;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return StoreError::Kind::kIo;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return StoreError::Kind::kBusy;
    case SQLITE_CORRUPT:
      return could_not_be_read(handle) ? StoreError::Kind::kIo : StoreError::Kind::kCorrupt;
    case SQLITE_NOTADB:
      return StoreError::Kind::kCorrupt;
    default:
      return StoreError::Kind::kOther;
  }
}

void fail(sqlite3* handle, std::string_view doing) {
  throw StoreError("database: " + std::string(doing) + ": " + words_of_error(handle), kind_of_error(handle));
}

void execute(sqlite3* handle, const char* sql) {
  if (sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(handle, sql);
}

Statement::Statement(sqlite3* handle, std::string_view sql) : handle_(handle) {
  const int length = static_cast<int>(sql.size());
  if (sqlite3_prepare_v2(handle, sql.data(), length, &statement_, nullptr) != SQLITE_OK) fail(handle, sql);
}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

Statement& Statement::bind(int position, std::int64_t value) {
  if (sqlite3_bind_int64(statement_, position, value) != SQLITE_OK) fail(handle_, "bind");
  return *this;
}

Statement& Statement::bind(int position, double value) {
  if (sqlite3_bind_double(statement_, position, value) != SQLITE_OK) fail(handle_, "bind");
  return *this;
}

Statement& Statement::bind(int position, std::string_view text) {
  // A null pointer would be stored as NULL, not as an empty text.
  const char* data = text.data() == nullptr ? "" : text.data();
  if (sqlite3_bind_text64(statement_, position, data, text.size(), SQLITE_STATIC, SQLITE_UTF8) != SQLITE_OK) {
    fail(handle_, "bind");
  }
  return *this;
}

Statement& Statement::bind_bytes(int position, std::string_view bytes) {
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  if (sqlite3_bind_blob64(statement_, position, data, bytes.size(), SQLITE_STATIC) != SQLITE_OK) fail(handle_, "bind");
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) {
    const std::string sql = sqlite3_sql(statement_);
    const std::string words = words_of_error(handle_);
    const StoreError::Kind kind = kind_of_error(handle_);
    sqlite3_reset(statement_);
    throw StoreError("database: " + sql + ": " + words, kind);
  }
  sqlite3_reset(statement_);
  return false;
}

void Statement::run() {
  while (step()) {
  }
}

void Statement::reset() {
  sqlite3_reset(statement_);
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double Statement::real(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::numeric_limits<double>::quiet_NaN();
  return sqlite3_column_double(statement_, column);
}

std::string_view Statement::text(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

}  // namespace tocsin
