#include "notifiers/delivery_queue.h"

#include <gtest/gtest.h>

#include "test/notifiers/fake_transport.h"

namespace tocsin {
namespace {

const std::string kUrlA = "http://127.0.0.1/a";
const std::string kUrlB = "http://127.0.0.1/b";

class DeliveryQueueTest : public testing::Test {
 protected:
  static ContactPoint contact(const std::string& name, const std::string& url) {
    ContactPoint made;
    made.name = name;
    made.url = url;
    return made;
  }

  void start(std::vector<ContactPoint> contacts) {
    queue_ = std::make_unique<DeliveryQueue>(
        std::move(contacts), transport_,
        DeliveryQueue::Options{.now = [this] { return now_; },
                               .random = [this] { return random_; },
                               .on_attempt = [this](const DeliveryReport& report) { reports_.push_back(report); }});
  }

  void push(const std::string& id, const std::string& contact) {
    queue_->push({.id = id, .contact_point = contact, .payload = "{}", .at = now_});
  }

  // Works on, the clock moving to whatever is due next, until nothing is pending or `rounds` are over.
  void run(int rounds = 100) {
    for (int i = 0; i < rounds && queue_->pending() > 0; ++i) {
      queue_->run_once(Period::hours(48));
      now_ = now_ + transport_.waits.back();
    }
  }

  std::vector<std::string> ids_sent(const std::string& url) const {
    std::vector<std::string> ids;
    for (const HttpRequest& request : transport_.requests) {
      if (request.url == url) ids.push_back(request.headers[1].second);
    }
    return ids;
  }

  std::string history() const {
    std::string text;
    for (const DeliveryReport& report : reports_) {
      if (!text.empty()) text += ' ';
      text += report.id + ":" + std::to_string(report.attempt) + ":" + std::string(to_text(report.decision.reason));
    }
    return text;
  }

