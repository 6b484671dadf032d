// A disk that can't be read for a while, in the middle of the engine's queries: they wait and go on, and nobody can
// tell by what they give.
#include <gtest/gtest.h>

#include "store/sqlite_event_store.h"
#include "store/statement.h"
#include "test/store/temporary_directory.h"
#include "test/store/unreliable_disk.h"

namespace tocsin {
namespace {

constexpr int kStored = 300;

// Events in the table and some that wait to be written, several of each instant, in three categories.
class ReadFaultTest : public testing::Test {
 protected:
  ReadFaultTest() {
    for (int number = 0; number < kStored; ++number) append(number);
    store.flush();
    for (int number = 0; number < 40; ++number) append(kStored + number * 7 % 40 - 20);
    execute(database.handle(), "PRAGMA cache_size=1");
  }
  void append(int number) {
    const std::string category = "c" + std::to_string(number % 3);
    const std::string message = std::to_string(number) + std::string(700, 'x');
    store.append({.time = {number / 4}, .category = category, .service = "s", .message = message});
  }
  std::vector<std::string> visited(const EventQuery& query) {
    std::vector<std::string> found;
    store.visit(query, [&](const CategorizedEvent& event) {
      found.push_back(std::to_string(event.time.ms) + " " + std::string(event.category) + " " +
                      std::string(event.message));
      return true;
    });
    return found;
  }
  std::string counted(const EventQuery& query) {
    std::string text;
    for (const CategoryCount& one : store.count(query)) {
      text += one.service + " " + one.category + " " + std::to_string(one.count) + " " + std::to_string(one.first.ms) +
              " " + std::to_string(one.last.ms) + "; ";
    }
    return text;
  }
  // What the database has at hand is forgotten, so that it must be read.
  void break_after(int reads, int tries) {
    execute(database.handle(), "PRAGMA shrink_memory");
    failures_left = tries;
    asked = 0;
    disk.fail_reads_after(reads);
  }

  TemporaryDirectory directory;
  UnreliableDisk disk{1};
  int failures_left = 0;  // it can be read again after so many failures; negative: one gives up
  int asked = 0;
  Database database = Database::open(directory.path());
  SqliteEventStore store{database, {.live = true, .try_again = [this](const StoreError&) {
                                      ++asked;
                                      if (failures_left < 0) return false;
                                      if (--failures_left <= 0) disk.fail_reads_after(-1);
                                      return true;
                                    }}};
};

TEST_F(ReadFaultTest, WhereverAQueryIsStoppedItGoesOnAsIfItWasNot) {
  const EventQuery queries[] = {
      {.from = {0}, .to = {1000}, .service = {}, .category = {}},
      {.from = {0}, .to = {1000}, .service = {}, .category = {}, .limit = 250, .newest_first = true},
      {.from = {10}, .to = {70}, .service = "s", .category = "c1", .limit = 1000},
      {.from = {10}, .to = {70}, .service = "s", .category = "none", .limit = 1000},
  };
  int stopped = 0;
  for (const EventQuery& query : queries) {
    const std::vector<std::string> all = visited(query);
    const std::string counts = counted(query);
    for (int reads = 0;; ++reads) {
      SCOPED_TRACE(reads);
      break_after(reads, 1 + reads % 3);
      ASSERT_EQ(visited(query), all);
      const int in_visit = asked;
      break_after(reads, 1 + reads % 3);
      ASSERT_EQ(counted(query), counts);
      stopped += in_visit + asked;
      if (in_visit + asked == 0) break;
      ASSERT_LT(reads, 10'000);
    }
    disk.fail_reads_after(-1);
  }
  EXPECT_GT(stopped, 200);
}

TEST_F(ReadFaultTest, WhoDoesNotWaitIsTold) {
  const EventQuery all{.from = {0}, .to = {1000}, .service = {}, .category = {}};
  break_after(5, -1);
  EXPECT_THROW(visited(all), StoreError);
  EXPECT_EQ(asked, 1);
  EXPECT_THROW(counted(all), StoreError);
  disk.fail_reads_after(-1);
  EXPECT_EQ(visited(all).size(), static_cast<std::size_t>(kStored + 40));
}

}  // namespace
}  // namespace tocsin
