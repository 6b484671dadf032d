// The planner's rules, one by one. What random messages do is in planner_reference_test.cc.
#include "engine/delivery/notification_planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/engine/delivery/planner_messages.h"

namespace tocsin::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using enum AlarmState;

std::vector<ContactPoint> contact_points(const GroupingPolicy& grouping, const FlapPolicy& flap = {}) {
  ContactPoint oncall;
  oncall.name = "oncall";
  oncall.grouping = grouping;
  oncall.flap = flap;
  return {oncall};
}

const GroupingPolicy kByService{.group_by = {"service"},
                                .wait = Period::seconds(30),
                                .interval = Period::minutes(5),
                                .repeat_interval = Period::hours(4)};

Silence silence(std::int64_t from, std::int64_t until, const std::string& matcher = "alarm=~.+") {
  std::string problem;
  return {.id = "sil_x",
          .matchers = {parse_label_matcher(matcher, problem).value()},
          .from = after(from),
          .until = after(until),
          .comment = "deploy"};
}

class Planner {
 public:
  explicit Planner(std::vector<ContactPoint> contacts) : contacts_(std::move(contacts)), planner_(contacts_) {}

  NotificationPlanner& operator*() { return planner_; }
  std::vector<std::string> add(const Notification& message) {
    decided.clear();
    planner_.add(message, decided);
    return texts_of(decided);
  }
  std::vector<std::string> advance(std::int64_t second) {
    decided.clear();
    planner_.advance(after(second), decided);
    return texts_of(decided);
  }
  std::int64_t timer() const {
    const std::optional<EventTime> next = planner_.next_timer();
    return next ? (*next - kStart).ms / 1000 : -1;
  }

  std::vector<Notification> decided;

 private:
  std::vector<ContactPoint> contacts_;
  NotificationPlanner planner_;
};

TEST(NotificationPlanner, WithoutPoliciesEverythingIsSentAtOnceAsItIs) {
  Planner planner(contact_points({}));
  const Notification message = change(0, "a", kAlarm);
  EXPECT_THAT(planner.add(message), ElementsAre("send a-ALARM-0"));
  EXPECT_EQ(planner.decided[0].payload, message.payload);
  EXPECT_EQ(planner.decided[0].reason, "");
  EXPECT_THAT(planner.add(change(0, "a", kAlarm, "unknown")), ElementsAre("send a-ALARM-0"));
  EXPECT_EQ(planner.timer(), -1);
}

TEST(NotificationPlanner, AGroupWaitsThenKeepsItsIntervalThenRepeats) {
  Planner planner(contact_points(kByService));
  EXPECT_THAT(planner.add(change(0, "a/pay", kAlarm)), IsEmpty());
  EXPECT_THAT(planner.add(change(10, "b/pay", kAlarm)), IsEmpty());
  EXPECT_THAT(planner.add(change(10, "c/cart", kAlarm)), IsEmpty());
  EXPECT_EQ(planner.timer(), 30);
  EXPECT_THAT(planner.advance(29), IsEmpty());
  EXPECT_THAT(planner.advance(30), ElementsAre("send group", "superseded a/pay-ALARM-0", "superseded b/pay-ALARM-10"));
  const Notification group = planner.decided[0];
  EXPECT_EQ(group.order_key, R"({service="pay"})");
  EXPECT_EQ(group.at, after(30));
  EXPECT_EQ(planner.decided[1].reason, "told in " + group.id + R"( with its group {service="pay"})");
  EXPECT_THAT(planner.advance(40), ElementsAre("send group", "superseded c/cart-ALARM-10"));

  // Within the interval: the newest change of each alarm is told when it is over.
  EXPECT_THAT(planner.add(change(100, "a/pay", kOk)), IsEmpty());
  EXPECT_THAT(planner.add(change(110, "a/pay", kAlarm)), ElementsAre("superseded a/pay-OK-100"));
  EXPECT_EQ(planner.decided[0].reason, "superseded by a/pay-ALARM-110");
  EXPECT_EQ(planner.timer(), 330);
  EXPECT_THAT(planner.advance(330), ElementsAre("send group", "superseded a/pay-ALARM-110"));
  // After it: a change waits for others first.
  EXPECT_THAT(planner.add(change(1000, "a/pay", kOk)), IsEmpty());
  EXPECT_EQ(planner.timer(), 1030);
  EXPECT_THAT(planner.advance(1030), ElementsAre("send group", "superseded a/pay-OK-1000"));
  EXPECT_THAT(planner.decided[0].payload, HasSubstr(R"("status":"firing")"));

  EXPECT_EQ(planner.timer(), 40 + 4 * 3600);
  EXPECT_THAT(planner.advance(40 + 4 * 3600), ElementsAre("send group"));
  EXPECT_THAT(planner.decided[0].payload, HasSubstr(R"("repeat":true)"));
  EXPECT_EQ(planner.decided[0].reason, "told again: it still fires");
  EXPECT_THAT(planner.advance(1030 + 4 * 3600), ElementsAre("send group"));
  EXPECT_THAT(planner.add(change(20000, "b/pay", kOk)), IsEmpty());
  EXPECT_THAT(planner.advance(20030), ElementsAre("send group", "superseded b/pay-OK-20000"));
  EXPECT_THAT(planner.decided[0].payload, HasSubstr(R"("status":"resolved")"));
  EXPECT_THAT(planner.add(change(20031, "c/cart", kOk)), IsEmpty());
  EXPECT_THAT(planner.advance(1'000'000), ElementsAre("send group", "superseded c/cart-OK-20031"));
  EXPECT_EQ(planner.timer(), -1) << "what no longer fires is not told again";
}

