#include "store/sqlite_event_store.h"

#include <sqlite3.h>

#include <algorithm>
#include <deque>
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

constexpr std::string_view kInsert = "INSERT INTO event VALUES(?12,?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)";
constexpr std::int64_t kNoCategory = -1;
constexpr std::string_view kColumns =
    "SELECT time,service,category,level,latency_ms,file,line,offset,trace,upstream,message,id FROM event";

std::int64_t as_signed(std::uint64_t value) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(value, std::numeric_limits<std::int64_t>::max()));
}

}  // namespace

struct SqliteEventStore::State {
  // A text's place in the batch's `text`: offsets, because `text` may move while it grows.
  struct Piece {
    std::uint32_t at = 0, size = 0;
  };
  struct Category {
    std::string name;
    std::optional<std::int64_t> code;  // once it is known
  };
  struct Row {
    EventTime time;
    std::size_t category = 0;
    Level level = Level::kNone;
    double latency_ms = 0;
    LineOrigin origin;
    Piece service, trace, upstream, message;
  };

  State(Database& database, Options wanted)
      : handle(database.handle()),
        options(std::move(wanted)),
        end(database, [this](bool committed) { settle(committed); }),
        insert(handle, kInsert),
        insert_category(handle,
                        "INSERT OR IGNORE INTO category VALUES((SELECT coalesce(max(code)+1,0) FROM category),?1)"),
        find_category(handle, "SELECT code FROM category WHERE name=?1") {
    rows.reserve(kBatchRows);
    text.reserve(kBatchText + kMaxStoredMessage + 3 * kMaxStoredName);
    learn_extent();
  }

  // A live store's extent is nobody's question: counting a big table takes long.
  void learn_extent() {
    stored = 0;
    if (options.live || options.late_arrivals) return;
    Statement extent(handle, "SELECT count(*),min(time),max(time) FROM event");
    if (!extent.step()) return;
    stored = static_cast<std::uint64_t>(extent.integer(0));
    oldest = {extent.integer(1)};
    newest = {extent.integer(2)};
  }

  // Ids count upwards in order of arrival and are never given twice, also where retention has removed the newest; late
  // arrivals count downwards.
  std::int64_t next_id() {
    if (!id) {
      Statement last(handle, options.late_arrivals
                                 ? "SELECT min(0,coalesce((SELECT min(id) FROM event),0))"
                                 : "SELECT max(0,coalesce((SELECT max(id) FROM event),0),"
                                   "coalesce((SELECT max(last_event) FROM engine_state WHERE generation=0),0))");
      id = last.step() ? last.integer(0) : 0;
      if (*id == std::numeric_limits<std::int64_t>::max()) {
        throw StoreError("database: the numbers of its events are damaged", StoreError::Kind::kCorrupt);
      }
    }
    return options.late_arrivals ? --*id : ++*id;
  }

  Piece keep(std::string_view value, std::size_t max_bytes) {
    value = stored_text(value, max_bytes);
    const Piece piece{static_cast<std::uint32_t>(text.size()), static_cast<std::uint32_t>(value.size())};
    text.append(value);
    return piece;
  }
  std::string_view at(Piece piece) const { return std::string_view(text).substr(piece.at, piece.size); }

  // The place in `categories`, in the order first met here. There are a handful, so a search beats a hash table.
  std::size_t category_index(std::string_view name) {
    name = stored_text(name, kMaxStoredName);
    const auto found = std::ranges::find(categories, name, &Category::name);
    if (found != categories.end()) return static_cast<std::size_t>(found - categories.begin());
    categories.push_back({std::string(name), std::nullopt});
    return categories.size() - 1;
  }

  // The number under which the database has it. Another process may have added it.
  std::int64_t code_of(Category& category, bool may_add) {
    if (category.code) return *category.code;
    if (may_add) insert_category.bind(1, category.name).run();
    find_category.bind(1, category.name);
    if (find_category.step()) category.code = find_category.integer(0);
    find_category.reset();
    return category.code.value_or(kNoCategory);
  }

  std::string_view name_of(std::int64_t code) {
    for (const bool again : {false, true}) {
      for (const Category& category : categories) {
        if (category.code == code) return category.name;
      }
      if (!again) learn_categories();
    }
    return "unclassified";  // somebody has removed the row
  }

  void learn_categories() {
    Statement known(handle, "SELECT code,name FROM category ORDER BY code");
    while (known.step()) categories[category_index(known.text(1))].code = known.integer(0);
  }

  void write() {
    if (written == rows.size()) return;
    Transaction transaction(handle);
    const std::size_t before = written;
    try {
      for (; written < rows.size(); ++written) insert_row(rows[written]);
      if (!options.live && !options.late_arrivals) expire();
      transaction.commit();
    } catch (const StoreError&) {
      written = std::min(written, before);
      forget_numbers();
      throw;
    }
    if (temporary && sqlite3_get_autocommit(handle) != 0) settle(true);
  }

