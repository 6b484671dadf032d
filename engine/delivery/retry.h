// When to try a delivery again, and when to give up. Pure: the time and the random number are arguments.
//
// Waits grow exponentially with full jitter: U(0, min(cap, base * 2^n)); a Retry-After moves the next attempt later,
// never earlier. Statuses as in docs/webhooks.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/time.h"

namespace tocsin {

// How an attempt ended.
struct AttemptOutcome {
  int status = 0;           // HTTP; 0: no answer
  std::string error;        // of the transport, where there is no status
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
  kGaveUp,         // the last attempt failed
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
  int max_attempts = 6;
};

struct RetryInput {
  AttemptOutcome outcome;
  int attempt = 1;    // the attempt that just ended, from 1
  EventTime now;      // wall time of the sender
  double random = 0;  // [0, 1)
};

RetryDecision decide_retry(const RetryPolicy& policy, const RetryInput& input);

// Seconds, or one of HTTP's three date formats measured against `date`, else against `now`; clamped to 0..24 h; nullopt
// where it can't be read.
std::optional<Period> parse_retry_after(std::string_view retry_after, std::string_view date, EventTime now);

}  // namespace tocsin