TEST(NotificationPlanner, AGroupsNotificationListsItsAlarms) {
  Planner planner(contact_points(kByService));
  planner.add(change(0, "a/pay", kAlarm));
  Notification critical = change(5, "b/pay", kAlarm);
  critical.change->severity = Severity::kCritical;
  planner.add(critical);
  planner.add(change(6, "c/pay", kOk));
  planner.advance(30);
  EXPECT_EQ(planner.decided[0].payload,
            R"({"type":"alarm.group","timestamp":"2026-11-18T11:07:10.000Z","data":{"key":"{service=\"pay\"}",)"
            R"("group":{"service":"pay"},"status":"firing","severity":"critical","sequence":1,"repeat":false,)"
            R"("firing":2,"resolved":1,"alarms":[)"
            R"({"alarm":"b/pay","state":"ALARM","since":"2026-11-18T11:06:45.000Z","severity":"critical",)"
            R"("reason":"because of b/pay-ALARM-5","document":{"alarm":"b/pay"}},)"
            R"({"alarm":"a/pay","state":"ALARM","since":"2026-11-18T11:06:40.000Z","severity":"warning",)"
            R"("reason":"because of a/pay-ALARM-0","document":{"alarm":"a/pay"}},)"
            R"({"alarm":"c/pay","state":"OK","since":"2026-11-18T11:06:46.000Z","severity":"warning",)"
            R"("reason":"because of c/pay-OK-6","document":{"alarm":"c/pay"}}],"more":0}})");
}

