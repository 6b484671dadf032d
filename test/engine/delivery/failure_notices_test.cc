#include "engine/delivery/failure_notices.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

constexpr EventTime kNow{1'795'168'980'000};

ContactPoint contact(const std::string& name, const std::string& fallback) {
  ContactPoint made;
  made.name = name;
  made.fallback = fallback;
  return made;
}

class Letters : public DeadLetters {
 public:
  std::uint64_t count(const std::string&) override { return dead; }
  std::vector<Death> newest(const std::string&) override { return {}; }
  void add(const Notification&, EventTime) override {}
  std::uint64_t dead = 1;
};
Letters letters;  // NOLINT(cert-err58-cpp)

void note(FailureNotices& notices, const ContactPoint& to, const std::string& id,
          DeliveryReason reason = DeliveryReason::kCannotSucceed, int redrives = 0,
          std::string_view type = "alarm.state_changed") {
  Delivery delivery;
  delivery.notification.id = id;
  delivery.notification.type = type;
  delivery.redrives = redrives;
  DeliveryAttempt attempt;
  attempt.attempt = 3;
  attempt.outcome.status = 422;
  attempt.decision.step = DeliveryStep::kDeadLetter;
  attempt.decision.reason = reason;
  notices.note(to, delivery, attempt);
}

TEST(FailureNotices, TellTheFallback) {
  FailureNotices notices;
  note(notices, contact("oncall", "mail"), "evt_1");
  const std::vector<Notification> taken = notices.take(kNow, letters);
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].contact_point, "mail");
  EXPECT_EQ(taken[0].type, "delivery.failed");
  EXPECT_EQ(taken[0].order_key, "delivery/oncall");
  EXPECT_EQ(taken[0].id.substr(0, 4), "evt_");
  EXPECT_EQ(taken[0].payload,
            R"({"type":"delivery.failed","timestamp":"2026-11-20T10:03:00.000Z","data":{"contact_point":"oncall",)"
            R"("reason":"cannot_succeed","detail":"status 422","dead_letters":1,)"
            R"("notification":{"id":"evt_1","type":"alarm.state_changed"},"attempts":3}})");
  EXPECT_TRUE(notices.take(kNow, letters).empty());
}

TEST(FailureNotices, OneAMinuteForEachReasonSaysHowMany) {
  FailureNotices notices;
  const ContactPoint oncall = contact("oncall", "mail");
  EXPECT_EQ(notices.next(), std::nullopt);
  note(notices, oncall, "evt_1");
  EXPECT_LE(notices.next(), kNow);
  EXPECT_EQ(notices.take(kNow, letters).size(), 1U);
  EXPECT_EQ(notices.next(), std::nullopt);
  for (const char* id : {"evt_2", "evt_3", "evt_4"}) note(notices, oncall, id);
  EXPECT_EQ(notices.next(), kNow + Period::minutes(1));
  EXPECT_TRUE(notices.take(kNow + Period{59'999}, letters).empty());
  note(notices, oncall, "evt_5", DeliveryReason::kGaveUp);
  EXPECT_EQ(notices.take(kNow + Period{59'999}, letters).size(), 1U) << "another reason";
  letters.dead = 5;
  const std::vector<Notification> taken = notices.take(kNow + Period::minutes(1), letters);
  letters.dead = 1;
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_NE(taken[0].payload.find("\"dead_letters\":5"), std::string::npos);
  EXPECT_NE(taken[0].payload.find("evt_4"), std::string::npos);
}

TEST(FailureNotices, NobodyIsToldOf) {
  FailureNotices notices;
  note(notices, contact("a", ""), "evt_1");
  note(notices, contact("a", "a"), "evt_1");
  note(notices, contact("a", "b"), "evt_2", DeliveryReason::kGone, 0, FailureNotices::kType);
  EXPECT_TRUE(notices.take(kNow, letters).empty());
}

TEST(FailureNotices, TheIdIsTheSameForTheSameDeath) {
  const auto id = [](const std::string& name, const std::string& of, int redrives, EventTime now) {
    FailureNotices notices;
    note(notices, contact(name, "mail"), of, DeliveryReason::kGone, redrives);
    return notices.take(now, letters).at(0).id;
  };
  EXPECT_EQ(id("a", "evt_1", 0, kNow), id("a", "evt_1", 0, kNow + Period::days(1)));
  EXPECT_NE(id("a", "evt_1", 0, kNow), id("b", "evt_1", 0, kNow));
  EXPECT_NE(id("a", "evt_1", 0, kNow), id("a", "evt_2", 0, kNow));
  EXPECT_NE(id("a", "evt_1", 0, kNow), id("a", "evt_1", 1, kNow));
}

}  // namespace
}  // namespace tocsin
