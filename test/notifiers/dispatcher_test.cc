#include "notifiers/dispatcher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "engine/delivery/memory_outbox.h"
#include "test/notifiers/fake_transport.h"

namespace tocsin {
namespace {

const std::string kUrlA = "http://hooks.example.com/a";
const std::string kUrlB = "http://hooks.example.com/b";

// An outbox whose disk may be full.
class FailingOutbox : public MemoryOutbox {
 public:
  void record(std::span<const DeliveryAttempt> attempts) override {
    if (full) throw std::runtime_error("database or disk is full");
    ++records;
    MemoryOutbox::record(attempts);
  }
  bool full = false;
  int records = 0;
};

class DispatcherTest : public testing::Test {
 protected:
  static ContactPoint contact(const std::string& name, const std::string& url) {
    ContactPoint made;
    made.name = name;
    made.url = url;
    return made;
  }

  void start(std::vector<ContactPoint> contacts) {
    dispatcher_ = std::make_unique<Dispatcher>(
        std::move(contacts), outbox_, transport_,
        Dispatcher::Options{.dead_letters = &outbox_,
                            .now = [this] { return now_; },
                            .random = [this] { return random_; },
                            .on_attempt = [this](const Delivery& delivery,
                                                 const DeliveryAttempt& attempt) { note(delivery, attempt); }});
  }

  void note(const Delivery& delivery, const DeliveryAttempt& attempt) {
    attempts_.push_back(attempt);
    if (!history_.empty()) history_ += ' ';
    history_ += delivery.notification.id + ":" + std::to_string(attempt.attempt) + ":" +
                std::string(to_text(attempt.decision.reason));
  }

  void push(const std::string& id, const std::string& contact, const std::string& key = {}) {
    Notification notification;
    notification.id = id;
    notification.contact_point = contact;
    notification.type = "alarm.state_changed";
    notification.order_key = key.empty() ? id : key;
    notification.payload = "{}";
    notification.at = now_;
    outbox_.add(notification, now_);
    dispatcher_->wake();
  }

  // One call; where nothing ended, the clock moves to what is due next, as it would have while waiting for it.
  void round() {
    const std::size_t before = attempts_.size();
    dispatcher_->run_once(Period::hours(48));
    if (attempts_.size() == before) now_ = now_ + transport_.waits.back();
  }
  void run(int rounds = 1000) {
    for (int i = 0; i < rounds && outbox_.pending() > 0; ++i) round();
  }

  static std::string header(const HttpRequest& request, const std::string& name) {
    for (const auto& [key, value] : request.headers) {
      if (key == name) return value;
    }
    return {};
  }

  std::vector<std::string> ids_sent(const std::string& url) const {
    std::vector<std::string> ids;
    for (const HttpRequest& request : transport_.requests) {
      if (request.url == url) ids.push_back(header(request, "webhook-id"));
    }
    return ids;
  }

  BreakerState breaker(const std::string& name) const {
    for (const ContactPointStatus& status : dispatcher_->status()) {
      if (status.contact_point == name) return status.breaker;
    }
    ADD_FAILURE() << name;
    return BreakerState::kClosed;
  }

