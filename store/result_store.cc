#include "store/result_store.h"

#include <utility>

#include "store/statement.h"

namespace tocsin {
namespace {

constexpr std::size_t kBatchRows = 512;
constexpr std::size_t kBatchBytes = 1 << 20;

// The row keeps its arrival when it is replaced, so that a repeated delivery does not change its place.
constexpr std::string_view kInsert =
    "INSERT INTO result(type,id,at,subject,json) VALUES(?1,?2,?3,?4,?5)"
    " ON CONFLICT(type,id) DO UPDATE SET at=?3,subject=?4,json=?5";

}  // namespace

struct ResultStore::State {
  explicit State(sqlite3* database) : handle(database), insert(database, kInsert) { rows.reserve(kBatchRows); }

  void write() {
    if (rows.empty()) return;
    Transaction transaction(handle);
    for (const ResultRow& row : rows) {
      insert.bind(1, row.type).bind(2, row.id).bind(3, row.at.ms).bind(4, row.subject).bind(5, row.json).run();
    }
    rows.clear();
    bytes = 0;
    transaction.commit();
  }

  sqlite3* handle;
  Statement insert;
  std::vector<ResultRow> rows;
  std::size_t bytes = 0;
};

ResultStore::ResultStore(Database& database) : state_(std::make_unique<State>(database.handle())) {}

ResultStore::~ResultStore() {
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
  if (state_->rows.size() >= kBatchRows || state_->bytes >= kBatchBytes) flush();
}

void ResultStore::visit(const std::string& type, const std::string& subject, const std::string& id,
                        const std::function<bool(const ResultRow&)>& visitor) {
  flush();
  std::string sql = "SELECT type,id,at,subject,json FROM result WHERE type=?1";
  if (!id.empty()) sql += " AND id=?2";
  if (!subject.empty()) sql += " AND subject=?3";
  Statement statement(state_->handle, sql + " ORDER BY at,arrival");
  statement.bind(1, type);
  if (!id.empty()) statement.bind(2, id);
  if (!subject.empty()) statement.bind(3, subject);
  while (statement.step()) {
    const ResultRow row{.type = std::string(statement.text(0)),
                        .id = std::string(statement.text(1)),
                        .at = {statement.integer(2)},
                        .subject = std::string(statement.text(3)),
                        .json = std::string(statement.text(4))};
    if (!visitor(row)) return;
  }
}

void ResultStore::flush() {
  state_->write();
}

void ResultStore::expire(EventTime before) {
  flush();
  Statement(state_->handle, "DELETE FROM result WHERE at<?").bind(1, before.ms).run();
}

}  // namespace tocsin
