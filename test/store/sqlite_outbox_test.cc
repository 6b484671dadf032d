#include "store/sqlite_outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>

#include "store/statement.h"
#include "test/engine/delivery/outbox_contract.h"
#include "test/store/temporary_directory.h"

namespace tocsin {
namespace {

constexpr EventTime kNow{1'795'200'000'000};

// A data directory whose engine adds on one connection and whose receivers are served on another.
struct TwoConnections {
  TemporaryDirectory directory;
  Database engine = Database::open(directory.path());
  Database delivery = Database::open(directory.path());
  SqliteOutbox adding{engine};
  SqliteOutbox outbox{delivery};
};

OpenedOutbox open_in_directory() {
  const auto both = std::make_shared<TwoConnections>();
  return {.outbox = {both, &both->outbox},
          .letters = &both->outbox,
          .add = [both](const Notification& notification, EventTime now) { both->adding.add(notification, now); }};
}

INSTANTIATE_TEST_SUITE_P(Sqlite, OutboxContract, testing::Values(OutboxUnderTest{"sqlite", open_in_directory}),
                         outbox_name);

Notification notification(const std::string& id, const std::string& contact, const std::string& key) {
  return {.id = id,
          .contact_point = contact,
          .type = "alarm.state_changed",
          .order_key = key,
          .payload = "{}",
          .at = kNow,
          .labels = {{"alarm", key}, {"service", ""}}};
}

class SqliteOutboxTest : public testing::Test {
 protected:
  void add(const std::string& id, const std::string& contact = "a", const std::string& key = "k") {
    outbox.add(notification(id, contact, key), now);
  }
  std::string due(const std::string& contact = "a") {
    std::string ids;
    for (const Delivery& delivery : outbox.due(contact, now, 100, {})) ids += delivery.notification.id + " ";
    return ids;
  }
  std::string states(const DeliveryFilter& filter = {}) {
    std::string text;
    outbox.visit(filter, [&](const Delivery& delivery) {
      text += delivery.notification.id + "@" + delivery.notification.contact_point + "=" +
              std::string(to_text(delivery.state)) + " ";
      return true;
    });
    return text;
  }
  void end(DeliveryStep step, int times = 1, const std::string& contact = "a") {
    for (int i = 0; i < times; ++i) {
      const std::vector<Delivery> head = outbox.due(contact, now, 1, {});
      ASSERT_EQ(head.size(), 1U);
      const DeliveryAttempt attempt{
          .sequence = head[0].sequence,
          .attempt = head[0].attempts + 1,
          .at = now,
          .took = Period{3},
          .outcome = {.status = step == DeliveryStep::kDone ? 200 : 500, .retry_after = "7", .date = "today"},
          .reply = std::string(5000, 'r'),
          .decision = {.step = step, .reason = DeliveryReason::kServerBusy, .at = now}};
      outbox.record({&attempt, 1});
    }
  }

