#include "store/result_store.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "store/statement.h"

namespace tocsin {
namespace {

constexpr std::size_t kBatchRows = 512;
constexpr std::size_t kBatchBytes = 1 << 20;

// Read at once by visit(): no statement stays open while a visitor works, which may be a slow terminal, because the
// database's log could not be emptied as long.
constexpr std::int64_t kPieceRows = 256;
constexpr std::size_t kPieceBytes = 4 << 20;

// The row keeps its arrival when it is replaced, so that a repeated delivery does not change its place.
constexpr std::string_view kInsert =
    "INSERT INTO result(type,id,at,subject,json) VALUES(?1,?2,?3,?4,?5)"
    " ON CONFLICT(type,id) DO UPDATE SET at=?3,subject=?4,json=?5";

}  // namespace

struct ResultStore::State {
  State(Database& database, bool is_live)
      : live(is_live),
        handle(database.handle()),
        end(database, [this](bool committed) { settle(committed); }),
        insert(handle, kInsert) {
    rows.reserve(kBatchRows);
  }

  std::size_t unwritten() const { return rows.size() - written; }

  // Rows that were written inside the caller's transaction are kept until it has ended, to be written again if it
  // failed.
  void write() {
    if (unwritten() == 0) return;
    Transaction transaction(handle);
    const std::size_t before = written;
    try {
      for (; written < rows.size(); ++written) {
        const ResultRow& row = rows[written];
        insert.bind(1, row.type).bind(2, row.id).bind(3, row.at.ms).bind(4, row.subject).bind(5, row.json).run();
      }
      bytes = 0;
      transaction.commit();
    } catch (const StoreError&) {
      written = std::min(written, before);
      throw;
    }
    if (temporary && sqlite3_get_autocommit(handle) != 0) settle(true);
  }

  void settle(bool committed) {
    if (committed) rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(written));
    written = 0;
  }

  bool live;
  sqlite3* handle;
  EndOfTransaction end;
  Statement insert;
  bool temporary = sqlite3_db_filename(handle, "main")[0] == '\0';
  std::vector<ResultRow> rows;
  std::size_t written = 0;  // the first so many rows are in the table, if the transaction holds
  std::size_t bytes = 0;    // of those that aren't
};

ResultStore::ResultStore(Database& database, bool live) : state_(std::make_unique<State>(database, live)) {}

ResultStore::~ResultStore() {
  if (state_->live) return;  // what is not committed happens again
  // The owner calls flush() and hears of errors; here there is nobody left to tell.
  try {
    flush();
  } catch (const StoreError&) {
    state_->rows.clear();
  }
}

void ResultStore::put(const ResultRow& row) {
  state_->rows.push_back(row);
  state_->bytes += row.json.size() + row.subject.size() + row.id.size();
  if (state_->live) return;
  if (state_->unwritten() >= kBatchRows || state_->bytes >= kBatchBytes) flush();
}

std::size_t ResultStore::buffered_bytes() const {
  return state_->bytes;
}

namespace {

// Where a piece ended.
struct Place {
  std::int64_t at = std::numeric_limits<std::int64_t>::min();
  std::int64_t arrival = 0;
};

struct Wanted {
  const std::string& type;
  const std::string& subject;
  const std::string& id;
};

// The rows behind `place`: those of the same instant, then the later ones, each by the index. False where there are
// no more behind what `piece` has got.
bool read_piece(sqlite3* handle, const Wanted& wanted, Place& place, std::vector<ResultRow>& piece) {
  std::size_t bytes = 0;
  for (const std::string_view behind : {" AND at=?4 AND arrival>?5", " AND at>?4"}) {
    std::string sql = "SELECT type,id,at,subject,json,arrival FROM result WHERE type=?1" + std::string(behind);
    if (!wanted.id.empty()) sql += " AND id=?2";
    if (!wanted.subject.empty()) sql += " AND subject=?3";
    Statement statement(handle, sql + " ORDER BY at,arrival");
    statement.bind(1, wanted.type).bind(4, place.at);
    if (behind.find("?5") != std::string_view::npos) statement.bind(5, place.arrival);
    if (!wanted.id.empty()) statement.bind(2, wanted.id);
    if (!wanted.subject.empty()) statement.bind(3, wanted.subject);
    while (statement.step()) {
      piece.push_back({.type = std::string(statement.text(0)),
                       .id = std::string(statement.text(1)),
                       .at = {statement.integer(2)},
                       .subject = std::string(statement.text(3)),
                       .json = std::string(statement.text(4))});
      place = {statement.integer(2), statement.integer(5)};
      bytes += piece.back().json.size();
      if (piece.size() >= static_cast<std::size_t>(kPieceRows) || bytes >= kPieceBytes) return true;
    }
  }
  return false;
}

}  // namespace

void ResultStore::visit(const std::string& type, const std::string& subject, const std::string& id,
                        const std::function<bool(const ResultRow&)>& visitor) {
  flush();
  Place place;
  bool more = true;
  while (more) {
    std::vector<ResultRow> piece;
    more = read_piece(state_->handle, {type, subject, id}, place, piece);
    for (const ResultRow& row : piece) {
      if (!visitor(row)) return;
    }
  }
}

void ResultStore::flush() {
  state_->write();
}

void ResultStore::remove(const std::string& type, const std::vector<std::string>& ids) {
  flush();
  Transaction transaction(state_->handle);
  Statement statement(state_->handle, "DELETE FROM result WHERE type=?1 AND id=?2");
  for (const std::string& id : ids) statement.bind(1, type).bind(2, id).run();
  transaction.commit();
}

void ResultStore::expire(EventTime before) {
  flush();
  Statement(state_->handle, "DELETE FROM result WHERE at<?").bind(1, before.ms).run();
}

}  // namespace tocsin
