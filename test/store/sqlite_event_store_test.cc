#include "store/sqlite_event_store.h"

#include <filesystem>

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

INSTANTIATE_TEST_SUITE_P(
    Sqlite, EventStoreContract,
    ::testing::Values(StoreMaker{"temporary", [] { return std::make_unique<TemporaryUnderTest>(); }},
                      StoreMaker{"directory", [] { return std::make_unique<DirectoryUnderTest>(); }}),
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
  {
    SqliteEventStore store(database, {});
    Transaction batch(database.handle());
    add(store, {2});
    store.flush();
  }
  SqliteEventStore store(database, {});
  EXPECT_EQ(times(store), (std::vector<std::int64_t>{1}));
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
