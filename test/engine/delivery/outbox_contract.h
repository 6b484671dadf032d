// What each Outbox promises, run against every implementation: a test program names its factory with
// INSTANTIATE_TEST_SUITE_P(Sqlite, OutboxContract, testing::Values(OutboxUnderTest{…})).
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "engine/delivery/outbox.h"

namespace tocsin {

// An outbox that is empty at first. `add` is bound to it.
struct OpenedOutbox {
  std::shared_ptr<Outbox> outbox;
  DeadLetters* letters = nullptr;  // of it
  std::function<void(const Notification&, EventTime)> add;
};

struct OutboxUnderTest {
  std::string name;
  std::function<OpenedOutbox()> open;
};

inline void PrintTo(const OutboxUnderTest& under_test, std::ostream* out) {
  *out << under_test.name;
}

class OutboxContract : public testing::TestWithParam<OutboxUnderTest> {
 protected:
  void SetUp() override { opened_ = GetParam().open(); }

  Outbox& outbox() { return *opened_.outbox; }

  static Notification notification(const std::string& id, const std::string& contact, const std::string& key) {
    Notification made;
    made.id = id;
    made.contact_point = contact;
    made.type = "alarm.state_changed";
    made.order_key = key;
    made.payload = "{\"id\":\"" + id + "\"}";
    made.at = {1'795'168'980'000};
    made.labels = {{"alarm", key}};
    return made;
  }
  void add(const std::string& id, const std::string& contact, const std::string& key) {
    opened_.add(notification(id, contact, key), now_);
  }

  static std::string ids(const std::vector<Delivery>& deliveries) {
    std::string text;
    for (const Delivery& delivery : deliveries) {
      if (!text.empty()) text += ' ';
      text += delivery.notification.id;
    }
    return text;
  }
  std::string due(const std::string& contact, const std::vector<std::string>& under_way = {}, std::size_t most = 100) {
    return ids(outbox().due(contact, now_, most, under_way));
  }
  Delivery first(const std::string& contact) {
    std::vector<Delivery> deliveries = outbox().due(contact, now_, 1, {});
    EXPECT_EQ(deliveries.size(), 1U);
    return deliveries.empty() ? Delivery{} : deliveries.front();
  }

  DeliveryAttempt attempt(const Delivery& delivery, DeliveryStep step, Period wait = {}) const {
    DeliveryAttempt made;
    made.sequence = delivery.sequence;
    made.attempt = delivery.attempts + 1;
    made.at = now_;
    made.took = Period{12};
    made.outcome.status = step == DeliveryStep::kDone ? 204 : step == DeliveryStep::kRetry ? 503 : 422;
    made.reply = "reply";
    made.decision.step = step;
    made.decision.reason = step == DeliveryStep::kDone    ? DeliveryReason::kDelivered
                           : step == DeliveryStep::kRetry ? DeliveryReason::kServerBusy
                                                          : DeliveryReason::kCannotSucceed;
    made.decision.at = now_ + wait;
    return made;
  }
  void record(const Delivery& delivery, DeliveryStep step, Period wait = {}) {
    const DeliveryAttempt made = attempt(delivery, step, wait);
    outbox().record({&made, 1});
  }

