// Power that goes at any moment: what was acknowledged is there, all else is whole or absent, and the next start finds
// a state, checkpoints, events, results and deliveries that belong together.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <random>

#include "store/result_store.h"
#include "store/schema.h"
#include "store/sqlite_event_store.h"
#include "store/sqlite_outbox.h"
#include "store/state_store.h"
#include "store/statement.h"
#include "test/store/temporary_directory.h"
#include "test/store/unreliable_disk.h"

namespace tocsin {
namespace {

// A daemon's two connections: the engine's, which is safe at each commit, and the delivery thread's, which is not. Of
// commit n there are event n, result n, delivery n, state n and checkpoint n.
class LittleDaemon {
 public:
  LittleDaemon(const std::string& data_dir, std::uint64_t seed) : random_(seed), data_dir_(data_dir) {}

  // Until the power goes; the number of the last commit that was acknowledged.
  int run(int from, int most) {
    int acknowledged = from;
    try {
      Database engine = Database::open(data_dir_, Durability::kSafe);
      Database delivery = Database::open(data_dir_, Durability::kFast);
      StateStore states(engine, {.refresh = Period{0}});
      states.load();
      SqliteEventStore events(engine, {.live = true});
      ResultStore results(engine, true);
      SqliteOutbox outbox(engine), receivers(delivery);
      for (int number = from + 1; number <= most; ++number) {
        Transaction transaction(engine.handle());
        write(number, states, events, results, outbox);
        transaction.commit();
        acknowledged = number;
        if (random_() % 4 == 0) deliver(number, receivers);
        if (random_() % 8 == 0) checkpoint(random_() % 2 == 0 ? engine : delivery);
      }
    } catch (const StoreError&) {
    }
    return acknowledged;
  }

 private:
  void write(int number, StateStore& states, SqliteEventStore& events, ResultStore& results, SqliteOutbox& outbox) {
    const std::string name = std::to_string(number);
    const std::string text = name + " " + std::string(random_() % 3000, 'x');
    events.append({.time = {number}, .category = "c" + name, .service = "s", .message = text});
    results.put({"finding", "f" + name, {number}, "s", text});
    events.flush();
    results.flush();
    outbox.add({.id = "e" + name, .contact_point = "a", .order_key = name, .payload = text, .at = {number}}, {number});
    states.put(name + " " + std::string(random_() % 20'000, 'y'), {{"tail", "f", name}, {"tail", "g" + name, "1"}});
  }

  static void deliver(int number, SqliteOutbox& receivers) {
    for (const Delivery& delivery : receivers.due("a", {number}, 10, {})) {
      const DeliveryAttempt attempt{.sequence = delivery.sequence, .attempt = 1, .at = {number}};
      receivers.record({&attempt, 1});
    }
  }

  void checkpoint(Database& database) {
    const int mode = random_() % 2 == 0 ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_RESTART;
    sqlite3_wal_checkpoint_v2(database.handle(), nullptr, mode, nullptr, nullptr);
  }

  std::mt19937_64 random_;
  std::string data_dir_;
};

std::string one_text(Database& database, const char* sql) {
  Statement statement(database.handle(), sql);
  return statement.step() ? std::string(statement.text(0)) : "";
}

// The number of the commit that the directory stands at, which everything in it agrees on; -1: it does not.
int commit_of(const std::string& data_dir) {
  Database database = Database::open(data_dir);
  execute(database.handle(), "PRAGMA synchronous=OFF");  // this start is not what is tested
  EXPECT_EQ(one_text(database, "PRAGMA integrity_check"), "ok");
  EXPECT_EQ(one_text(database, "PRAGMA foreign_key_check"), "");
  const StateStore::Saved saved = StateStore(database).load();
  EXPECT_EQ(saved.problem, "");
  const std::string number = saved.engine.substr(0, saved.engine.find(' '));
  const std::string expected = number.empty() ? "0" : number;
  for (const char* sql :
       {"SELECT count(*) FROM event", "SELECT count(*) FROM result", "SELECT count(*) FROM delivery",
        "SELECT coalesce(max(time),0) FROM event", "SELECT coalesce(max(at),0) FROM result",
        "SELECT coalesce(max(value),0) FROM checkpoint WHERE generation=0 AND key='f'",
        "SELECT count(*) FROM checkpoint WHERE generation=0 AND key<>'f'", "SELECT count(*) FROM category",
        "SELECT (SELECT coalesce(sum(number),0) FROM delivery_count)"}) {
    const std::string found = one_text(database, sql);
    EXPECT_EQ(found, expected) << sql;
    if (found != expected) return -1;
  }
  return std::stoi(expected);
}

TEST(PowerCut, WhatWasAcknowledgedIsThereAndBelongsTogether) {
  int mid_commit = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    TemporaryDirectory directory;
    std::mt19937_64 random(seed);
    int number = 0;
    // Several cuts one after the other: what the first left behind meets the second.
    for (int life = 0; life < 3; ++life) {
      int acknowledged = 0;
      {
        UnreliableDisk disk(random());
        disk.cut_power_at(1 + random() % 600, random() % 3 == 0);
        acknowledged = LittleDaemon(directory.path(), random()).run(number, number + 30);
        if (!disk.is_dead()) acknowledged = number + 30;
      }
      number = commit_of(directory.path());
      ASSERT_GE(number, acknowledged) << "an acknowledged commit is gone";
      ASSERT_LE(number, acknowledged + 1) << "what was never asked for is there";
      if (number > acknowledged) ++mid_commit;
    }
  }
  EXPECT_GT(mid_commit, 0) << "some commits come to the disk though nobody was told";
}

TEST(PowerCut, ADirectoryThatIsBeingMadeIsMadeByTheNextStart) {
  for (std::uint64_t call = 1; call <= 40; ++call) {
    SCOPED_TRACE(call);
    TemporaryDirectory directory;
    {
      UnreliableDisk disk(call);
      disk.cut_power_at(call);
      LittleDaemon(directory.path(), call).run(0, 1);
    }
    EXPECT_GE(commit_of(directory.path()), 0);
  }
}

// The disk as it is without a power cut: nothing that the shim does is seen.
TEST(PowerCut, WithoutOneAllIsThere) {
  TemporaryDirectory directory;
  {
    UnreliableDisk disk(1);
    EXPECT_EQ(LittleDaemon(directory.path(), 1).run(0, 40), 40);
    EXPECT_GT(disk.calls(), 100U);
  }
  EXPECT_EQ(commit_of(directory.path()), 40);
}

}  // namespace
}  // namespace tocsin
