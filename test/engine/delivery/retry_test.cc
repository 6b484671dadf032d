#include "engine/delivery/retry.h"

#include <gtest/gtest.h>

#include <set>

namespace tocsin {
namespace {

const EventTime kNow = from_civil({.year = 2026, .month = 11, .day = 20, .hour = 10});

RetryDecision decide(int status, int attempt, double random, const std::string& retry_after = {}) {
  AttemptOutcome outcome;
  outcome.status = status;
  outcome.retry_after = retry_after;
  return decide_retry({}, {.outcome = outcome, .attempt = attempt, .now = kNow, .random = random});
}

TEST(Retry, StatusesAndWhatFollows) {
  using enum DeliveryStep;
  using enum DeliveryReason;
  struct Row {
    int status;
    DeliveryStep step;
    DeliveryReason reason;
  };
  const Row rows[] = {
      {200, kDone, kDelivered},
      {204, kDone, kDelivered},
      {299, kDone, kDelivered},
      {301, kRetry, kRedirected},
      {304, kRetry, kRedirected},
      {308, kRetry, kRedirected},
      {400, kDeadLetter, kCannotSucceed},
      {413, kDeadLetter, kCannotSucceed},
      {415, kDeadLetter, kCannotSucceed},
      {422, kDeadLetter, kCannotSucceed},
      {501, kDeadLetter, kCannotSucceed},
      {505, kDeadLetter, kCannotSucceed},
      {401, kRetry, kRefused},
      {403, kRetry, kRefused},
      {404, kRetry, kRefused},
      {405, kRetry, kRefused},
      {407, kRetry, kRefused},
      {409, kRetry, kRefused},
      {418, kRetry, kRefused},
      {421, kRetry, kRefused},
      {451, kRetry, kRefused},
      {408, kRetry, kServerBusy},
      {425, kRetry, kServerBusy},
      {429, kRetry, kServerBusy},
      {500, kRetry, kServerBusy},
      {502, kRetry, kServerBusy},
      {503, kRetry, kServerBusy},
      {504, kRetry, kServerBusy},
      {599, kRetry, kServerBusy},
      {410, kDeadLetter, kGone},
      {0, kRetry, kNoAnswer},
  };
  for (const Row& row : rows) {
    const RetryDecision decision = decide(row.status, 1, 0.5);
    EXPECT_EQ(decision.step, row.step) << row.status;
    EXPECT_EQ(decision.reason, row.reason) << row.status;
  }
}

TEST(Retry, TheLastAttemptIsTheLast) {
  for (const int status : {0, 301, 404, 429, 503}) {
    EXPECT_EQ(decide(status, 5, 0.5).step, DeliveryStep::kRetry) << status;
    EXPECT_EQ(decide(status, 6, 0.5).step, DeliveryStep::kDeadLetter) << status;
    EXPECT_EQ(decide(status, 6, 0.5).reason, DeliveryReason::kGaveUp) << status;
  }
  EXPECT_EQ(decide(200, 6, 0.5).step, DeliveryStep::kDone);
}

// The wait after attempt n lies in [0, min(cap, base * 2^(n-1))), all of it in reach of the random number.
TEST(Retry, WaitsGrowWithFullJitter) {
  const std::int64_t ceilings_s[] = {1, 2, 4, 8, 16, 32, 60, 60};
  RetryPolicy policy;
  policy.max_attempts = 1000;
  for (int attempt = 1; attempt <= 8; ++attempt) {
    for (const double random : {0.0, 0.25, 0.5, 0.999}) {
      AttemptOutcome outcome;
      outcome.status = 503;
      const EventTime at =
          decide_retry(policy, {.outcome = outcome, .attempt = attempt, .now = kNow, .random = random}).at;
      EXPECT_NEAR(static_cast<double>((at - kNow).ms), static_cast<double>(ceilings_s[attempt - 1]) * 1000 * random, 1)
          << attempt << " " << random;
    }
  }
  AttemptOutcome outcome;
  EXPECT_LE(decide_retry(policy, {.outcome = outcome, .attempt = 999, .now = kNow, .random = 0.999}).at,
            kNow + policy.cap);
}

TEST(Retry, RefusalsAreTriedOnASlowSchedule) {
  const std::int64_t minutes[] = {1, 5, 15, 30, 60, 60};
  RetryPolicy policy;
  policy.max_attempts = 100;
  for (int attempt = 1; attempt <= 6; ++attempt) {
    AttemptOutcome outcome;
    outcome.status = 404;
    const auto wait = [&](double random) {
      return decide_retry(policy, {.outcome = outcome, .attempt = attempt, .now = kNow, .random = random}).at - kNow;
    };
    const Period middle = Period::minutes(minutes[attempt - 1]);
    EXPECT_EQ(wait(0.5), middle);
    EXPECT_EQ(wait(0), Period{middle.ms * 8 / 10});
    EXPECT_LT(wait(0.999), Period{middle.ms * 12 / 10});
  }
}

TEST(Retry, RetryAfterMovesTheNextAttemptLaterNeverEarlier) {
  EXPECT_EQ(decide(429, 1, 0.0, "30").at, kNow + Period::seconds(30));
  EXPECT_EQ(decide(429, 1, 0.5, "30").at, kNow + Period{31'500});
  EXPECT_EQ(decide(503, 1, 0.0, "Fri, 20 Nov 2026 10:01:00 GMT").at, kNow + Period::seconds(60));
  EXPECT_EQ(decide(404, 1, 0.5, "1").at, kNow + Period{60'050}) << "the slow schedule waits longer";
  EXPECT_EQ(decide(503, 1, 0.5, "soon").at, kNow + Period{500}) << "what can't be read is ignored";
  EXPECT_EQ(decide(410, 1, 0.5, "30").step, DeliveryStep::kDeadLetter);
}

TEST(RetryAfter, SecondsAndDates) {
  struct Row {
    const char* retry_after;
    const char* date;
    std::optional<Period> wait;
  };
  const Row rows[] = {
      {"0", "", Period{}},
      {"120", "", Period::seconds(120)},
      {" 120\t", "", Period::seconds(120)},
      {"86400", "", Period::hours(24)},
      {"86401", "", Period::hours(24)},
      {"99999999999999999999999999", "", Period::hours(24)},
      {"Fri, 20 Nov 2026 10:00:30 GMT", "", Period::seconds(30)},
      {"Friday, 20-Nov-26 10:00:30 GMT", "", Period::seconds(30)},
      {"Fri Nov 20 10:00:30 2026", "", Period::seconds(30)},
      {"Fri, 20 Nov 2026 09:00:00 GMT", "", Period{}},
      {"Sat, 20 Nov 2027 09:00:00 GMT", "", Period::hours(24)},
      // Measured by the receiver's clock, which is an hour ahead here.
      {"Fri, 20 Nov 2026 11:00:30 GMT", "Fri, 20 Nov 2026 11:00:00 GMT", Period::seconds(30)},
      {"Fri, 20 Nov 2026 10:00:30 GMT", "yesterday", Period::seconds(30)},
      {"", "", std::nullopt},
      {"-1", "", std::nullopt},
      {"1.5", "", std::nullopt},
      {"1e3", "", std::nullopt},
      {"0x10", "", std::nullopt},
      {"12 34", "", std::nullopt},
      {"soon", "", std::nullopt},
  };
  for (const Row& row : rows)
    EXPECT_EQ(parse_retry_after(row.retry_after, row.date, kNow), row.wait) << row.retry_after;
}

TEST(Retry, EveryReasonHasItsWord) {
  std::set<std::string_view> words;
  for (int i = 0; i <= static_cast<int>(DeliveryReason::kGaveUp); ++i) {
    words.insert(to_text(static_cast<DeliveryReason>(i)));
  }
  EXPECT_EQ(words.size(), 8U);
  EXPECT_EQ(words.count(""), 0U);
}

}  // namespace
}  // namespace tocsin
