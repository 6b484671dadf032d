#include "store/sqlite_event_store.h"

#include <filesystem>

#include "store/state_store.h"
#include "store/statement.h"
#include "test/engine/analysis/event_store_contract.h"
#include "test/store/temporary_directory.h"

namespace tocsin {
namespace {

struct TemporaryUnderTest : StoreUnderTest {
  TemporaryUnderTest() : database(Database::open("")), events(database, {}) {}
  EventStore& store() override { return events; }
  Database database;
  SqliteEventStore events;
};

struct DirectoryUnderTest : StoreUnderTest {
  DirectoryUnderTest() : database(Database::open(directory.path())), events(database, {}) {}
  EventStore& store() override { return events; }
  TemporaryDirectory directory;
  Database database;
  SqliteEventStore events;
};

// Half of what is asked for is in the table, half in the buffer.
class HalfFlushed : public EventStore {
 public:
  explicit HalfFlushed(SqliteEventStore& events) : events_(events) {}
  void append(const CategorizedEvent& event) override {
    events_.append(event);
    if (++appended_ % 3 == 0) events_.flush();
  }
  void visit(const EventQuery& query, const std::function<bool(const CategorizedEvent&)>& visitor) override {
    events_.visit(query, visitor);
  }
  std::vector<CategoryCount> count(const EventQuery& query) override { return events_.count(query); }

