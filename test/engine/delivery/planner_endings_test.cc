// When repetition ends: alarms that nobody will tell the end of, and gaps of event time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/delivery/notification_planner.h"
#include "test/engine/delivery/planner_messages.h"

namespace tocsin::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using enum AlarmState;

constexpr std::int64_t kHour = 3600;

class PlannerEndings : public testing::Test {
 protected:
  void start(const GroupingPolicy& grouping) {
    ContactPoint oncall;
    oncall.name = "oncall";
    oncall.grouping = grouping;
    contacts_ = {oncall};
    planner_ = std::make_unique<NotificationPlanner>(contacts_);
  }
  void SetUp() override {
    start({.group_by = {"service"},
           .wait = Period::seconds(30),
           .interval = Period::minutes(5),
           .repeat_interval = Period::hours(4)});
  }

  void add(const Notification& message) { planner_->add(message, decided_); }
  void advance(std::int64_t second) { planner_->advance(after(second), decided_); }
  void end(std::int64_t second, const std::string& alarm) {
    planner_->end("oncall", alarm, after(second), "nobody tells", decided_);
  }
  void end_all(std::int64_t second, const std::string& gone) {
    planner_->end_where([&](const std::string&, const std::string& alarm) { return alarm == gone ? "gone" : ""; },
                        after(second), decided_);
  }
  void restart() {
    StateWriter out;
    planner_->save(out);
    const std::string bytes = out.take();
    planner_ = std::make_unique<NotificationPlanner>(contacts_);
    StateReader in(bytes);
    planner_->restore(in);
    ASSERT_TRUE(in.ok() && in.at_end());
  }
  void silence(std::int64_t until) {
    std::string problem;
    planner_->set_silences({{.id = "sil_x",
                             .matchers = {parse_label_matcher("alarm=~.+", problem).value()},
                             .from = kStart,
                             .until = after(until),
                             .comment = "deploy"}});
  }

  // What was decided since the last call; an ending as "ended ALARM: REASON".
  std::vector<std::string> take() {
    std::vector<std::string> texts;
    for (const Notification& one : decided_) {
      texts.push_back(one.disposition == Disposition::kEnded ? "ended " + one.order_key + ": " + one.reason
                                                             : text_of(one));
    }
    decided_.clear();
    return texts;
  }

  std::vector<ContactPoint> contacts_;
  std::unique_ptr<NotificationPlanner> planner_;
  std::vector<Notification> decided_;
};

TEST_F(PlannerEndings, AGroupWhoseAlarmIsGoneIsNotRepeated) {
  add(change(0, "a/pay", kAlarm));
  advance(30);
  take();
  end_all(100, "a/pay");
  ASSERT_EQ(decided_.size(), 1U);
  const Notification decision = decided_[0];
  EXPECT_EQ(decision.type, "alarm.ended");
  EXPECT_EQ(decision.labels.at("service"), "pay");
  EXPECT_EQ(decision.payload, R"({"type":"alarm.ended","timestamp":"2026-11-18T11:08:20.000Z",)"
                              R"("data":{"alarm":"a/pay","reason":"gone"}})");
  EXPECT_THAT(take(), ElementsAre("ended a/pay: gone"));
  EXPECT_EQ(planner_->next_timer(), std::nullopt);
  end_all(100, "a/pay");
  advance(100 * kHour);
  EXPECT_THAT(take(), IsEmpty()) << "it ends once";
}

TEST_F(PlannerEndings, TheOthersOfTheGroupAreRepeatedWithoutIt) {
  add(change(0, "a/pay", kAlarm));
  add(change(0, "b/pay", kAlarm));
  advance(30);
  end_all(100, "a/pay");
  take();
  advance(30 + 4 * kHour);
  ASSERT_EQ(decided_.size(), 1U);
  EXPECT_THAT(decided_[0].payload, testing::HasSubstr(R"("firing":1,"resolved":0,"alarms":[{"alarm":"b/pay")"));
}