  FakeTransport transport_;
  FailingOutbox outbox_;
  EventTime now_{1'795'168'980'000};
  double random_ = 0.5;
  std::vector<DeliveryAttempt> attempts_;
  std::string history_;
  std::unique_ptr<Dispatcher> dispatcher_;
};

TEST_F(DispatcherTest, DeliversOnce) {
  start({contact("a", kUrlA)});
  push("evt_1", "a");
  run();
  EXPECT_EQ(history_, "evt_1:1:delivered");
  EXPECT_EQ(outbox_.delivered(), 1U);
  EXPECT_EQ(transport_.requests.size(), 1U);
}

TEST_F(DispatcherTest, TriesAgainWithTheSameIdWhenTheTimeHasCome) {
  start({contact("a", kUrlA)});
  transport_.answer(kUrlA, {503, 0, 200});
  push("evt_1", "a");
  dispatcher_->run_once({});
  EXPECT_EQ(attempts_[0].decision.at, now_ + Period{500});
  now_ = now_ + Period{499};
  dispatcher_->run_once({});
  EXPECT_EQ(transport_.requests.size(), 1U) << "not yet due";
  now_ = now_ + Period{1};
  dispatcher_->run_once({});
  EXPECT_EQ(transport_.requests.size(), 2U);
  run();
  EXPECT_EQ(history_, "evt_1:1:server_busy evt_1:2:no_answer evt_1:3:delivered");
  EXPECT_EQ(ids_sent(kUrlA), (std::vector<std::string>{"evt_1", "evt_1", "evt_1"}));
  EXPECT_EQ(attempts_[1].outcome.error, "connection reset");
  const std::string stamp = header(transport_.requests[0], "webhook-timestamp");
  EXPECT_EQ(stamp, "1795168980");
  EXPECT_EQ(header(transport_.requests[2], "webhook-timestamp"), "1795168981");
}

TEST_F(DispatcherTest, HonoursRetryAfter) {
  start({contact("a", kUrlA)});
  HttpResponse busy;
  busy.status = 429;
  busy.retry_after = "120";
  transport_.answers[kUrlA] = {busy};
  random_ = 0;
  push("evt_1", "a");
  dispatcher_->run_once({});
  EXPECT_EQ(attempts_[0].decision.at, now_ + Period::seconds(120));
  EXPECT_EQ(attempts_[0].outcome.retry_after, "120");
}

TEST_F(DispatcherTest, KeepsTheOrderOfAKeyAndLetsOthersPass) {
  start({contact("a", kUrlA), contact("b", kUrlB)});
  transport_.answer(kUrlA, {503});
  for (const char* id : {"evt_1", "evt_2"}) {
    push(id, "a", "alarm");
    push(std::string(id) + "b", "b", "alarm");
  }
  push("evt_3", "a", "another");
  for (int i = 0; i < 3; ++i) dispatcher_->run_once({});
  EXPECT_EQ(ids_sent(kUrlB), (std::vector<std::string>{"evt_1b", "evt_2b"}));
  EXPECT_EQ(ids_sent(kUrlA), (std::vector<std::string>{"evt_1", "evt_3"}));
  run();
  EXPECT_EQ(ids_sent(kUrlA), (std::vector<std::string>{"evt_1", "evt_3", "evt_1", "evt_2"}));
  EXPECT_EQ(outbox_.delivered(), 5U);
}

TEST_F(DispatcherTest, AtMostSoManyAreUnderWayAtOnce) {
  ContactPoint few = contact("a", kUrlA);
  few.concurrency = 3;
  start({few, contact("b", kUrlB)});
  transport_.held = true;
  for (int i = 0; i < 10; ++i) push("evt_" + std::to_string(i), "a");
  push("evt_b", "b");
  for (int i = 0; i < 3; ++i) dispatcher_->run_once({});
  EXPECT_EQ(ids_sent(kUrlA).size(), 3U);
  EXPECT_EQ(ids_sent(kUrlB).size(), 1U) << "a slow receiver delays nobody else";
  EXPECT_EQ(dispatcher_->under_way(), 4U);
  transport_.held = false;
  run();
  EXPECT_EQ(outbox_.delivered(), 11U);
}

TEST_F(DispatcherTest, ARateIsKept) {
  ContactPoint slow = contact("a", kUrlA);
  slow.rate = 2;
  slow.concurrency = 100;
  start({slow});
  for (int i = 0; i < 10; ++i) push("evt_" + std::to_string(i), "a");
  const EventTime begin = now_;
  dispatcher_->run_once({});
  EXPECT_EQ(transport_.requests.size(), 2U) << "a second's worth at once";
  run();
  EXPECT_EQ(transport_.requests.size(), 10U);
  EXPECT_EQ(now_ - begin, Period::seconds(4));
}

TEST_F(DispatcherTest, GivesUpWhenTheTimeIsOver) {
  ContactPoint impatient = contact("a", kUrlA);
  impatient.max_age = Period::seconds(2);
  start({impatient});
  transport_.answer(kUrlA, {503, 503, 503, 503});
  push("evt_1", "a", "k");
  push("evt_2", "a", "k");
  const EventTime begin = now_;
  run();
  EXPECT_EQ(history_, "evt_1:1:server_busy evt_1:2:server_busy evt_1:3:server_busy evt_1:4:gave_up evt_2:1:delivered");
  EXPECT_EQ(attempts_[3].at - begin, Period::seconds(2));
  EXPECT_EQ(outbox_.dead(), 1U);
}

TEST_F(DispatcherTest, WhatCannotSucceedIsADeadLetterAtOnce) {
  start({contact("a", kUrlA)});
  transport_.answer(kUrlA, {422});
  push("evt_1", "a");
  run();
  EXPECT_EQ(history_, "evt_1:1:cannot_succeed");
  EXPECT_EQ(outbox_.dead(), 1U);
}

TEST_F(DispatcherTest, GoneClosesTheContactPointAndTheFallbackHearsOfIt) {
  ContactPoint a = contact("a", kUrlA);
  a.fallback = "b";
  start({a, contact("b", kUrlB)});
  transport_.answer(kUrlA, {410});
  for (const char* id : {"evt_1", "evt_2"}) push(id, "a", "k");
  run();
  push("evt_3", "a");
  push("evt_4", "b");
  run();
  EXPECT_EQ(ids_sent(kUrlA).size(), 1U);
  EXPECT_EQ(outbox_.dead(), 3U);
  ASSERT_EQ(ids_sent(kUrlB).size(), 2U);
  EXPECT_NE(transport_.requests[1].body.find(R"("contact_point":"a","reason":"gone")"), std::string::npos);
  EXPECT_EQ(ids_sent(kUrlB)[1], "evt_4");
}

TEST_F(DispatcherTest, TheFallbackHearsOfDeadLettersOnceAMinute) {
  ContactPoint a = contact("a", kUrlA);
  a.fallback = "b";
  start({a, contact("b", kUrlB)});
  transport_.answer(kUrlA, std::vector<int>(30, 422));
  for (int i = 0; i < 10; ++i) push("evt_" + std::to_string(i), "a");
  run();
  ASSERT_EQ(ids_sent(kUrlB).size(), 1U);
  now_ = now_ + Period::minutes(1);
  push("evt_last", "a");
  run();
  ASSERT_EQ(ids_sent(kUrlB).size(), 2U);
  EXPECT_NE(transport_.requests.back().body.find("\"dead_letters\":10"), std::string::npos)
      << "all that it has: " << transport_.requests.back().body;
}

// What died within the minute is told when it is over, though nothing else is delivered.
TEST_F(DispatcherTest, TheFallbackNeedNotWaitForAnotherDelivery) {
  ContactPoint a = contact("a", kUrlA);
  a.fallback = "b";
  start({a, contact("b", kUrlB)});
  transport_.answer(kUrlA, {422, 422});
  push("evt_1", "a");
  run();
  push("evt_2", "a");
  run();
  ASSERT_EQ(ids_sent(kUrlB).size(), 1U);
  const EventTime then = now_;
  for (int i = 0; i < 5 && ids_sent(kUrlB).size() < 2; ++i) round();
  ASSERT_EQ(ids_sent(kUrlB).size(), 2U);
  EXPECT_LE(now_, then + Period::minutes(1));
}

// Killed between a death and its notice: the next one tells it, once.
TEST_F(DispatcherTest, ADeathOfAnEarlierRunIsTold) {
  class Restarted : public DeadLetters {
   public:
    explicit Restarted(MemoryOutbox& outbox) : outbox_(outbox) {}
    std::uint64_t count(const std::string&) override { return 7; }
    std::vector<Death> newest(const std::string& contact_point) override {
      if (contact_point != "a") return {};
      Death death;
      death.delivery.notification.id = "evt_old";
      death.delivery.notification.contact_point = "a";
      death.attempt.decision = {.step = DeliveryStep::kDeadLetter, .reason = DeliveryReason::kGaveUp, .at = {}};
      return {death};
    }
    void add(const Notification& notice, EventTime now) override { outbox_.add(notice, now); }

   private:
    MemoryOutbox& outbox_;
  } letters(outbox_);
  ContactPoint a = contact("a", kUrlA);
  a.fallback = "b";
  for (int restart = 0; restart < 2; ++restart) {
    Dispatcher dispatcher({a, contact("b", kUrlB)}, outbox_, transport_,
                          {.dead_letters = &letters,
                           .now = [this] { return now_; },
                           .random = [] { return 0.5; },
                           .on_attempt = nullptr});
    for (int i = 0; i < 4; ++i) dispatcher.run_once({});
    now_ = now_ + Period::hours(1);
  }
  ASSERT_EQ(ids_sent(kUrlB).size(), 1U);
  EXPECT_NE(transport_.requests[0].body.find(R"("dead_letters":7,"notification":{"id":"evt_old")"), std::string::npos);
}

TEST_F(DispatcherTest, FallbacksOfEachOtherDoNotKeepEachOtherBusy) {
  ContactPoint a = contact("a", kUrlA);
  ContactPoint b = contact("b", kUrlB);
  a.fallback = "b";
  b.fallback = "a";
  start({a, b});
  transport_.answer(kUrlA, std::vector<int>(100, 400));
  transport_.answer(kUrlB, std::vector<int>(100, 400));
  push("evt_1", "a");
  run();
  EXPECT_EQ(ids_sent(kUrlA).size(), 1U);
  EXPECT_EQ(ids_sent(kUrlB).size(), 1U);
  EXPECT_EQ(outbox_.dead(), 2U);
}

TEST_F(DispatcherTest, WhatHasNowhereToGoIsADeadLetter) {
  ContactPoint unknown_type = contact("c", kUrlA);
  unknown_type.type = "pigeon";
  start({contact("a", ""), unknown_type});
  push("evt_1", "a");
  push("evt_3", "c");
  run();
  EXPECT_EQ(history_, "evt_1:1:cannot_succeed evt_3:1:cannot_succeed");
  EXPECT_EQ(attempts_[0].outcome.error, "the contact point has no url");
  EXPECT_EQ(attempts_[1].outcome.error, "unknown type 'pigeon'");
  EXPECT_TRUE(transport_.requests.empty());
}

// Of a thousand deliveries to a receiver that is down each is tried few times: the breaker is open, and what waits for
// it uses up no attempts.
TEST_F(DispatcherTest, AnOpenBreakerUsesUpNoAttempts) {
  start({contact("a", kUrlA), contact("b", kUrlB)});
  transport_.answer(kUrlA, std::vector<int>(1000, 0));
  for (int i = 0; i < 1000; ++i) push("evt_" + std::to_string(i), "a");
  const EventTime begin = now_;
  while (now_ < begin + Period::hours(1)) {
    round();
  }
  EXPECT_EQ(breaker("a"), BreakerState::kOpen);
  EXPECT_LE(transport_.requests.size(), 20U) << "four at a time until it opened, then a probe now and then";
  EXPECT_GE(transport_.requests.size(), 10U);
  push("evt_b", "b");
  dispatcher_->run_once({});
  EXPECT_EQ(ids_sent(kUrlB).size(), 1U);
  transport_.answers[kUrlA].clear();
  run(3000);
  EXPECT_EQ(outbox_.delivered(), 1001U);
  EXPECT_EQ(outbox_.dead(), 0U);
}

TEST_F(DispatcherTest, WhatGrowsTooOldBehindAnOpenBreakerIsGivenUp) {
  ContactPoint a = contact("a", kUrlA);
  a.fallback = "b";
  start({a, contact("b", kUrlB)});
  transport_.answer(kUrlA, std::vector<int>(10'000, 0));
  for (int i = 0; i < 500; ++i) push("evt_" + std::to_string(i), "a");
  const EventTime begin = now_;
  run(10'000);
  EXPECT_EQ(outbox_.pending(), 0U);
  EXPECT_EQ(outbox_.dead(), 500U);
  EXPECT_GE(now_ - begin, Period::hours(72) - Period{1});
  EXPECT_LE(now_ - begin, Period::hours(73));
  EXPECT_LE(ids_sent(kUrlA).size(), 500U);
  EXPECT_FALSE(ids_sent(kUrlB).empty());
}

TEST_F(DispatcherTest, WhatEndedIsRecordedAtOnceTogether) {
  ContactPoint wide = contact("a", kUrlA);
  wide.concurrency = 50;
  start({wide});
  for (int i = 0; i < 50; ++i) push("evt_" + std::to_string(i), "a");
  dispatcher_->run_once({});
  EXPECT_EQ(attempts_.size(), 50U);
  EXPECT_EQ(outbox_.records, 1);
}

TEST_F(DispatcherTest, AFullDiskForgetsNothing) {
  start({contact("a", kUrlA)});
  push("evt_1", "a", "k");
  push("evt_2", "a", "k");
  outbox_.full = true;
  for (int i = 0; i < 3; ++i) EXPECT_THROW(dispatcher_->run_once({}), std::runtime_error);
  EXPECT_EQ(transport_.requests.size(), 1U) << "neither sent again nor anything new";
  EXPECT_EQ(dispatcher_->under_way(), 1U);
  EXPECT_EQ(history_, "");
  outbox_.full = false;
  run();
  EXPECT_EQ(history_, "evt_1:1:delivered evt_2:1:delivered");
  EXPECT_EQ(transport_.requests.size(), 2U);
}

TEST_F(DispatcherTest, WaitsNoLongerThanToTheNextAttempt) {
  start({contact("a", kUrlA)});
  transport_.answer(kUrlA, {503});
  dispatcher_->run_once(Period{20});
  EXPECT_EQ(transport_.waits.back(), Period{20}) << "nothing to do";
  push("evt_1", "a");
  dispatcher_->run_once(Period{20});
  dispatcher_->run_once(Period{20});
  EXPECT_EQ(transport_.waits.back(), Period{20}) << "due in 500 ms";
  now_ = now_ + Period{490};
  dispatcher_->run_once(Period{20});
  EXPECT_EQ(transport_.waits.back(), Period{10});
}

TEST_F(DispatcherTest, AClockThatIsSetBackStopsNothing) {
  start({contact("a", kUrlA)});
  transport_.answer(kUrlA, {503});
  push("evt_1", "a");
  dispatcher_->run_once({});
  now_ = now_ - Period::days(2);
  push("evt_2", "a");
  dispatcher_->run_once({});
  EXPECT_EQ(ids_sent(kUrlA).back(), "evt_2");
}

TEST_F(DispatcherTest, AnAnswerAfterItsEndIsHarmless) {
  start({contact("a", kUrlA)});
  transport_.held = true;
  push("evt_1", "a");
  dispatcher_->run_once({});
  dispatcher_.reset();
  transport_.held = false;
  EXPECT_EQ(transport_.poll({}), 0U);
  EXPECT_EQ(history_, "");
}

TEST_F(DispatcherTest, AfterFinishNothingIsBegun) {
  start({contact("a", kUrlA)});
  push("evt_1", "a");
  dispatcher_->finish();
  dispatcher_->run_once({});
  EXPECT_TRUE(transport_.requests.empty());
  EXPECT_EQ(outbox_.pending(), 1U);
}

TEST_F(DispatcherTest, ReconfigurationKeepsBreakersAndLetsWhatIsUnderWayEnd) {
  start({contact("a", kUrlA), contact("b", kUrlB)});
  transport_.answer(kUrlA, std::vector<int>(5, 0));
  for (int i = 0; i < 5; ++i) push("evt_" + std::to_string(i), "a");
  dispatcher_->run_once({});
  dispatcher_->run_once({});
  EXPECT_EQ(breaker("a"), BreakerState::kOpen);
  transport_.held = true;
  push("evt_b", "b");
  dispatcher_->run_once({});
  ContactPoint slower = contact("a", kUrlA);
  slower.timeout = Period::seconds(30);
  dispatcher_->reconfigure({slower});
  EXPECT_EQ(breaker("a"), BreakerState::kOpen);
  EXPECT_EQ(dispatcher_->status().size(), 2U) << "b has one under way";
  transport_.held = false;
  dispatcher_->run_once({});
  EXPECT_EQ(dispatcher_->status().size(), 1U);
  EXPECT_EQ(outbox_.delivered(), 1U);
  dispatcher_->reconfigure({contact("a", kUrlB)});
  EXPECT_EQ(breaker("a"), BreakerState::kClosed) << "another address is another receiver";
}

TEST_F(DispatcherTest, ARemovedContactPointGetsNothing) {
  start({contact("a", kUrlA)});
  dispatcher_->reconfigure({});
  push("evt_1", "a");
  dispatcher_->run_once({});
  EXPECT_TRUE(transport_.requests.empty());
  dispatcher_->reconfigure({contact("a", kUrlA)});
  run();
  EXPECT_EQ(history_, "evt_1:1:delivered");
}

}  // namespace
}  // namespace tocsin
