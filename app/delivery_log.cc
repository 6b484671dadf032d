#include "app/delivery_log.h"

#include <fmt/format.h>

#include "app/daemon_log.h"

namespace tocsin {

void log_attempt(const Delivery& delivery, const DeliveryAttempt& attempt) {
  const Notification& notification = delivery.notification;
  const AttemptOutcome& outcome = attempt.outcome;
  const std::string ending = outcome.status > 0 ? fmt::format("status {}", outcome.status) : outcome.error;
  const std::string what =
      fmt::format("{} ({}) to '{}', attempt {}: {}, {}", notification.id, notification.type, notification.contact_point,
                  attempt.attempt, to_text(attempt.decision.reason), ending);
  switch (attempt.decision.step) {
    case DeliveryStep::kDone:
      log_message(Level::kDebug, "delivered " + what);
      break;
    case DeliveryStep::kRetry:
      log_warning(fmt::format("not delivered yet {}; again at {}", what, to_iso8601(attempt.decision.at)));
      break;
    case DeliveryStep::kDeadLetter:
      log_error("given up " + what);
      break;
  }
}

}  // namespace tocsin