TEST_F(PlannerEndings, WhatWaitsIsToldOnceAlsoAfterARestart) {
  for (const bool restarts : {false, true}) {
    SetUp();
    add(change(0, "a/pay", kAlarm));
    end_all(10, "a/pay");
    EXPECT_THAT(take(), ElementsAre("ended a/pay: gone"));
    if (restarts) restart();
    advance(30);
    EXPECT_THAT(take(), ElementsAre("send group", "superseded a/pay-ALARM-0"));
    advance(100 * kHour);
    EXPECT_THAT(take(), IsEmpty());
    EXPECT_EQ(planner_->next_timer(), std::nullopt);
  }
}

TEST_F(PlannerEndings, AResolveThatWaitsIsStillTold) {
  add(change(0, "a/pay", kAlarm));
  advance(30);
  add(change(60, "a/pay", kOk));
  take();
  end_all(70, "a/pay");
  EXPECT_THAT(take(), IsEmpty());
  advance(400);
  EXPECT_THAT(take(), ElementsAre("send group", "superseded a/pay-OK-60"));
}

TEST_F(PlannerEndings, WhatASilenceHoldsIsNotToldWhenItEnds) {
  start({});
  silence(600);
  add(change(0, "a/pay", kAlarm));
  add(change(0, "b/pay", kAlarm));
  EXPECT_THAT(take(), ElementsAre("silenced a/pay-ALARM-0", "silenced b/pay-ALARM-0"));
  end(100, "a/pay");
  EXPECT_THAT(take(), ElementsAre("ended a/pay: nobody tells"));
  advance(600);
  ASSERT_EQ(decided_.size(), 1U);
  EXPECT_EQ(decided_[0].order_key, "b/pay");
}

TEST_F(PlannerEndings, AResolveThatASilenceHoldsIsToldWhenItEnds) {
  start({});
  add(change(0, "a/pay", kAlarm));
  silence(600);
  add(change(60, "a/pay", kOk));
  take();
  end_all(100, "a/pay");
  EXPECT_THAT(take(), IsEmpty());
  advance(600);
  ASSERT_EQ(decided_.size(), 1U);
  EXPECT_EQ(decided_[0].change->state, kOk);
}

TEST_F(PlannerEndings, WithoutRepetitionOnlyChangedRulesAreWorthAWord) {
  start({});
  add(change(0, "a/pay", kAlarm));
  add(change(0, "b/pay", kAlarm));
  take();
  end(100, "a/pay");
  end(100, "unknown");
  EXPECT_THAT(take(), IsEmpty());
  end_all(100, "b/pay");
  end_all(100, "a/pay");
  EXPECT_THAT(take(), ElementsAre("ended b/pay: gone"));
}

TEST_F(PlannerEndings, AContactPointThatRepeatsNoLongerDoesNot) {
  add(change(0, "a/pay", kAlarm));
  advance(30);
  take();
  contacts_[0].grouping.repeat_interval.reset();
  restart();
  EXPECT_EQ(planner_->next_timer(), std::nullopt);
}

TEST_F(PlannerEndings, WhatWaitsForAContactPointThatIsGoneComesOutWithItsReason) {
  add(change(0, "a/pay", kAlarm));
  contacts_.clear();
  restart();
  advance(31);
  EXPECT_THAT(take(), ElementsAre("ended a/pay: its contact point is no longer in the configuration"));
}

