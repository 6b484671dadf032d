#include "store/retention.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "store/result_store.h"
#include "store/sqlite_event_store.h"
#include "store/sqlite_outbox.h"
#include "store/state_store.h"
#include "store/statement.h"
#include "test/store/temporary_directory.h"

namespace tocsin {
namespace {

class RetentionTest : public testing::Test {
 protected:
  // Of each kind so many, one a millisecond from 0.
  void fill(int count, const std::string& text) {
    Transaction transaction(database.handle());
    SqliteEventStore events(database, {.live = true});
    ResultStore results(database);
    SqliteOutbox outbox(database);
    for (int i = 0; i < count; ++i) {
      events.append({.time = {i}, .category = "c", .service = "s", .message = text});
      results.put({"finding", "f" + std::to_string(i), {i}, "s", text});
      outbox.add({.id = "e" + std::to_string(i), .contact_point = "a", .order_key = "k", .payload = text, .at = {i}},
                 {i}, i % 2 == 0);
    }
    events.flush();
    results.flush();
    transaction.commit();
  }
  std::string left() {
    std::string text;
    for (const char* sql :
         {"SELECT count(*) FROM event", "SELECT count(*) FROM result", "SELECT count(*) FROM delivery WHERE state=0",
          "SELECT count(*) FROM delivery WHERE state<>0"}) {
      Statement count(database.handle(), sql);
      text += (count.step() ? std::to_string(count.integer(0)) : "?") + " ";
    }
    return text;
  }
  int steps(Retention& retention, EventTime now) {
    int count = 0;
    while (retention.step(now)) ++count;
    return count;
  }

  TemporaryDirectory directory;
  Database database = Database::open(directory.path());
};

TEST_F(RetentionTest, RemovesWhatIsTooOldInSmallBites) {
  fill(2000, "x");
  Retention retention(database, {.age = Period{500}});
  EXPECT_EQ(steps(retention, {500}), 0);
  EXPECT_EQ(left(), "2000 2000 1000 1000 ");
  EXPECT_TRUE(retention.step({1700}));
  EXPECT_EQ(left(), "1500 2000 1000 1000 ") << "one bite";
  EXPECT_EQ(steps(retention, {1700}), 2 + 3 + 2);
  EXPECT_EQ(left(), "800 800 1000 400 ") << "pending deliveries stay";
  EXPECT_EQ(retention.by_age().events, 1200U);
  EXPECT_EQ(retention.by_age().results, 1200U);
  EXPECT_EQ(retention.by_age().deliveries, 600U);
  EXPECT_EQ(retention.by_size().events, 0U);
  Statement first(database.handle(), "SELECT min(time) FROM event");
  ASSERT_TRUE(first.step());
  EXPECT_EQ(first.integer(0), 1200);
}

TEST_F(RetentionTest, RemovesTheOldestWhereTheDatabaseIsTooBig) {
  fill(2000, std::string(1000, 'x'));
  StateStore(database).put("state", {{"tail", "a", "1"}});
  Retention retention(database, {.max_bytes = 6'000'000});
  steps(retention, {0});
  EXPECT_FALSE(retention.is_over_full());
  const std::uint64_t removed = retention.by_size().events;
  EXPECT_GE(removed, 500U);
  EXPECT_LE(removed, 1500U) << "no more than what was too much";
  EXPECT_EQ(retention.by_size().results, 0U);
  Statement first(database.handle(), "SELECT min(time) FROM event");
  ASSERT_TRUE(first.step());
  EXPECT_EQ(first.integer(0), static_cast<std::int64_t>(removed)) << "the oldest went";

  retention.set_rules({.max_bytes = 1});
  steps(retention, {0});
  EXPECT_EQ(left(), "0 0 1000 0 ");
  EXPECT_TRUE(retention.is_over_full());
  EXPECT_EQ(StateStore(database).load().engine, "state");
}

TEST_F(RetentionTest, GivesFreePagesBackToTheDisk) {
  fill(4000, std::string(5000, 'x'));
  execute(database.handle(), "PRAGMA wal_checkpoint(TRUNCATE)");
  const auto file = std::filesystem::path(directory.path()) / "tocsin.db";
  const auto before = std::filesystem::file_size(file);
  Retention retention(database, {.age = Period{0}});
  steps(retention, {1'000'000});
  execute(database.handle(), "PRAGMA wal_checkpoint(TRUNCATE)");
  EXPECT_LT(std::filesystem::file_size(file), before * 2 / 3);
}

}  // namespace
}  // namespace tocsin