  TemporaryDirectory directory;
  Database database = Database::open(directory.path());
  SqliteOutbox outbox{database};
  EventTime now = kNow;
};

TEST_F(SqliteOutboxTest, IsAsBeforeAfterARestart) {
  add("e1");
  add("e2");
  end(DeliveryStep::kRetry);
  Database again = Database::open(directory.path());
  SqliteOutbox opened(again);
  const std::vector<Delivery> head = opened.due("a", now, 10, {});
  ASSERT_EQ(head.size(), 1U);
  EXPECT_EQ(head[0].notification.id, "e1");
  EXPECT_EQ(head[0].notification.labels, (std::map<std::string, std::string>{{"alarm", "k"}, {"service", ""}}));
  EXPECT_EQ(head[0].attempts, 1);
  EXPECT_EQ(head[0].reason, "status 500");
}

TEST_F(SqliteOutboxTest, KeepsWhatIsNotSentWithItsReason) {
  Notification flapping = notification("e1", "a", "k");
  flapping.disposition = Disposition::kFlapping;
  flapping.reason = "5 changes in 10m";
  outbox.add(flapping, now);
  flapping.id = "e2";
  flapping.reason.clear();
  outbox.add(flapping, now);
  outbox.add(notification("e3", "a", "k"), now, true);
  EXPECT_EQ(states(), "e1@a=suppressed e2@a=suppressed e3@a=shown ");
  std::string reasons;
  outbox.visit({}, [&](const Delivery& delivery) {
    reasons += delivery.reason + "|";
    return true;
  });
  EXPECT_EQ(reasons, "5 changes in 10m|" + std::string(to_text(Disposition::kFlapping)) + "||");
  EXPECT_EQ(due(), "");
}

TEST_F(SqliteOutboxTest, BelongsToTheTransactionOfItsCause) {
  {
    Transaction transaction(database.handle());
    add("e1");
  }
  EXPECT_EQ(due(), "");
  add("e1");
  EXPECT_EQ(due(), "e1 ");
}

TEST_F(SqliteOutboxTest, Filters) {
  add("e1", "a", "k");
  add("e2", "a", "other");
  now = now + Period::seconds(1);
  Notification later = notification("e3", "b", "k");
  later.at = now;
  outbox.add(later, now);
  end(DeliveryStep::kDone);
  EXPECT_EQ(states(), "e1@a=delivered e2@a=pending e3@b=pending ");
  EXPECT_EQ(states({.id = "e2"}), "e2@a=pending ");
  EXPECT_EQ(states({.contact_point = "b"}), "e3@b=pending ");
  EXPECT_EQ(states({.order_key = "k"}), "e1@a=delivered e3@b=pending ");
  EXPECT_EQ(states({.state = DeliveryState::kPending}), "e2@a=pending e3@b=pending ");
  EXPECT_EQ(states({.from = now}), "e3@b=pending ");
  EXPECT_EQ(states({.to = now}), "e1@a=delivered e2@a=pending ");
  EXPECT_EQ(states({.id = "e1", .contact_point = "b"}), "");
}

TEST_F(SqliteOutboxTest, VisitsAcrossPieces) {
  for (int i = 0; i < 700; ++i) add("e" + std::to_string(i));
  int seen = 0;
  outbox.visit({}, [&](const Delivery& delivery) {
    EXPECT_EQ(delivery.notification.id, "e" + std::to_string(seen));
    ++seen;
    return true;
  });
  EXPECT_EQ(seen, 700);
  seen = 0;
  outbox.visit({}, [&](const Delivery&) { return ++seen < 300; });
  EXPECT_EQ(seen, 300);
}

TEST_F(SqliteOutboxTest, KeepsTheFirstAndTheLastAttempts) {
  add("e1");
  end(DeliveryStep::kRetry, 120);
  const std::vector<DeliveryAttempt> attempts = outbox.attempts(1);
  ASSERT_EQ(attempts.size(), 50U);
  std::string numbers;
  for (const DeliveryAttempt& attempt : attempts) numbers += std::to_string(attempt.attempt) + " ";
  EXPECT_THAT(numbers, testing::StartsWith("1 2 3 4 5 76 77 "));
  EXPECT_THAT(numbers, testing::EndsWith(" 119 120 "));
  EXPECT_EQ(attempts[0].reply.size(), 1024U);
  EXPECT_EQ(attempts[0].outcome.status, 500);
  EXPECT_EQ(attempts[0].outcome.retry_after, "7");
  EXPECT_EQ(attempts[0].outcome.date, "today");
  EXPECT_EQ(attempts[0].took, Period{3});
  EXPECT_EQ(attempts[0].decision.step, DeliveryStep::kRetry);
  EXPECT_EQ(attempts[0].decision.reason, DeliveryReason::kServerBusy);
}

TEST_F(SqliteOutboxTest, ARedriveKeepsIdAndOrder) {
  for (const char* id : {"e1", "e2", "e3", "e4"}) add(id);
  end(DeliveryStep::kDeadLetter, 3);
  EXPECT_EQ(due(), "e4 ");
  const SqliteOutbox::Redrive all{.filter = {}, .now = now + Period::hours(1)};
  SqliteOutbox::Redrive dry = all;
  dry.dry_run = true;
  EXPECT_EQ(outbox.redrive(dry), 3U);
  EXPECT_EQ(due(), "e4 ");
  EXPECT_EQ(outbox.redrive(all), 3U);
  EXPECT_EQ(outbox.redrive(all), 0U);
  EXPECT_EQ(due(), "") << "e4 waits again, the older ones are due in an hour";
  now = now + Period::hours(1);
  for (const char* id : {"e1 ", "e2 ", "e3 ", "e4 "}) {
    EXPECT_EQ(due(), id);
    const Delivery head = outbox.due("a", now, 1, {}).at(0);
    EXPECT_EQ(head.attempts, 0);
    EXPECT_EQ(head.redrives, *id == 'e' && id[1] == '4' ? 0 : 1);
    end(DeliveryStep::kDone);
  }
  EXPECT_EQ(outbox.attempts(1).size(), 2U) << "the attempts before the redrive are still told";
}

TEST_F(SqliteOutboxTest, ARedriveMayGoElsewhere) {
  add("e1");
  add("e2");
  add("e3");
  end(DeliveryStep::kDeadLetter, 3);
  outbox.add(notification("e2", "b", "k"), now);
  const SqliteOutbox::Redrive redrive{.filter = {}, .to = "b", .now = now};
  EXPECT_EQ(outbox.redrive(redrive), 2U) << "b has e2 already";
  EXPECT_EQ(states(), "e1@a=dead e2@a=dead e3@a=dead e2@b=pending e1@b=pending e3@b=pending ");
  EXPECT_EQ(outbox.redrive(redrive), 0U);
}

TEST_F(SqliteOutboxTest, AClosedContactPointIsOpenedByItsUser) {
  for (int i = 0; i < 5000; ++i) add("e" + std::to_string(i), "a", "k" + std::to_string(i % 7));
  outbox.close("a", "410 Gone", now);
  EXPECT_EQ(outbox.closed(), (std::map<std::string, std::string>{{"a", "410 Gone"}}));
  EXPECT_EQ(due(), "");
  for (int i = 0; i < 100 && outbox.next_due("a", {}); ++i) {
  }
  EXPECT_EQ(outbox.next_due("a", {}), std::nullopt);
  add("late");
  EXPECT_EQ(outbox.totals().at("a").dead, 5001U);
  EXPECT_EQ(outbox.totals().at("a").pending, 0U);
  EXPECT_TRUE(outbox.reopen("a"));
  EXPECT_FALSE(outbox.reopen("a"));
  EXPECT_EQ(due(), "");
  EXPECT_EQ(outbox.redrive({.filter = {.contact_point = "a"}, .now = now}), 5001U);
  EXPECT_EQ(due(), "e0 e1 e2 e3 e4 e5 e6 late ");
}

TEST_F(SqliteOutboxTest, CountsByContactPointAndState) {
  add("e1");
  now = now + Period::seconds(5);
  add("e2");
  add("e3", "b");
  end(DeliveryStep::kDone);
  end(DeliveryStep::kDeadLetter, 1, "b");
  const std::map<std::string, DeliveryTotals> totals = outbox.totals();
  EXPECT_EQ(totals.at("a").delivered, 1U);
  EXPECT_EQ(totals.at("a").pending, 1U);
  EXPECT_EQ(totals.at("a").oldest_pending, now);
  EXPECT_EQ(totals.at("b").dead, 1U);
  EXPECT_EQ(totals.at("b").oldest_pending, std::nullopt);
}

TEST_F(SqliteOutboxTest, ExpiresAllButWhatIsPending) {
  for (const char* id : {"e1", "e2", "e3"}) add(id);
  end(DeliveryStep::kDone);
  end(DeliveryStep::kDeadLetter);
  outbox.expire(kNow);
  EXPECT_EQ(states(), "e1@a=delivered e2@a=dead e3@a=pending ");
  outbox.expire(kNow + Period{1});
  EXPECT_EQ(states(), "e3@a=pending ");
  EXPECT_TRUE(outbox.attempts(1).empty());
  EXPECT_EQ(outbox.totals().at("a").delivered, 0U);
}

TEST_F(SqliteOutboxTest, AnAttemptOfWhatIsForgottenIsNoFault) {
  const DeliveryAttempt attempt{.sequence = 99, .attempt = 1, .at = now};
  EXPECT_NO_THROW(outbox.record({&attempt, 1}));
  EXPECT_TRUE(outbox.attempts(99).empty());
}

// However many wait, each question is answered by an index: no step of it reads the table.
TEST_F(SqliteOutboxTest, FindsWhatIsDueByIndexAmongAHundredThousand) {
  execute(
      database.handle(),
      "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i<99999)"
      " INSERT INTO delivery(id,contact_point,order_key,state,blocked,due,created,at,attempts,redrives,disposition,"
      "type,reason,why,labels,payload) SELECT 'p'||i,'a','k'||(i%50),0,i>=50,0,0,0,0,0,0,'t','','',x'00','{}' FROM n");
  const auto steps = [&](const std::function<void()>& work) {
    std::uint64_t count = 0;
    const auto tick = [](void* counter) { return ++*static_cast<std::uint64_t*>(counter), 0; };
    sqlite3_progress_handler(database.handle(), 100, tick, &count);
    work();
    sqlite3_progress_handler(database.handle(), 0, nullptr, nullptr);
    return count * 100;
  };
  EXPECT_LT(steps([&] { EXPECT_EQ(outbox.due("a", now, 8, {}).size(), 8U); }), 1000U);
  EXPECT_LT(steps([&] { EXPECT_EQ(outbox.next_due("a", {}), EventTime{}); }), 1000U);
  EXPECT_LT(steps([&] { add("one more", "a", "k7"); }), 1000U);
  EXPECT_LT(steps([&] { end(DeliveryStep::kDone); }), 1000U);
  EXPECT_LT(steps([&] { EXPECT_EQ(outbox.totals().at("a").pending, 100'000U); }), 1000U);
  EXPECT_LT(steps([&] { SqliteOutbox{database}; }), 1000U);
}

// After a restart the newest of each reason is told of; the notice's id knows whether it was told before.
TEST_F(SqliteOutboxTest, TheNewestDeadLettersOfEachReason) {
  const auto die = [&](const std::string& id, DeliveryReason reason, const std::string& type) {
    Notification one = notification(id, "a", id);
    one.type = type;
    outbox.add(one, now);
    const std::vector<Delivery> due = outbox.due("a", now, 1, {});
    ASSERT_EQ(due.size(), 1U);
    now = now + Period::seconds(1);
    const DeliveryAttempt attempt{.sequence = due[0].sequence,
                                  .attempt = 4,
                                  .at = now,
                                  .took = Period{3},
                                  .outcome = {.status = 422},
                                  .reply = {},
                                  .decision = {.step = DeliveryStep::kDeadLetter, .reason = reason, .at = now}};
    outbox.record({&attempt, 1});
  };
  EXPECT_TRUE(outbox.newest("a").empty());
  die("evt_1", DeliveryReason::kCannotSucceed, "alarm.state_changed");
  die("evt_2", DeliveryReason::kGaveUp, "alarm.state_changed");
  die("evt_3", DeliveryReason::kCannotSucceed, "alarm.state_changed");
  die("evt_4", DeliveryReason::kCannotSucceed, "delivery.failed");
  add("evt_5");
  outbox.close("a", "gone", now);
  std::string found;
  for (const DeadLetters::Death& death : outbox.newest("a")) {
    found += death.delivery.notification.id + ":" + std::to_string(death.attempt.attempt) + ":" +
             std::string(to_text(death.attempt.decision.reason)) + " ";
  }
  EXPECT_EQ(found, "evt_3:4:cannot_succeed evt_2:4:gave_up ");
  EXPECT_TRUE(outbox.newest("b").empty());
  EXPECT_EQ(outbox.count("a"), 5U);
}

// Nothing is loaded at the start: what waits costs no memory until its turn comes. TOCSIN_OUTBOX_ROWS asks for more.
TEST_F(SqliteOutboxTest, AHundredThousandThatWaitCostNoMemoryAtTheStart) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's own memory is measured here";
#endif
  const char* asked = std::getenv("TOCSIN_OUTBOX_ROWS");
  const std::int64_t rows = asked != nullptr ? std::atoll(asked) : 100'000;
  Statement(
      database.handle(),
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<?1)"
      " INSERT INTO delivery(id,contact_point,order_key,state,blocked,due,created,at,attempts,redrives,disposition,"
      "type,reason,why,labels,payload) SELECT 'evt_'||i,'a','alarm-'||(i%1000),0,i>1000,?2,?2,?2,0,0,0,"
      "'alarm.state_changed','','',x'00','{\"type\":\"x\",\"data\":{\"text\":\"'||printf('%1000d',i)||'\"}}' FROM n")
      .bind(1, rows)
      .bind(2, kNow.ms)
      .run();
  const auto resident_kib = [] {
    std::size_t size = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> size >> resident;
    return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) / 1024;
  };
  const std::size_t before = resident_kib();
  const auto begin = std::chrono::steady_clock::now();
  Database second = Database::open(directory.path());
  SqliteOutbox restarted(second);
  EXPECT_EQ(restarted.due("a", kNow, 4, {}).size(), 4U);
  EXPECT_EQ(restarted.next_due("a", {}), kNow);
  EXPECT_EQ(restarted.totals()["a"].pending, static_cast<std::uint64_t>(rows));
  EXPECT_TRUE(restarted.newest("a").empty());
  const auto took = std::chrono::steady_clock::now() - begin;
  const std::size_t grown = resident_kib() - before;
  RecordProperty("start_us", std::chrono::duration_cast<std::chrono::microseconds>(took).count());
  RecordProperty("grown_kib", static_cast<int>(grown));
  EXPECT_LT(grown, 8U * 1024) << "KiB";
}

}  // namespace
}  // namespace tocsin