  OpenedOutbox opened_;
  EventTime now_{1'795'200'000'000};
};

TEST_P(OutboxContract, HasNothingAtFirst) {
  EXPECT_EQ(due("a"), "");
  EXPECT_EQ(outbox().next_due("a", {}), std::nullopt);
  outbox().record({});
}

TEST_P(OutboxContract, GivesWhatWasAddedWhole) {
  add("evt_1", "a", "k");
  const Delivery delivery = first("a");
  const Notification expected = notification("evt_1", "a", "k");
  EXPECT_EQ(delivery.notification.id, expected.id);
  EXPECT_EQ(delivery.notification.contact_point, expected.contact_point);
  EXPECT_EQ(delivery.notification.type, expected.type);
  EXPECT_EQ(delivery.notification.order_key, expected.order_key);
  EXPECT_EQ(delivery.notification.payload, expected.payload);
  EXPECT_EQ(delivery.notification.at, expected.at);
  EXPECT_EQ(delivery.notification.labels, expected.labels);
  EXPECT_EQ(delivery.state, DeliveryState::kPending);
  EXPECT_EQ(delivery.attempts, 0);
  EXPECT_EQ(delivery.redrives, 0);
  EXPECT_EQ(delivery.created, now_);
  EXPECT_EQ(delivery.due, now_);
  EXPECT_EQ(due("b"), "") << "another contact point's";
}

TEST_P(OutboxContract, AKnownIdIsLeftAlone) {
  add("evt_1", "a", "k");
  add("evt_1", "a", "k");
  add("evt_1", "b", "k");
  EXPECT_EQ(due("a"), "evt_1");
  EXPECT_EQ(due("b"), "evt_1");
  record(first("a"), DeliveryStep::kDone);
  EXPECT_EQ(due("a"), "");
  add("evt_1", "a", "k");
  EXPECT_EQ(due("a"), "") << "delivered once, known for ever";
}

TEST_P(OutboxContract, OnlyTheOldestOfEachOrderKeyIsDue) {
  for (const char* id : {"evt_1", "evt_2", "evt_3"}) add(id, "a", "k");
  add("evt_4", "a", "other");
  EXPECT_EQ(due("a"), "evt_1 evt_4");
  EXPECT_EQ(due("a", {"k"}), "evt_4");
  EXPECT_EQ(due("a", {"k", "other"}), "");
  EXPECT_EQ(due("a", {}, 1), "evt_1");
  record(first("a"), DeliveryStep::kDone);
  EXPECT_EQ(due("a"), "evt_2 evt_4");
}

TEST_P(OutboxContract, WhatWaitsHoldsUpItsOrderKeyAlone) {
  for (const char* id : {"evt_1", "evt_2"}) add(id, "a", "k");
  add("evt_3", "a", "other");
  record(first("a"), DeliveryStep::kRetry, Period::seconds(60));
  EXPECT_EQ(due("a"), "evt_3");
  EXPECT_EQ(outbox().next_due("a", {}), now_);
  EXPECT_EQ(outbox().next_due("a", std::vector<std::string>{"other"}), now_ + Period::seconds(60));
  EXPECT_EQ(outbox().next_due("a", std::vector<std::string>{"other", "k"}), std::nullopt);
  now_ = now_ + Period::seconds(60) - Period{1};
  EXPECT_EQ(due("a"), "evt_3");
  now_ = now_ + Period{1};
  EXPECT_EQ(due("a"), "evt_3 evt_1") << "by due time";
  const std::vector<Delivery> both = outbox().due("a", now_, 2, {});
  EXPECT_EQ(both[1].attempts, 1);
  EXPECT_EQ(both[1].reason, "status 503");
  EXPECT_EQ(both[1].due, now_);
}

TEST_P(OutboxContract, DeadLettersLetTheNextPass) {
  for (const char* id : {"evt_1", "evt_2"}) add(id, "a", "k");
  record(first("a"), DeliveryStep::kDeadLetter);
  EXPECT_EQ(due("a"), "evt_2");
  record(first("a"), DeliveryStep::kDone);
  EXPECT_EQ(due("a"), "");
  EXPECT_EQ(outbox().next_due("a", {}), std::nullopt);
}

TEST_P(OutboxContract, SeveralAttemptsAtOnce) {
  for (const char* id : {"evt_1", "evt_2", "evt_3"}) add(id, "a", id);
  const std::vector<Delivery> all = outbox().due("a", now_, 10, {});
  ASSERT_EQ(all.size(), 3U);
  const std::vector<DeliveryAttempt> attempts = {attempt(all[0], DeliveryStep::kDone),
                                                 attempt(all[1], DeliveryStep::kRetry, Period::seconds(5)),
                                                 attempt(all[2], DeliveryStep::kDeadLetter)};
  outbox().record(attempts);
  EXPECT_EQ(due("a"), "");
  EXPECT_EQ(outbox().next_due("a", {}), now_ + Period::seconds(5));
}

TEST_P(OutboxContract, DeadLettersAreCountedAndToldOf) {
  DeadLetters& letters = *opened_.letters;
  EXPECT_EQ(letters.count("a"), 0U);
  for (const char* id : {"evt_1", "evt_2", "evt_3"}) add(id, "a", id);
  const std::vector<Delivery> all = outbox().due("a", now_, 10, {});
  ASSERT_EQ(all.size(), 3U);
  const std::vector<DeliveryAttempt> attempts = {attempt(all[0], DeliveryStep::kDone),
                                                 attempt(all[1], DeliveryStep::kDeadLetter)};
  outbox().record(attempts);
  EXPECT_EQ(letters.count("a"), 1U);
  outbox().close("a", "410 Gone", now_);
  EXPECT_EQ(letters.count("a"), 2U);
  const DeliveryAttempt late = attempt(all[2], DeliveryStep::kDone);
  outbox().record({&late, 1});
  EXPECT_EQ(letters.count("a"), 1U) << "it had arrived";
  EXPECT_EQ(letters.count("b"), 0U);
  letters.add(notification("evt_f", "fallback", "delivery:a"), now_);
  letters.add(notification("evt_f", "fallback", "delivery:a"), now_);
  EXPECT_EQ(due("fallback"), "evt_f") << "once";
}

TEST_P(OutboxContract, AClosedContactPointWantsNothingMore) {
  for (const char* id : {"evt_1", "evt_2"}) add(id, "a", id);
  add("evt_3", "b", "k");
  outbox().close("a", "410 Gone", now_);
  EXPECT_EQ(due("a"), "");
  EXPECT_EQ(outbox().next_due("a", {}), std::nullopt);
  add("evt_4", "a", "k");
  EXPECT_EQ(due("a"), "");
  EXPECT_EQ(due("b"), "evt_3");
}

TEST_P(OutboxContract, AnAttemptThatEndsAfterTheCloseBringsNothingBack) {
  for (const char* id : {"evt_1", "evt_2"}) add(id, "a", id);
  const std::vector<Delivery> both = outbox().due("a", now_, 2, {});
  ASSERT_EQ(both.size(), 2U);
  outbox().close("a", "410 Gone", now_);
  record(both[0], DeliveryStep::kRetry);
  record(both[1], DeliveryStep::kDone);
  now_ = now_ + Period::hours(1);
  EXPECT_EQ(due("a"), "");
}

TEST_P(OutboxContract, WhatIsNotToBeSentIsNeverDue) {
  Notification silenced = notification("evt_1", "a", "k");
  silenced.disposition = Disposition::kSilenced;
  silenced.reason = "silence sil_1";
  opened_.add(silenced, now_);
  add("evt_2", "a", "k");
  EXPECT_EQ(due("a"), "evt_2");
}

// A long random history against a plain list: what is due, and in which order, is the same.
TEST_P(OutboxContract, AsAPlainListWouldHaveIt) {
  struct Row {
    std::string id, key;
    EventTime due;
    std::uint64_t order = 0;
    bool pending = true;
  };
  std::vector<Row> rows;
  std::uint64_t seed = 7;
  const auto next = [&seed](std::uint64_t end) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (seed >> 33) % end;
  };
  for (int step = 0; step < 400; ++step) {
    now_ = now_ + Period{static_cast<std::int64_t>(next(1000))};
    if (next(3) > 0) {
      Row row{
          .id = "evt_" + std::to_string(step), .key = "k" + std::to_string(next(5)), .due = now_, .order = rows.size()};
      add(row.id, "a", row.key);
      rows.push_back(row);
    }
    std::vector<const Row*> expected;
    for (const Row& row : rows) {
      if (!row.pending) continue;
      bool oldest = true;
      for (const Row& other : rows)
        oldest = oldest && !(other.pending && other.key == row.key && other.order < row.order);
      if (oldest && row.due <= now_) expected.push_back(&row);
    }
    std::sort(expected.begin(), expected.end(), [](const Row* left, const Row* right) {
      return std::pair(left->due, left->order) < std::pair(right->due, right->order);
    });
    std::string text;
    for (const Row* row : expected) text += (text.empty() ? "" : " ") + row->id;
    ASSERT_EQ(due("a"), text) << step;
    if (expected.empty()) continue;
    const Delivery delivery = outbox().due("a", now_, 1, {}).at(0);
    Row& row = rows[expected.front()->order];
    ASSERT_EQ(delivery.notification.id, row.id);
    const std::uint64_t how = next(3);
    const Period wait{static_cast<std::int64_t>(next(3000))};
    record(delivery,
           how == 0   ? DeliveryStep::kDone
           : how == 1 ? DeliveryStep::kRetry
                      : DeliveryStep::kDeadLetter,
           wait);
    if (how == 1) {
      row.due = now_ + wait;
    } else {
      row.pending = false;
    }
  }
}

inline std::string outbox_name(const testing::TestParamInfo<OutboxUnderTest>& info) {
  return info.param.name;
}

}  // namespace tocsin
