#include "store/sqlite_event_store.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "store/statement.h"

namespace tocsin {
namespace {

// A batch is written when it has so many rows or so much text: large enough to make a transaction's cost vanish, small
// enough that the batch stays in the processor's cache and long messages can't fill the memory.
constexpr std::size_t kBatchRows = 4096;
constexpr std::size_t kBatchText = 1 << 20;

constexpr std::string_view kInsert = "INSERT INTO event VALUES(NULL,?,?,?,?,?,?,?,?,?,?,?)";
constexpr std::string_view kColumns =
    "SELECT time,service,category,level,latency_ms,file,line,offset,trace,upstream,message FROM event";

std::int64_t as_signed(std::uint64_t value) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(value, std::numeric_limits<std::int64_t>::max()));
}

}  // namespace

struct SqliteEventStore::State {
  // A text's place in the batch's `text`: offsets, because `text` may move while it grows.
  struct Piece {
    std::uint32_t at = 0, size = 0;
  };
  struct Row {
    EventTime time;
    std::int64_t category = 0;
    Level level = Level::kNone;
    double latency_ms = 0;
    LineOrigin origin;
    Piece service, trace, upstream, message;
  };

  State(sqlite3* database, Options wanted)
      : handle(database),
        options(wanted),
        insert(database, kInsert),
        insert_category(database, "INSERT INTO category VALUES(?,?)") {
    rows.reserve(kBatchRows);
    text.reserve(kBatchText + kMaxStoredMessage + 3 * kMaxStoredName);
    Statement known(handle, "SELECT name FROM category ORDER BY code");
    while (known.step()) categories.emplace_back(known.text(0));
    Statement extent(handle, "SELECT count(*),min(time),max(time) FROM event");
    if (extent.step()) {
      stored = static_cast<std::uint64_t>(extent.integer(0));
      if (stored > 0) {
        oldest = {extent.integer(1)};
        newest = {extent.integer(2)};
      }
    }
  }

  Piece keep(std::string_view value, std::size_t max_bytes) {
    value = stored_text(value, max_bytes);
    const Piece piece{static_cast<std::uint32_t>(text.size()), static_cast<std::uint32_t>(value.size())};
    text.append(value);
    return piece;
  }
  std::string_view at(Piece piece) const { return std::string_view(text).substr(piece.at, piece.size); }

  // Codes count from 0 in the order first seen. There are a handful, so a search beats a hash table.
  std::int64_t category_code(std::string_view name) {
    name = stored_text(name, kMaxStoredName);
    for (std::size_t i = 0; i < categories.size(); ++i) {
      if (categories[i] == name) return static_cast<std::int64_t>(i);
    }
    const auto code = static_cast<std::int64_t>(categories.size());
    insert_category.bind(1, code).bind(2, name).run();
    categories.emplace_back(name);
    return code;
  }

  void write() {
    if (rows.empty()) return;
    Transaction transaction(handle);
    for (const Row& row : rows) {
      insert.bind(1, row.time.ms).bind(2, at(row.service)).bind(3, row.category);
      insert.bind(4, static_cast<std::int64_t>(row.level)).bind(5, row.latency_ms);
      insert.bind(6, std::int64_t{row.origin.file}).bind(7, as_signed(row.origin.line));
      insert.bind(8, as_signed(row.origin.offset)).bind(9, at(row.trace)).bind(10, at(row.upstream));
      insert.bind(11, at(row.message)).run();
      oldest = stored == 0 ? row.time : std::min(oldest, row.time);
      newest = stored == 0 ? row.time : std::max(newest, row.time);
      ++stored;
    }
    rows.clear();
    text.clear();
    expire();
    transaction.commit();
  }

  void expire() {
    const EventTime cutoff = newest - options.retention;
    if (oldest < cutoff) {
      Statement(handle, "DELETE FROM event WHERE time<?").bind(1, cutoff.ms).run();
      refresh_extent();
    }
    if (stored > options.max_rows) {
      Statement(handle, "DELETE FROM event WHERE id IN (SELECT id FROM event ORDER BY time,id LIMIT ?)")
          .bind(1, as_signed(stored - options.max_rows))
          .run();
      refresh_extent();
    }
  }

  void refresh_extent() {
    Statement changes(handle, "SELECT changes()");
    if (changes.step()) stored -= static_cast<std::uint64_t>(changes.integer(0));
    Statement first(handle, "SELECT min(time) FROM event");
    if (first.step()) oldest = {first.integer(0)};
  }

  CategorizedEvent event_of(const Statement& row) const {
    return {.time = {row.integer(0)},
            .category = categories.at(static_cast<std::size_t>(row.integer(2))),
            .service = row.text(1),
            .level = static_cast<Level>(row.integer(3)),
            .latency_ms = row.real(4),
            .message = row.text(10),
            .trace = row.text(8),
            .upstream = row.text(9),
            .origin = {.file = static_cast<std::uint32_t>(row.integer(5)),
                       .line = static_cast<std::uint64_t>(row.integer(6)),
                       .offset = static_cast<std::uint64_t>(row.integer(7))}};
  }