TEST(NotificationPlanner, AGroupOfAThousandAlarmsIsOneNotificationOfBoundedSize) {
  Planner planner(contact_points({.group_by = {"definition"}}));
  for (int i = 0; i < 1000; ++i) planner.add(change(0, "errors/" + std::to_string(i), kAlarm));
  EXPECT_EQ(planner.advance(30).size(), 1001u);
  EXPECT_THAT(planner.decided[0].payload, HasSubstr(R"("firing":1000,"resolved":0)"));
  EXPECT_THAT(planner.decided[0].payload, HasSubstr(R"("more":950})"));
  EXPECT_LT(planner.decided[0].payload.size(), 20'000u);
}

TEST(NotificationPlanner, MessagesOfIncidentsAreNeitherGroupedNorDamped) {
  Planner planner(contact_points(kByService, {.transitions = 1}));
  (*planner).set_silences({silence(50, 60, "service=pay")});
  Notification message = change(0, "a/pay", kAlarm);
  message.type = "incident.opened";
  message.change.reset();
  for (const std::int64_t second : {0, 1, 2}) {
    message.at = after(second);
    EXPECT_THAT(planner.add(message), ElementsAre("send a/pay-ALARM-0"));
  }
  message.at = after(55);
  EXPECT_THAT(planner.add(message), ElementsAre("silenced a/pay-ALARM-0"));
  EXPECT_EQ(planner.decided[0].reason, "silence sil_x: deploy");
}

TEST(NotificationPlanner, AFlappingAlarmIsToldOnceItHasCalmedDown) {
  Planner planner(contact_points({}, {.transitions = 3, .within = Period::minutes(10)}));
  EXPECT_THAT(planner.add(change(0, "a", kAlarm)), ElementsAre("send a-ALARM-0"));
  EXPECT_THAT(planner.add(change(60, "a", kOk)), ElementsAre("send a-OK-60"));
  EXPECT_THAT(planner.add(change(120, "a", kAlarm)), ElementsAre("send a-ALARM-120"));
  EXPECT_EQ(planner.decided[0].reason, "changes too often: further changes are held back until it has calmed down");
  EXPECT_THAT(planner.add(change(180, "a", kOk)), ElementsAre("flapping a-OK-180"));
  EXPECT_EQ(planner.decided[0].reason, "3 or more changes within 10m: told when the alarm has calmed down");
  EXPECT_THAT(planner.add(change(180, "b", kOk)), ElementsAre("send b-OK-180")) << "each alarm by itself";
  EXPECT_THAT(planner.add(change(240, "a", kAlarm)), ElementsAre("flapping a-ALARM-240"));
  EXPECT_THAT(planner.add(change(300, "a", kOk)), ElementsAre("flapping a-OK-300"));
  EXPECT_EQ(planner.timer(), 180 + 600) << "then the last ten minutes hold fewer than three";
  EXPECT_THAT(planner.advance(779), IsEmpty());
  ASSERT_EQ(planner.advance(780).size(), 1u);
  const Notification& told = planner.decided[0];
  EXPECT_EQ(told.disposition, Disposition::kSend);
  EXPECT_NE(told.id, "a-OK-300") << "that one has come out already";
  EXPECT_EQ(told.payload, change(300, "a", kOk).payload);
  EXPECT_EQ(told.reason, "3 changes were held back before, the last: because the alarm changed too often");
}

TEST(NotificationPlanner, WhatWasToldBeforeItFlappedIsNotToldAgain) {
  Planner planner(contact_points({}, {.transitions = 1, .within = Period::minutes(1)}));
  EXPECT_THAT(planner.add(change(0, "a", kAlarm)), ElementsAre("send a-ALARM-0"));
  EXPECT_THAT(planner.add(change(10, "a", kOk)), ElementsAre("flapping a-OK-10"));
  EXPECT_THAT(planner.add(change(20, "a", kAlarm)), ElementsAre("flapping a-ALARM-20"));
  EXPECT_THAT(planner.advance(1000), IsEmpty());
}

TEST(NotificationPlanner, WhatStillFiresWhenItsSilenceEndsIsToldThen) {
  Planner planner(contact_points({}));
  (*planner).set_silences({silence(0, 100), silence(90, 200, "alarm=a")});
  EXPECT_THAT(planner.add(change(10, "a", kAlarm)), ElementsAre("silenced a-ALARM-10"));
  EXPECT_THAT(planner.add(change(20, "b", kAlarm)), ElementsAre("silenced b-ALARM-20"));
  EXPECT_THAT(planner.add(change(30, "b", kOk)), ElementsAre("silenced b-OK-30"));
  EXPECT_EQ(planner.timer(), 200);
  ASSERT_EQ(planner.advance(200).size(), 1u);
  EXPECT_EQ(planner.decided[0].payload, change(10, "a", kAlarm).payload);
  EXPECT_EQ(planner.decided[0].reason, "1 change was held back before, the last: silence sil_x: deploy");
  EXPECT_EQ(planner.decided[0].at, after(200));
}

TEST(NotificationPlanner, AResolveOfAToldAlarmIsSilencedAndToldWhenTheSilenceEnds) {
  Planner planner(contact_points({}));
  EXPECT_THAT(planner.add(change(0, "a", kAlarm)), ElementsAre("send a-ALARM-0"));
  (*planner).set_silences({silence(5, 100)});
  EXPECT_THAT(planner.add(change(10, "a", kOk)), ElementsAre("silenced a-OK-10"));
  ASSERT_EQ(planner.advance(100).size(), 1u);
  EXPECT_EQ(planner.decided[0].payload, change(10, "a", kOk).payload);
}

TEST(NotificationPlanner, ASilenceThatIsExpiredEndsAtOnce) {
  Planner planner(contact_points({}));
  (*planner).set_silences({silence(0, 1000)});
  planner.add(change(10, "a", kAlarm));
  planner.advance(50);
  EXPECT_EQ(planner.timer(), 1000);
  (*planner).set_silences({silence(0, 40)});
  EXPECT_EQ(planner.timer(), 50);
  EXPECT_EQ(planner.advance(50).size(), 1u);
}

TEST(NotificationPlanner, MaintenanceWindowsSilence) {
  Planner planner(contact_points({}));
  std::string problem;
  // kStart is 2026-11-18T11:06:40Z, a Wednesday.
  (*planner).set_maintenance({{.matchers = {parse_label_matcher("alarm=a", problem).value()},
                               .every = parse_weekly_schedule("WED 12:00", problem).value(),
                               .duration = Period::hours(1),
                               .zone_offset = Period::hours(1),
                               .comment = "load"}});
  EXPECT_THAT(planner.add(change(0, "a", kAlarm)), ElementsAre("silenced a-ALARM-0"));
  EXPECT_EQ(planner.decided[0].reason, "maintenance WED 12:00 for 1h: load");
  EXPECT_EQ(planner.timer(), 3600 - 400);
}

TEST(NotificationPlanner, AGroupIsSilencedWhenItIsTold) {
  Planner planner(contact_points(kByService));
  planner.add(change(0, "a/pay", kAlarm));
  planner.add(change(0, "b/pay", kAlarm));
  (*planner).set_silences({silence(10, 100, "alarm=a/pay")});
  EXPECT_THAT(planner.advance(30), ElementsAre("silenced a/pay-ALARM-0", "send group", "superseded b/pay-ALARM-0"));
  EXPECT_EQ(planner.timer(), 100);
  EXPECT_THAT(planner.advance(100), IsEmpty()) << "it joins the group again";
  EXPECT_THAT(planner.advance(330), ElementsAre("send group"));
  EXPECT_THAT(planner.decided[0].payload, HasSubstr(R"("firing":2)"));
}

TEST(NotificationPlanner, GroupsOfAContactPointThatGroupsInAnotherWayAreSent) {
  std::vector<ContactPoint> contacts = contact_points(kByService);
  NotificationPlanner planner(contacts);
  std::vector<Notification> decided;
  planner.add(change(0, "a/pay", kAlarm), decided);
  StateWriter out;
  planner.save(out);
  const std::string bytes = out.take();
  const std::vector<std::vector<ContactPoint>> others = {contact_points({.group_by = {"alarm"}}), contact_points({})};
  for (const std::vector<ContactPoint>& changed : others) {
    NotificationPlanner restored(changed);
    StateReader in(bytes);
    restored.restore(in);
    EXPECT_TRUE(in.ok());
    EXPECT_EQ(restored.next_timer(), after(0));
    decided.clear();
    restored.advance(after(1), decided);
    ASSERT_THAT(texts_of(decided), ElementsAre("send a/pay-ALARM-0"));
    EXPECT_EQ(decided[0].contact_point, "oncall");
    EXPECT_EQ(restored.next_timer(), std::nullopt);
  }
}

TEST(NotificationPlanner, WhatIsOverTheLimitsIsSentAtOnce) {
  const std::vector<ContactPoint> contacts = contact_points(kByService);
  NotificationPlanner planner(contacts, {.alarms = 3, .groups = 1, .waiting = 2, .held = 1, .listed = 1});
  std::vector<Notification> decided;
  planner.add(change(0, "a/pay", kAlarm), decided);
  EXPECT_THAT(decided, IsEmpty());
  planner.add(change(0, "a/cart", kAlarm), decided);
  EXPECT_THAT(texts_of(decided), ElementsAre("send a/cart-ALARM-0")) << "a second group";
  EXPECT_EQ(decided[0].reason, "sent by itself: too many alarms or groups");
  decided.clear();
  planner.add(change(0, "b/pay", kAlarm), decided);
  EXPECT_THAT(texts_of(decided), ElementsAre("send group", "superseded a/pay-ALARM-0", "superseded b/pay-ALARM-0"))
      << "two wait";
  decided.clear();
  planner.add(change(0, "c/pay", kAlarm), decided);
  EXPECT_THAT(texts_of(decided), ElementsAre("send c/pay-ALARM-0")) << "a fourth alarm";
}

}  // namespace
}  // namespace tocsin::test
