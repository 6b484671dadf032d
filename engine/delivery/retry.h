// When to try a delivery again, and when to give up. Pure: the time and the random number are arguments.
//
// The first attempts follow each other within seconds, with full jitter: U(0, min(cap, base * 2^n)), because an alert
// is only useful soon. Then come the steps of Standard Webhooks, minutes to hours, each 20 % more or less, until the
// delivery is too old. A Retry-After moves the next attempt later, never earlier. Statuses as in docs/webhooks.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/time.h"
#include "engine/delivery/contact_point.h"

namespace tocsin {

// How an attempt ended.
struct AttemptOutcome {
  int status = 0;           // HTTP; 0: no answer
  std::string error;        // of the transport, where there is no status; else what is to be known about the answer
  std::string retry_after;  // headers as received; empty: none
  std::string date;
};

enum class DeliveryReason {
  kDelivered,      // 2xx
  kServerBusy,     // 408, 425, 429, 5xx
  kNoAnswer,       // timeout, reset, DNS, TLS
  kRedirected,     // 3xx: never followed
  kRefused,        // 4xx that a deploy or a key rotation may mend
  kCannotSucceed,  // 400, 413, 415, 422, 501, 505
  kGone,           // 410
  kGaveUp,         // it failed until it was too old
};
std::string_view to_text(DeliveryReason reason);

enum class DeliveryStep { kDone, kRetry, kDeadLetter };

struct RetryDecision {
  DeliveryStep step = DeliveryStep::kDone;
  DeliveryReason reason = DeliveryReason::kDelivered;
  EventTime at;  // of the next attempt, kRetry
};

struct RetryPolicy {
  Period base = Period::seconds(1);
  Period cap = Period::seconds(60);
  int fast_attempts = 6;
  Period max_age = Period::hours(72);  // from the delivery's creation
};
RetryPolicy retry_policy(const ContactPoint& contact);

struct RetryInput {
  AttemptOutcome outcome;
  int attempt = 1;    // the attempt that just ended, from 1
  EventTime created;  // wall time of the delivery, or of its redrive
  EventTime now;      // wall time of the sender
  double random = 0;  // [0, 1)
};

// Whether the contact point as a whole fails, not this one message: what a circuit breaker counts.
bool is_receiver_failure(DeliveryReason reason);

RetryDecision decide_retry(const RetryPolicy& policy, const RetryInput& input);

// Seconds, or one of HTTP's three date formats measured against `date`, else against `now`; clamped to 0..24 h; nullopt
// where it can't be read.
std::optional<Period> parse_retry_after(std::string_view retry_after, std::string_view date, EventTime now);

}  // namespace tocsin
