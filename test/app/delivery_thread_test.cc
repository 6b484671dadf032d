#include "app/delivery_thread.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "app/durable_outbox.h"
#include "engine/delivery/memory_outbox.h"
#include "notifiers/dispatcher.h"
#include "store/database.h"
#include "store/sqlite_outbox.h"
#include "test/notifiers/fake_transport.h"

namespace tocsin {
namespace {

const auto kNever = [] { return false; };

// A real file is the receiver: the thread has the real transport.
class DeliveryThreadTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "tocsin-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  ContactPoint contact(const std::string& name, const std::string& file) const {
    ContactPoint made;
    made.name = name;
    made.type = "file";
    made.url = "file:" + (folder_ / file).string();
    return made;
  }
  static Notification notification(int number, const std::string& to) {
    Notification made;
    made.id = "evt_" + std::to_string(number);
    made.contact_point = to;
    made.type = "alarm.state_changed";
    made.order_key = "alarm";
    made.payload = "{\"type\":\"alarm.state_changed\",\"data\":{\"number\":" + std::to_string(number) + "}}";
    return made;
  }
  std::vector<std::string> lines(const std::string& file) const {
    std::ifstream in(folder_ / file);
    std::vector<std::string> result;
    for (std::string line; std::getline(in, line);) result.push_back(line);
    return result;
  }

  std::filesystem::path folder_;
};

TEST_F(DeliveryThreadTest, DeliversInOrder) {
  DeliveryThread thread({contact("a", "alerts")});
  for (int i = 0; i < 200; ++i) thread.push(notification(i, "a"));
  const DeliveryCounts counts = thread.wait(Period::minutes(1), kNever);
  EXPECT_EQ(counts.delivered, 200U);
  EXPECT_EQ(counts.pending, 0U);
  const std::vector<std::string> all = lines("alerts");
  ASSERT_EQ(all.size(), 200U);
  for (int i = 0; i < 200; ++i) {
    EXPECT_THAT(all[static_cast<std::size_t>(i)], testing::HasSubstr("\"evt_" + std::to_string(i) + "\""));
  }
  EXPECT_TRUE(thread.failures().empty());
}

TEST_F(DeliveryThreadTest, WhatFailsIsPendingAndTold) {
  DeliveryThread thread({contact("a", "missing/alerts")});
  thread.push(notification(1, "a"));
  const DeliveryCounts counts = thread.wait({}, kNever);
  EXPECT_EQ(counts.pending, 1U) << "counted though there was no time to wait";
  thread.wait(Period{50}, kNever);
  const std::vector<std::string> failures = thread.failures();
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_THAT(failures[0], testing::StartsWith("contact point 'a': attempt "));
  EXPECT_THAT(failures[0], testing::HasSubstr("No such file or directory"));
}

TEST_F(DeliveryThreadTest, AWaitCanBeInterrupted) {
  DeliveryThread thread({contact("a", "missing/alerts")});
  thread.push(notification(1, "a"));
  EXPECT_EQ(thread.wait(Period::hours(10), [] { return true; }).pending, 1U);
}

// Nothing waits in it, and it can't be worked off: for the next three calls of anything, then it is well again.
class SickOutbox : public MemoryOutbox {
 public:
  explicit SickOutbox(std::atomic<int>& faults) : faults_(faults) {}
  std::vector<Delivery> due(const std::string& contact_point, EventTime now, std::size_t most,
                            std::span<const std::string> under_way) override {
    if (faults_ > 0) {
      --faults_;
      throw std::runtime_error("disk I/O error");
    }
    return MemoryOutbox::due(contact_point, now, most, under_way);
  }

 private:
  std::atomic<int>& faults_;
};

TEST_F(DeliveryThreadTest, AnOutboxThatFailsIsTriedAgain) {
  std::atomic<int> refusals{2}, faults{2};
  std::atomic<int> attempts{0};
  DeliveryThread thread({.contacts = {contact("a", "alerts")},
                         .open = [&]() -> DeliveryThread::OpenedOutbox {
                           if (refusals > 0) {
                             --refusals;
                             throw std::runtime_error("unable to open database file");
                           }
                           auto outbox = std::make_unique<SickOutbox>(faults);
                           outbox->add(notification(1, "a"), {});
                           DeadLetters* letters = outbox.get();
                           return {.outbox = std::move(outbox), .dead_letters = letters, .counts = [] {
                                     return DeliveryCounts{.pending = 1};
                                   }};
                         },
                         .on_attempt = [&](const Delivery&, const DeliveryAttempt&) { ++attempts; }});
  thread.wait(Period::minutes(1), [&] { return attempts > 0; });
  EXPECT_EQ(attempts, 1);
  EXPECT_EQ(refusals, 0);
  EXPECT_EQ(faults, 0);
  EXPECT_EQ(lines("alerts").size(), 1U);
}

