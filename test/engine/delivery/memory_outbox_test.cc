#include "engine/delivery/memory_outbox.h"

#include "test/engine/delivery/outbox_contract.h"

namespace tocsin {
namespace {

OpenedOutbox open_in_memory() {
  const auto outbox = std::make_shared<MemoryOutbox>();
  return {.outbox = outbox, .letters = outbox.get(), .add = [outbox](const Notification& notification, EventTime now) {
            outbox->add(notification, now);
          }};
}

INSTANTIATE_TEST_SUITE_P(Memory, OutboxContract, testing::Values(OutboxUnderTest{"memory", open_in_memory}),
                         outbox_name);

Notification notification(int number) {
  Notification made;
  made.id = "evt_" + std::to_string(number);
  made.contact_point = "a";
  made.order_key = made.id;
  return made;
}

TEST(MemoryOutbox, IsBounded) {
  MemoryOutbox outbox;
  for (int i = 0; i < static_cast<int>(MemoryOutbox::kMostPending) + 2; ++i) outbox.add(notification(i), {});
  EXPECT_EQ(outbox.pending(), MemoryOutbox::kMostPending);
  EXPECT_EQ(outbox.dead(), 2U);
}

TEST(MemoryOutbox, CountsWhatBecameOfEach) {
  MemoryOutbox outbox;
  for (int i = 0; i < 4; ++i) outbox.add(notification(i), {});
  const std::vector<Delivery> due = outbox.due("a", {}, 4, {});
  DeliveryAttempt done;
  done.sequence = due.at(0).sequence;
  outbox.record({&done, 1});
  EXPECT_EQ(outbox.delivered(), 1U);
  outbox.close("a", "gone", {});
  EXPECT_EQ(outbox.dead(), 3U);
  EXPECT_EQ(outbox.pending(), 0U);
  // It was under way when its contact point was closed, and arrived.
  done.sequence = due.at(1).sequence;
  outbox.record({&done, 1});
  EXPECT_EQ(outbox.delivered(), 2U);
  EXPECT_EQ(outbox.dead(), 2U);
  outbox.add(notification(9), {});
  EXPECT_EQ(outbox.dead(), 3U);
}

TEST(Outbox, SaysHowAnAttemptFailed) {
  const auto text = [](int status, const std::string& error, DeliveryStep step) {
    DeliveryAttempt attempt;
    attempt.outcome.status = status;
    attempt.outcome.error = error;
    attempt.decision.step = step;
    attempt.decision.reason = DeliveryReason::kNoAnswer;
    return failure_text(attempt);
  };
  EXPECT_EQ(text(503, "", DeliveryStep::kRetry), "status 503");
  EXPECT_EQ(text(0, "connection reset", DeliveryStep::kRetry), "connection reset");
  EXPECT_EQ(text(301, "redirect to https://example.org", DeliveryStep::kRetry),
            "status 301: redirect to https://example.org");
  EXPECT_EQ(text(0, "", DeliveryStep::kDeadLetter), "no_answer");
  EXPECT_EQ(text(200, "", DeliveryStep::kDone), "");
}

TEST(Outbox, EveryStateHasItsWord) {
  EXPECT_EQ(to_text(DeliveryState::kPending), "pending");
  EXPECT_EQ(to_text(DeliveryState::kDelivered), "delivered");
  EXPECT_EQ(to_text(DeliveryState::kDead), "dead");
  EXPECT_EQ(to_text(DeliveryState::kSuppressed), "suppressed");
  EXPECT_EQ(to_text(DeliveryState::kShown), "shown");
}

}  // namespace
}  // namespace tocsin