// A storm: a hundred thousand alarms fire at one instant. What fits is told in a few summaries of bounded size; what is
// over the limits is told by itself; nothing is silent, and all is remembered within the limits.
TEST_F(PlannerEndings, AStormIsAFewSummariesAndNothingIsSilent) {
  constexpr int kStorm = 100'000;
  start({.group_by = {"service"}});
  std::size_t sent_alone = 0, superseded = 0, summaries = 0;
  std::uint64_t firing = 0;
  const auto count = [&] {
    for (const Notification& one : decided_) {
      superseded += one.disposition == Disposition::kSuperseded ? 1 : 0;
      if (one.disposition != Disposition::kSend) continue;
      if (one.type != "alarm.group") {
        ++sent_alone;
        continue;
      }
      ++summaries;
      EXPECT_LT(one.payload.size(), 50'000U);
      const std::size_t at = one.payload.find("\"firing\":");
      firing = std::max<std::uint64_t>(firing, std::stoull(one.payload.substr(at + 9)));
    }
    decided_.clear();
  };
  for (int i = 0; i < kStorm; ++i) {
    add(change(0, "errors-" + std::to_string(i) + "/pay", kAlarm));
    if (i % 1000 == 0) count();
  }
  advance(600);
  count();
  const PlannerLimits limits;
  EXPECT_EQ(sent_alone + superseded, static_cast<std::size_t>(kStorm)) << "each comes out once";
  EXPECT_EQ(superseded, limits.alarms);
  EXPECT_LE(summaries, 3U);
  EXPECT_EQ(firing, limits.alarms);
  StateWriter out;
  planner_->save(out);
  EXPECT_LT(out.size(), 20U * 1024 * 1024);
}

// An alarm that changes every period for a day: one message a calm, with how many were held back, never silence.
TEST_F(PlannerEndings, AnAlarmThatChangesEveryPeriodIsToldAndThenDamped) {
  ContactPoint oncall;
  oncall.name = "oncall";
  oncall.flap = {.transitions = 5, .within = Period::minutes(10)};
  contacts_ = {oncall};
  planner_ = std::make_unique<NotificationPlanner>(contacts_);
  for (int minute = 0; minute < 24 * 60; ++minute) add(change(60L * minute, "a/pay", minute % 2 == 0 ? kAlarm : kOk));
  add(change(86'400, "a/pay", kAlarm));
  advance(90'000);
  std::size_t sent = 0, flapping = 0;
  for (const Notification& one : decided_) {
    sent += one.disposition == Disposition::kSend ? 1 : 0;
    flapping += one.disposition == Disposition::kFlapping ? 1 : 0;
    EXPECT_TRUE(one.disposition == Disposition::kSend || !one.reason.empty());
  }
  EXPECT_EQ(flapping, 24U * 60 + 1 - 5);
  EXPECT_LE(sent, 6U) << "the first five, and the state in which it calmed down where that is news";
}

// However long the gap: one repetition, the latest that is due.
TEST_F(PlannerEndings, AGapEndsInOneRepetition) {
  constexpr std::int64_t kFirst = 30 + 4 * kHour;
  struct Case {
    std::int64_t until;
    std::int64_t told_at;  // -1: nothing
  };
  for (const Case& one : {Case{kFirst - 1, -1}, Case{kFirst, kFirst}, Case{kFirst + 4 * kHour - 1, kFirst},
                          Case{kFirst + 4 * kHour, kFirst + 4 * kHour}, Case{66 * kHour, kFirst + 60 * kHour},
                          Case{24 * 365 * 20 * kHour, 30 + 24 * 365 * 20 * kHour - 4 * kHour}}) {
    SetUp();
    add(change(0, "a/pay", kAlarm));
    advance(30);
    take();
    advance(one.until);
    if (one.told_at < 0) {
      EXPECT_THAT(take(), IsEmpty()) << one.until;
      continue;
    }
    ASSERT_EQ(decided_.size(), 1U) << one.until;
    EXPECT_EQ(decided_[0].at, after(one.told_at)) << one.until;
    EXPECT_EQ(planner_->next_timer(), after(one.told_at + 4 * kHour)) << one.until;
  }
}

// As the engine does: it says how far it goes, then takes each timer at its own time.
TEST_F(PlannerEndings, WhatEndsWithinAGapIsNotRepeatedBehindIt) {
  add(change(0, "a/pay", kAlarm));
  advance(30);
  take();
  planner_->pass_over(after(66 * kHour));
  advance(30 + 4 * kHour);
  EXPECT_THAT(take(), IsEmpty());
  add(change(10 * kHour, "a/pay", kOk));
  for (auto timer = planner_->next_timer(); timer && *timer <= after(66 * kHour); timer = planner_->next_timer()) {
    planner_->advance(*timer, decided_);
  }
  EXPECT_THAT(take(), ElementsAre("send group", "superseded a/pay-OK-36000"));
}

}  // namespace
}  // namespace tocsin::test
