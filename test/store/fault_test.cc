// What a full or broken disk does to a commit: nothing is lost, nothing is there twice, and all goes on once the fault
// has ended.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <map>

#include "store/result_store.h"
#include "store/sqlite_event_store.h"
#include "store/sqlite_outbox.h"
#include "store/state_store.h"
#include "store/statement.h"
#include "test/store/temporary_directory.h"

namespace tocsin {
namespace {

// The engine's side of a data directory, as the daemon uses it.
class Committer {
 public:
  explicit Committer(const std::string& data_dir) : database_(Database::open(data_dir, Durability::kSafe)) {}

  void happen(int number) {
    events_.append({.time = {number}, .category = "c", .service = "s", .message = text_});
    results_.put({"finding", "f" + std::to_string(number), {number}, "s", text_});
    pending_.push_back(number);
  }
  void commit() {
    Transaction transaction(database_.handle());
    events_.flush();
    results_.flush();
    for (const int number : pending_) {
      const std::string id = "e" + std::to_string(number);
      outbox_.add({.id = id, .contact_point = "a", .order_key = "k", .payload = text_, .at = {number}}, {number});
    }
    states_.put(std::string(20'000, 's') + std::to_string(pending_.back()), {{"tail", "f", "at"}});
    transaction.commit();
    pending_.clear();
  }
  // "" or the kind of what went wrong.
  std::optional<StoreError::Kind> try_commit() {
    try {
      commit();
    } catch (const StoreError& error) {
      return error.kind();
    }
    return std::nullopt;
  }
  std::string summary() {
    Statement counts(database_.handle(),
                     "SELECT (SELECT count(*)||' '||count(DISTINCT time) FROM event)||' '||(SELECT count(*) FROM"
                     " result)||' '||(SELECT count(*) FROM delivery)");
    return counts.step() ? std::string(counts.text(0)) : "";
  }
  Database& database() { return database_; }

 private:
  Database database_;
  SqliteEventStore events_{database_, {.live = true}};
  ResultStore results_{database_};
  SqliteOutbox outbox_{database_};
  StateStore states_{database_, {.refresh = Period{0}}};
  std::vector<int> pending_;
  std::string text_ = std::string(2000, 'x');
};

std::string all(int count) {
  const std::string number = std::to_string(count);
  return number + " " + number + " " + number + " " + number;
}

std::string integrity(Database& database) {
  Statement check(database.handle(), "PRAGMA integrity_check");
  return check.step() ? std::string(check.text(0)) : "";
}

TEST(Faults, AFullDatabaseLosesNothing) {
  TemporaryDirectory directory;
  Committer committer(directory.path());
  execute(committer.database().handle(), "PRAGMA max_page_count=150");
  int number = 0;
  int failures = 0;
  while (failures < 5) {
    for (int i = 0; i < 5; ++i) committer.happen(number++);
    const std::optional<StoreError::Kind> failure = committer.try_commit();
    if (failure) {
      EXPECT_EQ(*failure, StoreError::Kind::kFull);
      ++failures;
    }
    ASSERT_LT(number, 10'000);
  }
  EXPECT_EQ(committer.try_commit(), StoreError::Kind::kFull);
  execute(committer.database().handle(), "PRAGMA max_page_count=100000");
  EXPECT_EQ(committer.try_commit(), std::nullopt);
  EXPECT_EQ(committer.summary(), all(number));
  EXPECT_EQ(integrity(committer.database()), "ok");
  EXPECT_EQ(StateStore(committer.database()).load().problem, "");
}

// A file that may not grow: what a quota and `ulimit -f` do, and the same path as a full disk.
TEST(Faults, AFileThatMayNotGrowLosesNothing) {
  TemporaryDirectory directory;
  Committer committer(directory.path());
  signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 1 << 20;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  int number = 0;
  int failures = 0;
  while (failures < 5 && number < 10'000) {
    for (int i = 0; i < 5; ++i) committer.happen(number++);
    const std::optional<StoreError::Kind> failure = committer.try_commit();
    if (failure) {
      // SQLite does not always pass on which error the write met.
      EXPECT_TRUE(*failure == StoreError::Kind::kFull || *failure == StoreError::Kind::kIo);
      ++failures;
    }
  }
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(failures, 5);
  EXPECT_EQ(committer.try_commit(), std::nullopt);
  EXPECT_EQ(committer.summary(), all(number));
  EXPECT_EQ(integrity(committer.database()), "ok");
}

TEST(Faults, AFullDiskLosesNothing) {
  TemporaryDirectory directory;
  if (mount("tmpfs", directory.path().c_str(), "tmpfs", 0, "size=4m") != 0) {
    GTEST_SKIP() << "no file system can be mounted here; the other tests of this file stand in for it";
  }
  const std::string ballast = directory.path() + "/ballast";
  int number = 0;
  {
    Committer committer(directory.path() + "/data");
    committer.happen(number++);
    committer.commit();
    {
      std::ofstream file(ballast);
      while (file << std::string(4096, 'b') && file.flush()) {
      }
    }
    for (int failures = 0; failures < 5;) {
      committer.happen(number++);
      if (committer.try_commit() == StoreError::Kind::kFull) ++failures;
    }
    std::filesystem::remove(ballast);
    EXPECT_EQ(committer.try_commit(), std::nullopt);
    EXPECT_EQ(committer.summary(), all(number));
    EXPECT_EQ(integrity(committer.database()), "ok");
  }
  umount(directory.path().c_str());
}

TEST(Faults, AnotherWriterIsWaitedForAndThenTold) {
  TemporaryDirectory directory;
  Committer committer(directory.path());
  execute(committer.database().handle(), "PRAGMA busy_timeout=1");
  Database other = Database::open(directory.path());
  committer.happen(0);
  {
    Transaction held(other.handle());
    EXPECT_EQ(committer.try_commit(), StoreError::Kind::kBusy);
  }
  EXPECT_EQ(committer.try_commit(), std::nullopt);
  EXPECT_EQ(committer.summary(), all(1));
}

TEST(Faults, ADamagedFileIsToldAsSuch) {
  TemporaryDirectory directory;
  {
    Committer committer(directory.path());
    for (int i = 0; i < 200; ++i) committer.happen(i);
    committer.commit();
    execute(committer.database().handle(), "PRAGMA wal_checkpoint(TRUNCATE)");
  }
  {
    std::fstream file(directory.path() + "/tocsin.db", std::ios::in | std::ios::out | std::ios::binary);
    for (int page = 3; page < 60; ++page) {
      file.seekp(page * 8192);
      file << std::string(8192, '\xa5');
    }
  }
  try {
    Database database = Database::open(directory.path());
    ResultStore(database).visit("finding", "", "", [](const ResultRow&) { return true; });
    SqliteEventStore(database, {.live = true}).count({.from = {0}, .to = {1000}});
    FAIL() << "nobody noticed";
  } catch (const StoreError& error) {
    EXPECT_EQ(error.kind(), StoreError::Kind::kCorrupt) << error.what();
  }
}

}  // namespace
}  // namespace tocsin