  void insert_row(const Row& row) {
    const std::int64_t code = code_of(categories[row.category], true);
    insert.bind(1, row.time.ms).bind(2, at(row.service)).bind(3, code);
    insert.bind(4, static_cast<std::int64_t>(row.level)).bind(5, row.latency_ms);
    insert.bind(6, std::int64_t{row.origin.file}).bind(7, as_signed(row.origin.line));
    insert.bind(8, as_signed(row.origin.offset)).bind(9, at(row.trace)).bind(10, at(row.upstream));
    insert.bind(11, at(row.message)).bind(12, next_id()).run();
    oldest = stored == 0 ? row.time : std::min(oldest, row.time);
    newest = stored == 0 ? row.time : std::max(newest, row.time);
    ++stored;
  }

  // Rows that were written inside the caller's transaction are kept until it has ended.
  void settle(bool committed) {
    if (committed) {
      rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(written));
      if (rows.empty()) {
        text.clear();
      } else {
        drop_text(rows.front().service.at);
      }
    } else {
      forget_numbers();
      extent_known = false;
    }
    written = 0;
  }

  // A row's texts stand behind one another, the service first.
  void drop_text(std::uint32_t size) {
    text.erase(0, size);
    for (Row& row : rows) {
      for (Piece* piece : {&row.service, &row.trace, &row.upstream, &row.message}) piece->at -= size;
    }
  }

  void forget_numbers() {
    for (Category& category : categories) category.code.reset();
    id.reset();
  }

  void expire() {
    if (!extent_known) {
      learn_extent();
      extent_known = true;
    }
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

  CategorizedEvent event_of(const Statement& row) {
    return {.time = {row.integer(0)},
            .category = name_of(row.integer(2)),
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

  CategorizedEvent event_of(const Row& row) const {
    return {.time = row.time,
            .category = categories[row.category].name,
            .service = at(row.service),
            .level = row.level,
            .latency_ms = row.latency_ms,
            .message = at(row.message),
            .trace = at(row.trace),
            .upstream = at(row.upstream),
            .origin = row.origin};
  }

  bool is_asked_for(const Row& row, const EventQuery& query) const {
    return row.time >= query.from && row.time < query.to &&
           (query.service.empty() || at(row.service) == stored_text(query.service, kMaxStoredName)) &&
           (query.category.empty() || categories[row.category].name == stored_text(query.category, kMaxStoredName));
  }

  // What a live store has not written yet and the query asks for, in the query's order.
  std::vector<const Row*> buffered(const EventQuery& query) const {
    std::vector<const Row*> found;
    for (std::size_t i = written; i < rows.size(); ++i) {
      if (is_asked_for(rows[i], query)) found.push_back(&rows[i]);
    }
    if (query.newest_first) std::ranges::reverse(found);
    std::ranges::stable_sort(
        found, [&](const Row* a, const Row* b) { return query.newest_first ? a->time > b->time : a->time < b->time; });
    return found;
  }

  std::int64_t code_asked_for(const EventQuery& query) {
    if (query.category.empty()) return kNoCategory;
    return code_of(categories[category_index(query.category)], false);
  }

  // What `read` gives, as soon as the database can be read.
  template <typename Read>
  auto patiently(Read read) {
    while (true) {
      try {
        return read();
      } catch (const StoreError& error) {
        if (!options.try_again || !options.try_again(error)) throw;
      }
    }
  }

  sqlite3* handle;
  Options options;
  EndOfTransaction end;
  Statement insert, insert_category, find_category;
  bool temporary = sqlite3_db_filename(handle, "main")[0] == '\0';
  std::vector<Row> rows;
  std::size_t written = 0;  // the first so many rows are in the table, if the transaction holds
  std::string text;
  std::deque<Category> categories;  // their names' places stay the same
  std::optional<std::int64_t> id;   // given last
  bool extent_known = true;
  std::uint64_t stored = 0;
  EventTime oldest, newest;
};

SqliteEventStore::SqliteEventStore(Database& database, Options options)
    : state_(std::make_unique<State>(database, std::move(options))) {}

SqliteEventStore::~SqliteEventStore() {
  // The owner calls flush() and hears of errors; here there is nobody left to tell. What a live store was not told to
  // commit happens again after the restart.
  if (state_->options.live) return;
  try {
    flush();
  } catch (const StoreError&) {
    state_->rows.clear();
  }
}

void SqliteEventStore::append(const CategorizedEvent& event) {
  State& s = *state_;
  s.rows.push_back({.time = event.time,
                    .category = s.category_index(event.category),
                    .level = event.level,
                    .latency_ms = event.latency_ms,
                    .origin = event.origin,
                    .service = s.keep(event.service, kMaxStoredName),
                    .trace = s.keep(event.trace, kMaxStoredName),
                    .upstream = s.keep(event.upstream, kMaxStoredName),
                    .message = s.keep(event.message, kMaxStoredMessage)});
  if (s.options.live) return;
  if (s.rows.size() - s.written >= kBatchRows || s.text.size() >= kBatchText) s.write();
}

std::size_t SqliteEventStore::buffered_bytes() const {
  return state_->text.size() + state_->rows.size() * sizeof(State::Row);
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

// The rows in the table that a query asks for, one after the other. Where reading fails and is tried again, it goes on
// behind the last row: the visitor has seen what came before.
class SqliteEventStore::Cursor {
 public:
  Cursor(State& state, const EventQuery& query) : state_(state), query_(query) { next(); }

  bool has_row() const { return has_row_; }
  EventTime time() const { return place_.time; }
  CategorizedEvent event() {
    return state_.patiently([this] { return state_.event_of(*statement_); });
  }
  void next() {
    state_.patiently([this] {
      if (!statement_) open();
      try {
        has_row_ = statement_->step();
      } catch (const StoreError&) {
        statement_.reset();
        throw;
      }
    });
    if (has_row_) place_ = {{statement_->integer(0)}, statement_->integer(11)};
    started_ = true;
  }

 private:
  struct Place {
    EventTime time;
    std::int64_t id = 0;
  };

  void open() {
    std::string sql = std::string(kColumns) + where(query_);
    const bool back = query_.newest_first;
    if (started_) sql += back ? " AND (time,id)<(?6,?7)" : " AND (time,id)>(?6,?7)";
    sql += back ? " ORDER BY time DESC,id DESC LIMIT ?5" : " ORDER BY time,id LIMIT ?5";
    const std::int64_t category = state_.code_asked_for(query_);
    statement_.emplace(state_.handle, sql);
    bind_where(*statement_, query_, category);
    statement_->bind(5, as_signed(query_.limit));
    if (started_) statement_->bind(6, place_.time.ms).bind(7, place_.id);
  }

  State& state_;
  const EventQuery& query_;
  std::optional<Statement> statement_;
  bool started_ = false, has_row_ = false;
  Place place_;
};

void SqliteEventStore::visit(const EventQuery& query, const std::function<bool(const CategorizedEvent&)>& visitor) {
  State& s = *state_;
  if (!s.options.live) s.write();
  const std::vector<const State::Row*> buffered = s.buffered(query);
  Cursor table(s, query);
  auto next = buffered.begin();
  for (std::uint64_t left = query.limit; left > 0 && (table.has_row() || next != buffered.end()); --left) {
    // Of equal times the buffered ones arrived later.
    const bool from_table =
        table.has_row() &&
        (next == buffered.end() || (query.newest_first ? table.time() > (*next)->time : table.time() <= (*next)->time));
    if (!visitor(from_table ? table.event() : s.event_of(**next))) return;
    if (from_table) {
      table.next();
    } else {
      ++next;
    }
  }
}

namespace {

// Grouped here, not by SQLite, which would sort all rows of the range first. The key is the category's number; one that
// the database has not got yet counts downwards from kNoCategory.
using CountsByCategory = std::map<std::int64_t, CategoryCount>;
using CountsByService = std::map<std::string, CountsByCategory, std::less<>>;

void add_to(CountsByService& groups, std::string_view service, std::int64_t category, EventTime time) {
  auto group = groups.find(service);
  if (group == groups.end()) group = groups.emplace(service, CountsByCategory{}).first;
  CategoryCount& tally = group->second[category];
  tally.first = tally.count == 0 ? time : std::min(tally.first, time);
  tally.last = tally.count == 0 ? time : std::max(tally.last, time);
  ++tally.count;
}

}  // namespace

std::vector<CategoryCount> SqliteEventStore::count(const EventQuery& query) {
  if (!state_->options.live) state_->write();
  return state_->patiently([&] { return count_all(query); });
}

std::vector<CategoryCount> SqliteEventStore::count_all(const EventQuery& query) {
  State& s = *state_;
  CountsByService groups;
  Statement statement(s.handle, "SELECT time,service,category FROM event" + where(query) + " ORDER BY time,id");
  bind_where(statement, query, s.code_asked_for(query));
  while (statement.step()) {
    add_to(groups, statement.text(1), statement.integer(2), EventTime{statement.integer(0)});
  }
  for (const State::Row* row : s.buffered(query)) {
    const std::int64_t code = s.code_of(s.categories[row->category], false);
    const std::int64_t unknown = kNoCategory - 1 - static_cast<std::int64_t>(row->category);
    add_to(groups, s.at(row->service), code == kNoCategory ? unknown : code, row->time);
  }
  std::vector<CategoryCount> counts;
  for (auto& [service, categories] : groups) {
    for (auto& [code, tally] : categories) {
      tally.service = service;
      tally.category =
          code < kNoCategory ? s.categories[static_cast<std::size_t>(kNoCategory - 1 - code)].name : s.name_of(code);
      counts.push_back(std::move(tally));
    }
  }
  std::ranges::sort(counts, [](const CategoryCount& a, const CategoryCount& b) {
    return std::tie(a.service, a.category) < std::tie(b.service, b.category);
  });
  return counts;
}

}  // namespace tocsin