  FakeTransport transport_;
  EventTime now_{1'795'168'980'000};
  double random_ = 0.5;
  std::vector<DeliveryReport> reports_;
  std::unique_ptr<DeliveryQueue> queue_;
};

TEST_F(DeliveryQueueTest, DeliversOnce) {
  start({contact("a", kUrlA)});
  push("evt_1", "a");
  EXPECT_EQ(queue_->pending(), 1U);
  run();
  EXPECT_EQ(history(), "evt_1:1:delivered");
  EXPECT_EQ(queue_->pending(), 0U);
  EXPECT_EQ(queue_->delivered(), 1U);
  EXPECT_EQ(transport_.requests.size(), 1U);
}

TEST_F(DeliveryQueueTest, TriesAgainWithTheSameIdWhenTheTimeHasCome) {
  start({contact("a", kUrlA)});
  transport_.answer(kUrlA, {503, 0, 200});
  push("evt_1", "a");
  queue_->run_once({});
  EXPECT_EQ(reports_[0].decision.at, now_ + Period{500});
  now_ = now_ + Period{499};
  queue_->run_once({});
  EXPECT_EQ(transport_.requests.size(), 1U) << "not yet due";
  now_ = now_ + Period{1};
  queue_->run_once({});
  EXPECT_EQ(transport_.requests.size(), 2U);
  run();
  EXPECT_EQ(history(), "evt_1:1:server_busy evt_1:2:no_answer evt_1:3:delivered");
  EXPECT_EQ(ids_sent(kUrlA), (std::vector<std::string>{"evt_1", "evt_1", "evt_1"}));
  EXPECT_EQ(reports_[1].outcome.error, "connection reset");
}

TEST_F(DeliveryQueueTest, HonoursRetryAfter) {
  start({contact("a", kUrlA)});
  HttpResponse busy;
  busy.status = 429;
  busy.retry_after = "120";
  transport_.answers[kUrlA] = {busy};
  random_ = 0;
  push("evt_1", "a");
  queue_->run_once({});
  EXPECT_EQ(reports_[0].decision.at, now_ + Period::seconds(120));
  EXPECT_EQ(reports_[0].outcome.retry_after, "120");
}

TEST_F(DeliveryQueueTest, KeepsTheOrderOfAContactPointAndLetsOthersPass) {
  start({contact("a", kUrlA), contact("b", kUrlB)});
  transport_.answer(kUrlA, {503, 503, 503});
  for (const char* id : {"evt_1", "evt_2", "evt_3"}) {
    push(id, "a");
    push(std::string(id) + "b", "b");
  }
  for (int i = 0; i < 3; ++i) queue_->run_once({});
  EXPECT_EQ(ids_sent(kUrlB), (std::vector<std::string>{"evt_1b", "evt_2b", "evt_3b"}));
  EXPECT_EQ(ids_sent(kUrlA), (std::vector<std::string>{"evt_1"}));
  run();
  EXPECT_EQ(ids_sent(kUrlA), (std::vector<std::string>{"evt_1", "evt_1", "evt_1", "evt_1", "evt_2", "evt_3"}));
  EXPECT_EQ(queue_->delivered(), 6U);
}

TEST_F(DeliveryQueueTest, GivesUpAfterTheLastAttempt) {
  ContactPoint few = contact("a", kUrlA);
  few.fast_attempts = 3;
  start({few});
  transport_.answer(kUrlA, {503, 503, 503});
  push("evt_1", "a");
  push("evt_2", "a");
  run();
  EXPECT_EQ(history(), "evt_1:1:server_busy evt_1:2:server_busy evt_1:3:gave_up evt_2:1:delivered");
  EXPECT_EQ(queue_->dead(), 1U);
  EXPECT_EQ(queue_->delivered(), 1U);
}

TEST_F(DeliveryQueueTest, WhatCannotSucceedIsADeadLetterAtOnce) {
  start({contact("a", kUrlA)});
  transport_.answer(kUrlA, {422});
  push("evt_1", "a");
  run();
  EXPECT_EQ(history(), "evt_1:1:cannot_succeed");
  EXPECT_EQ(queue_->dead(), 1U);
}

TEST_F(DeliveryQueueTest, GoneClosesTheContactPoint) {
  start({contact("a", kUrlA), contact("b", kUrlB)});
  transport_.answer(kUrlA, {410});
  for (const char* id : {"evt_1", "evt_2"}) push(id, "a");
  run();
  push("evt_3", "a");
  push("evt_4", "b");
  run();
  EXPECT_EQ(history(), "evt_1:1:gone evt_2:0:gone evt_3:0:gone evt_4:1:delivered");
  EXPECT_EQ(ids_sent(kUrlA).size(), 1U);
  EXPECT_EQ(queue_->dead(), 3U);
  EXPECT_EQ(queue_->pending(), 0U);
}

TEST_F(DeliveryQueueTest, WhatHasNowhereToGoIsReportedAtOnce) {
  ContactPoint unknown_type = contact("c", kUrlA);
  unknown_type.type = "pigeon";
  start({contact("a", ""), unknown_type});
  push("evt_1", "a");
  push("evt_2", "nobody");
  push("evt_3", "c");
  EXPECT_EQ(history(), "evt_1:0:cannot_succeed evt_2:0:cannot_succeed evt_3:0:cannot_succeed");
  EXPECT_EQ(reports_[0].outcome.error, "the contact point has no url");
  EXPECT_EQ(reports_[1].outcome.error, "unknown contact point 'nobody'");
  EXPECT_EQ(reports_[2].outcome.error, "unknown type 'pigeon'");
  EXPECT_EQ(queue_->dead(), 3U);
  EXPECT_EQ(queue_->pending(), 0U);
  EXPECT_TRUE(transport_.requests.empty());
}

TEST_F(DeliveryQueueTest, TheQueueIsBounded) {
  start({contact("a", kUrlA)});
  for (int i = 0; i < 10'001; ++i) push("evt_" + std::to_string(i), "a");
  EXPECT_EQ(queue_->pending(), 10'000U);
  EXPECT_EQ(history(), "evt_10000:0:gave_up");
}

TEST_F(DeliveryQueueTest, WaitsNoLongerThanToTheNextAttempt) {
  start({contact("a", kUrlA)});
  transport_.answer(kUrlA, {503});
  queue_->run_once(Period{20});
  EXPECT_EQ(transport_.waits.back(), Period{20}) << "nothing to do";
  push("evt_1", "a");
  queue_->run_once(Period{20});
  EXPECT_EQ(transport_.waits.back(), Period{20}) << "a request is under way";
  queue_->run_once(Period{20});
  EXPECT_EQ(transport_.waits.back(), Period{20}) << "due in 500 ms";
  now_ = now_ + Period{490};
  queue_->run_once(Period{20});
  EXPECT_EQ(transport_.waits.back(), Period{10});
}

TEST_F(DeliveryQueueTest, AnAnswerAfterItsEndIsHarmless) {
  start({contact("a", kUrlA)});
  transport_.held = true;
  push("evt_1", "a");
  queue_->run_once({});
  queue_.reset();
  transport_.held = false;
  EXPECT_EQ(transport_.poll({}), 0U);
  EXPECT_TRUE(reports_.empty());
}

}  // namespace
}  // namespace tocsin
