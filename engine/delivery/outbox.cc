#include "engine/delivery/outbox.h"

#include "engine/base/text.h"

namespace tocsin {

std::string_view to_text(DeliveryState state) {
  switch (state) {
    case DeliveryState::kPending:
      return "pending";
    case DeliveryState::kDelivered:
      return "delivered";
    case DeliveryState::kDead:
      return "dead";
    case DeliveryState::kSuppressed:
      return "suppressed";
    case DeliveryState::kShown:
      return "shown";
  }
  return "";
}

std::string failure_text(const DeliveryAttempt& attempt) {
  if (attempt.decision.step == DeliveryStep::kDone) return {};
  const AttemptOutcome& outcome = attempt.outcome;
  std::string text;
  if (outcome.status > 0) text = "status " + std::to_string(outcome.status);
  if (!outcome.error.empty()) {
    if (!text.empty()) text += ": ";
    text += printable(outcome.error);
  }
  return text.empty() ? std::string(to_text(attempt.decision.reason)) : text;
}

}  // namespace tocsin