 private:
  SqliteEventStore& events_;
  int appended_ = 0;
};

struct LiveUnderTest : StoreUnderTest {
  LiveUnderTest() : database(Database::open(directory.path())), events(database, {.live = true}), half(events) {}
  EventStore& store() override { return half; }
  TemporaryDirectory directory;
  Database database;
  SqliteEventStore events;
  HalfFlushed half;
};

INSTANTIATE_TEST_SUITE_P(
    Sqlite, EventStoreContract,
    ::testing::Values(StoreMaker{"temporary", [] { return std::make_unique<TemporaryUnderTest>(); }},
                      StoreMaker{"directory", [] { return std::make_unique<DirectoryUnderTest>(); }},
                      StoreMaker{"live", [] { return std::make_unique<LiveUnderTest>(); }}),
    name_of);

constexpr EventQuery kEverything{.from = {INT64_MIN}, .to = {INT64_MAX}};

void add(EventStore& store, EventTime time, std::string_view message = "m") {
  store.append({.time = time, .category = "fast_failure", .service = "a", .message = message});
}

std::vector<std::int64_t> times(EventStore& store) {
  std::vector<std::int64_t> all;
  store.visit(kEverything, [&](const CategorizedEvent& event) {
    all.push_back(event.time.ms);
    return true;
  });
  return all;
}

// What other connections see: "id:time " of each.
std::string rows(const Database& database) {
  std::string text;
  Statement all(database.handle(), "SELECT id,time FROM event ORDER BY id");
  while (all.step()) text += std::to_string(all.integer(0)) + ":" + std::to_string(all.integer(1)) + " ";
  return text;
}

TEST(SqliteEventStore, ForgetsWhatIsOlderThanTheRetentionBehindTheNewest) {
  Database database = Database::open("");
  SqliteEventStore store(database, {.retention = Period{100}});
  for (const int ms : {0, 50, 100, 150}) add(store, {ms});
  EXPECT_EQ(times(store), (std::vector<std::int64_t>{50, 100, 150}));
  add(store, {10});  // late, and too old already
  EXPECT_EQ(times(store), (std::vector<std::int64_t>{50, 100, 150}));
  add(store, {1000});
  EXPECT_EQ(times(store), (std::vector<std::int64_t>{1000}));
}

TEST(SqliteEventStore, KeepsTheNewestRowsWhereThereAreTooMany) {
  Database database = Database::open("");
  SqliteEventStore store(database, {.max_rows = 3});
  for (const int ms : {5, 1, 4, 2, 3}) add(store, {ms});
  EXPECT_EQ(times(store), (std::vector<std::int64_t>{3, 4, 5}));
  add(store, {6});
  EXPECT_EQ(times(store), (std::vector<std::int64_t>{4, 5, 6}));
  for (int ms = 7; ms < 10'000; ++ms) add(store, {ms});
  EXPECT_EQ(times(store), (std::vector<std::int64_t>{9997, 9998, 9999}));
}

TEST(SqliteEventStore, ReopensWhatWasFlushed) {
  TemporaryDirectory directory;
  {
    Database database = Database::open(directory.path());
    SqliteEventStore store(database, {.retention = Period{100}});
    store.append({.time = {10}, .category = "slow_failure", .service = "b", .message = "kept"});
    store.append({.time = {20}, .category = "fast_failure", .service = "b", .message = "kept"});
    store.flush();
  }
  Database database = Database::open(directory.path());
  SqliteEventStore store(database, {.retention = Period{100}});
  store.append({.time = {30}, .category = "slow_failure", .service = "a", .message = "new"});
  const auto counts = store.count(kEverything);
  ASSERT_EQ(counts.size(), 3u);
  EXPECT_EQ(counts[0].category, "slow_failure");
  EXPECT_EQ(counts[2].category, "slow_failure");
  // The extent was read back: the retention counts from the old rows too.
  add(store, {115});
  EXPECT_EQ(times(store), (std::vector<std::int64_t>{20, 30, 115}));
}

TEST(SqliteEventStore, TheDestructorFlushes) {
  TemporaryDirectory directory;
  {
    Database database = Database::open(directory.path());
    SqliteEventStore store(database, {});
    add(store, {1});
  }
  Database database = Database::open(directory.path());
  SqliteEventStore store(database, {});
  EXPECT_EQ(times(store).size(), 1u);
}

TEST(SqliteEventStore, ASurroundingTransactionDecides) {
  TemporaryDirectory directory;
  Database database = Database::open(directory.path());
  {
    SqliteEventStore store(database, {});
    Transaction batch(database.handle());
    add(store, {1});
    store.flush();
    batch.commit();
  }
  SqliteEventStore store(database, {.live = true});
  {
    Transaction batch(database.handle());
    add(store, {2});
    store.flush();
    EXPECT_EQ(times(store), (std::vector<std::int64_t>{1, 2}));
  }
  EXPECT_EQ(rows(database), "1:1 ");
  EXPECT_EQ(times(store), (std::vector<std::int64_t>{1, 2})) << "kept for the next try";
  {
    Transaction batch(database.handle());
    add(store, {3});
    store.flush();
    store.flush();
    add(store, {4});
    batch.commit();
  }
  EXPECT_EQ(rows(database), "1:1 2:2 3:3 ");
  EXPECT_EQ(times(store), (std::vector<std::int64_t>{1, 2, 3, 4}));
  store.flush();
  store.flush();
  EXPECT_EQ(rows(database), "1:1 2:2 3:3 4:4 ");
  EXPECT_EQ(store.buffered_bytes(), 0U);
}

TEST(SqliteEventStore, ALiveOneWritesOnlyWhenTold) {
  TemporaryDirectory directory;
  Database database = Database::open(directory.path());
  {
    SqliteEventStore store(database, {.live = true});
    for (int ms = 0; ms < 10'000; ++ms) add(store, {ms});
    EXPECT_EQ(times(store).size(), 10'000U);
    EXPECT_EQ(store.count(kEverything).at(0).count, 10'000U);
    EXPECT_EQ(rows(database), "");
  }
  EXPECT_EQ(rows(database), "");
}

TEST(SqliteEventStore, IdsAreNeverGivenTwice) {
  TemporaryDirectory directory;
  Database database = Database::open(directory.path());
  {
    SqliteEventStore store(database, {.live = true});
    for (int ms = 0; ms < 5; ++ms) add(store, {ms});
    store.flush();
  }
  StateStore(database).put("state", {});
  execute(database.handle(), "DELETE FROM event");  // as retention does
  SqliteEventStore store(database, {.live = true});
  add(store, {9});
  store.flush();
  SqliteEventStore late(database, {.late_arrivals = true});
  add(late, {7});
  add(late, {8});
  late.flush();
  EXPECT_EQ(rows(database), "-2:8 -1:7 6:9 ");
}

TEST(SqliteEventStore, SharesCategoriesWithAnotherProcess) {
  TemporaryDirectory directory;
  Database one = Database::open(directory.path());
  Database two = Database::open(directory.path());
  SqliteEventStore running(one, {.live = true});
  SqliteEventStore late(two, {.late_arrivals = true});
  const auto add_one = [](EventStore& store, std::string_view category) {
    store.append({.time = {1}, .category = category, .service = "a"});
  };
  add_one(running, "x");
  running.flush();
  add_one(late, "y");
  late.flush();
  add_one(running, "y");
  add_one(running, "z");
  running.flush();
  std::string seen;
  for (const CategoryCount& count : late.count(kEverything)) seen += count.category + std::to_string(count.count);
  EXPECT_EQ(seen, "x1y2z1");
}

TEST(SqliteEventStore, TheQueryUsesTheIndex) {
  Database database = Database::open("");
  SqliteEventStore store(database, {});
  Statement plan(database.handle(),
                 "EXPLAIN QUERY PLAN SELECT message FROM event WHERE time>=1 AND time<2 ORDER BY time,id");
  ASSERT_TRUE(plan.step());
  EXPECT_EQ(plan.text(3), "SEARCH event USING INDEX event_by_time (time>? AND time<?)");
  EXPECT_FALSE(plan.step());
}

}  // namespace
}  // namespace tocsin
