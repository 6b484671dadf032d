#include "engine/delivery/retry.h"

#include <algorithm>
#include <array>

#include "engine/delivery/http_date.h"

namespace tocsin {
namespace {

// The example schedule of Standard Webhooks 1.0.0, behind its attempts within seconds.
constexpr std::array<Period, 8> kSlowWaits = {Period::minutes(5), Period::minutes(30), Period::hours(2),
                                              Period::hours(5),   Period::hours(10),   Period::hours(14),
                                              Period::hours(20),  Period::hours(24)};
constexpr Period kLongestRetryAfter = Period::hours(24);

DeliveryReason classify(const AttemptOutcome& outcome) {
  const int status = outcome.status;
  if (status < 200) return DeliveryReason::kNoAnswer;
  if (status < 300) return DeliveryReason::kDelivered;
  if (status < 400) return DeliveryReason::kRedirected;
  switch (status) {
    case 400:
    case 413:
    case 415:
    case 422:
    case 501:
    case 505:
      return DeliveryReason::kCannotSucceed;
    case 408:
    case 425:
    case 429:
      return DeliveryReason::kServerBusy;
    case 410:
      return DeliveryReason::kGone;
    default:
      return status < 500 ? DeliveryReason::kRefused : DeliveryReason::kServerBusy;
  }
}

Period scaled(Period period, double factor) {
  return {static_cast<std::int64_t>(static_cast<double>(period.ms) * factor)};
}

// The slow step after `failures` attempts that were answered slowly. Never further along than the delivery's age: one
// that was refused after five timeouts within a minute is at the schedule's begin, not at its ten hours.
Period slow_wait(int failures, Period age, double random) {
  std::size_t step = 0;
  Period begin;  // of the step, had each wait been as short as its jitter allows
  while (step + 1 < kSlowWaits.size() && step + 1 < static_cast<std::size_t>(failures)) {
    begin = begin + scaled(kSlowWaits[step], 0.8);
    if (begin > age) break;
    ++step;
  }
  return scaled(kSlowWaits[step], 0.8 + 0.4 * random);
}

Period wait_after(const RetryPolicy& policy, const RetryInput& input, bool slow) {
  const int failures = std::max(input.attempt, 1);
  const Period age = input.now - input.created;
  if (slow) return slow_wait(failures, age, input.random);
  if (failures >= policy.fast_attempts) return slow_wait(failures - policy.fast_attempts + 1, age, input.random);
  Period ceiling = policy.base;
  for (int i = 1; i < failures && ceiling < policy.cap; ++i) ceiling = ceiling * 2;
  return scaled(std::min(ceiling, policy.cap), input.random);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string_view to_text(DeliveryReason reason) {
  switch (reason) {
    case DeliveryReason::kDelivered:
      return "delivered";
    case DeliveryReason::kServerBusy:
      return "server_busy";
    case DeliveryReason::kNoAnswer:
      return "no_answer";
    case DeliveryReason::kRedirected:
      return "redirected";
    case DeliveryReason::kRefused:
      return "refused";
    case DeliveryReason::kCannotSucceed:
      return "cannot_succeed";
    case DeliveryReason::kGone:
      return "gone";
    case DeliveryReason::kGaveUp:
      return "gave_up";
  }
  return "";
}

RetryPolicy retry_policy(const ContactPoint& contact) {
  RetryPolicy policy;
  policy.fast_attempts = contact.fast_attempts;
  policy.max_age = contact.max_age;
  return policy;
}

bool is_receiver_failure(DeliveryReason reason) {
  switch (reason) {
    case DeliveryReason::kServerBusy:
    case DeliveryReason::kNoAnswer:
    case DeliveryReason::kRedirected:
    case DeliveryReason::kRefused:
    case DeliveryReason::kGaveUp:
      return true;
    case DeliveryReason::kDelivered:
    case DeliveryReason::kCannotSucceed:
    case DeliveryReason::kGone:
      return false;
  }
  return false;
}

RetryDecision decide_retry(const RetryPolicy& policy, const RetryInput& input) {
  RetryDecision decision;
  decision.reason = classify(input.outcome);
  decision.at = input.now;
  bool slow = false;
  switch (decision.reason) {
    case DeliveryReason::kDelivered:
      return decision;
    case DeliveryReason::kCannotSucceed:
    case DeliveryReason::kGone:
    case DeliveryReason::kGaveUp:
      decision.step = DeliveryStep::kDeadLetter;
      return decision;
    case DeliveryReason::kRedirected:
    case DeliveryReason::kRefused:
      slow = true;
      break;
    case DeliveryReason::kServerBusy:
    case DeliveryReason::kNoAnswer:
      break;
  }
  const EventTime end = input.created + policy.max_age;
  EventTime earliest = input.now;
  EventTime next = input.now + wait_after(policy, input, slow);
  if (const auto asked = parse_retry_after(input.outcome.retry_after, input.outcome.date, input.now)) {
    earliest = input.now + *asked;
    // A little later than asked, so that many senders told the same instant don't all come back at it.
    next = std::max(next, earliest) + scaled(*asked, 0.1 * input.random);
  }
  if (input.now >= end || earliest > end) {
    decision.step = DeliveryStep::kDeadLetter;
    decision.reason = DeliveryReason::kGaveUp;
    return decision;
  }
  decision.step = DeliveryStep::kRetry;
  decision.at = std::min(next, end);  // the last attempt is made when the time is up, not hours before
  return decision;
}

std::optional<Period> parse_retry_after(std::string_view retry_after, std::string_view date, EventTime now) {
  const std::string_view text = trimmed(retry_after);
  if (all_digits(text)) {
    std::int64_t seconds = 0;
    for (const char c : text) {
      seconds = seconds * 10 + (c - '0');
      if (Period::seconds(seconds) >= kLongestRetryAfter) return kLongestRetryAfter;
    }
    return Period::seconds(seconds);
  }
  const std::optional<EventTime> until = parse_http_date(text, now);
  if (!until) return std::nullopt;
  // Measured by the receiver's own clock where it tells it, so that a skew between the clocks cancels out.
  const EventTime from = parse_http_date(trimmed(date), now).value_or(now);
  return std::clamp(*until - from, Period{}, kLongestRetryAfter);
}

}  // namespace tocsin