TEST_F(DeliveryThreadTest, AnOutboxThatCannotBeOpenedIsNotTakenForDelivered) {
  DeliveryThread thread({.contacts = {contact("a", "alerts")},
                         .open = []() -> DeliveryThread::OpenedOutbox { throw std::runtime_error("no such disk"); },
                         .on_attempt = nullptr});
  EXPECT_EQ(thread.wait({}, kNever).pending, 1U);
  EXPECT_EQ(thread.trouble(), "no such disk");
}

TEST_F(DeliveryThreadTest, WorksOffADataDirectory) {
  const std::string data_dir = (folder_ / "data").string();
  Database database = Database::open(data_dir);
  SqliteOutbox outbox(database);
  DeliveryThread thread({.contacts = {contact("a", "alerts")},
                         .open = [&] { return open_durable_outbox(data_dir); },
                         .on_attempt = nullptr});
  for (int i = 0; i < 20; ++i) outbox.add(notification(i, "a"), {1'795'168'980'000});
  thread.wake();
  EXPECT_EQ(thread.wait(Period::minutes(1), kNever).delivered, 20U);
  EXPECT_EQ(lines("alerts").size(), 20U);
}

TEST_F(DeliveryThreadTest, FinishBeginsNothingMore) {
  DeliveryThread thread({contact("a", "alerts")});
  thread.finish(Period::minutes(1));
  thread.push(notification(1, "a"));
  EXPECT_EQ(thread.wait(Period{20}, kNever).pending, 1U);
  EXPECT_TRUE(lines("alerts").empty());
}

TEST_F(DeliveryThreadTest, ContactPointsCanBeReplaced) {
  DeliveryThread thread({contact("a", "one")});
  thread.reconfigure({contact("a", "two")});
  thread.push(notification(1, "a"));
  thread.wait(Period::minutes(1), kNever);
  EXPECT_TRUE(lines("one").empty());
  EXPECT_EQ(lines("two").size(), 1U);
}

std::size_t resident_kib() {
  std::size_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) / 1024;
}

// 100,000 notifications of a kilobyte to a receiver that is down: they wait on disk.
TEST_F(DeliveryThreadTest, MemoryIsFlatOverAHundredThousandUndelivered) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's own memory is measured here";
#endif
  Database database = Database::open((folder_ / "data").string(), Durability::kFast);
  SqliteOutbox outbox(database);
  FakeTransport transport;
  EventTime now{1'795'168'980'000};
  ContactPoint down = contact("a", "alerts");
  transport.answer(down.url, std::vector<int>(2000, 0));
  Dispatcher dispatcher(
      {down}, outbox, transport,
      {.dead_letters = &outbox, .now = [&] { return now; }, .random = [] { return 0.5; }, .on_attempt = nullptr});
  std::size_t after_some = 0;
  constexpr int kBatches = 100, kBatch = 1000;
  for (int batch = 0; batch < kBatches; ++batch) {
    Transaction transaction(database.handle());
    for (int i = 0; i < kBatch; ++i) {
      Notification one = notification(batch * kBatch + i, "a");
      one.order_key = "alarm-" + std::to_string(i % 50);
      one.payload = "{\"type\":\"x\",\"data\":{\"text\":\"" + std::string(1000, 'x') + "\"}}";
      outbox.add(one, now);
    }
    transaction.commit();
    dispatcher.wake();
    for (int i = 0; i < 5; ++i) dispatcher.run_once({});
    now = now + Period::seconds(30);
    if (batch == 9) after_some = resident_kib();
  }
  EXPECT_EQ(outbox.totals()["a"].pending, 100'000U);
  EXPECT_LT(resident_kib(), after_some + 8 * 1024) << "KiB, with 90 MiB more undelivered";
}

}  // namespace
}  // namespace tocsin