  // The code to look for; nullopt where the store has never seen the category, so nothing can match.
  std::optional<std::int64_t> code_of(const std::string& name) const {
    const auto found = std::ranges::find(categories, stored_text(name, kMaxStoredName));
    if (found == categories.end()) return std::nullopt;
    return found - categories.begin();
  }

  sqlite3* handle;
  Options options;
  Statement insert, insert_category;
  std::vector<Row> rows;
  std::string text;
  std::vector<std::string> categories;
  std::uint64_t stored = 0;
  EventTime oldest, newest;
};

SqliteEventStore::SqliteEventStore(Database& database, Options options)
    : state_(std::make_unique<State>(database.handle(), options)) {}

SqliteEventStore::~SqliteEventStore() {
  // The owner calls flush() and hears of errors; here there is nobody left to tell.
  try {
    flush();
  } catch (const StoreError&) {
    state_->rows.clear();
  }
}

void SqliteEventStore::append(const CategorizedEvent& event) {
  State& s = *state_;
  s.rows.push_back({.time = event.time,
                    .category = s.category_code(event.category),
                    .level = event.level,
                    .latency_ms = event.latency_ms,
                    .origin = event.origin,
                    .service = s.keep(event.service, kMaxStoredName),
                    .trace = s.keep(event.trace, kMaxStoredName),
                    .upstream = s.keep(event.upstream, kMaxStoredName),
                    .message = s.keep(event.message, kMaxStoredMessage)});
  if (s.rows.size() >= kBatchRows || s.text.size() >= kBatchText) s.write();
}

void SqliteEventStore::flush() {
  state_->write();
}

namespace {

// The conditions shared by both kinds of query; parameters 1 to 4.
constexpr std::string_view kWhere = " WHERE time>=?1 AND time<?2";

std::string where(const EventQuery& query) {
  std::string sql(kWhere);
  if (!query.service.empty()) sql += " AND service=?3";
  if (!query.category.empty()) sql += " AND category=?4";
  return sql;
}

void bind_where(Statement& statement, const EventQuery& query, std::int64_t category) {
  statement.bind(1, query.from.ms).bind(2, query.to.ms);
  if (!query.service.empty()) statement.bind(3, stored_text(query.service, kMaxStoredName));
  if (!query.category.empty()) statement.bind(4, category);
}

}  // namespace

void SqliteEventStore::visit(const EventQuery& query, const std::function<bool(const CategorizedEvent&)>& visitor) {
  State& s = *state_;
  s.write();
  const std::optional<std::int64_t> code = query.category.empty() ? 0 : s.code_of(query.category);
  if (!code) return;
  const char* order = query.newest_first ? " ORDER BY time DESC,id DESC LIMIT ?5" : " ORDER BY time,id LIMIT ?5";
  Statement statement(s.handle, std::string(kColumns) + where(query) + order);
  bind_where(statement, query, *code);
  statement.bind(5, as_signed(query.limit));
  while (statement.step()) {
    if (!visitor(s.event_of(statement))) return;
  }
}

std::vector<CategoryCount> SqliteEventStore::count(const EventQuery& query) {
  State& s = *state_;
  s.write();
  const std::optional<std::int64_t> code = query.category.empty() ? 0 : s.code_of(query.category);
  if (!code) return {};
  // Grouped here, not by SQLite, which would sort all rows of the range first.
  std::map<std::string, std::map<std::int64_t, CategoryCount>, std::less<>> groups;
  Statement statement(s.handle, "SELECT time,service,category FROM event" + where(query) + " ORDER BY time,id");
  bind_where(statement, query, *code);
  while (statement.step()) {
    const EventTime time{statement.integer(0)};
    const std::string_view service = statement.text(1);
    auto group = groups.find(service);
    if (group == groups.end()) group = groups.emplace(service, std::map<std::int64_t, CategoryCount>{}).first;
    CategoryCount& tally = group->second[statement.integer(2)];
    if (tally.count++ == 0) tally.first = time;
    tally.last = time;
  }
  std::vector<CategoryCount> counts;
  for (auto& [service, categories] : groups) {
    for (auto& [category, tally] : categories) {
      tally.service = service;
      tally.category = s.categories.at(static_cast<std::size_t>(category));
      counts.push_back(std::move(tally));
    }
  }
  std::ranges::sort(counts, [](const CategoryCount& a, const CategoryCount& b) {
    return std::tie(a.service, a.category) < std::tie(b.service, b.category);
  });
  return counts;
}

}  // namespace tocsin
