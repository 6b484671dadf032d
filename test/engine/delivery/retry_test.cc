#include "engine/delivery/retry.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace tocsin {
namespace {

const EventTime kNow = from_civil({.year = 2026, .month = 11, .day = 20, .hour = 10});

RetryDecision decide(int status, int attempt, double random, const std::string& retry_after = {}) {
  AttemptOutcome outcome;
  outcome.status = status;
  outcome.retry_after = retry_after;
  return decide_retry({}, {.outcome = outcome, .attempt = attempt, .created = kNow, .now = kNow, .random = random});
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

// Fails with `status` again and again; the waits between the attempts, each as its random number has it.
std::vector<Period> waits(int status, double random, const RetryPolicy& policy = {}) {
  AttemptOutcome outcome;
  outcome.status = status;
  std::vector<Period> result;
  EventTime now = kNow;
  for (int attempt = 1; attempt < 1000; ++attempt) {
    const RetryDecision decision =
        decide_retry(policy, {.outcome = outcome, .attempt = attempt, .created = kNow, .now = now, .random = random});
    if (decision.step != DeliveryStep::kRetry) {
      EXPECT_EQ(decision.step, DeliveryStep::kDeadLetter);
      EXPECT_EQ(decision.reason, DeliveryReason::kGaveUp);
      return result;
    }
    result.push_back(decision.at - now);
    now = decision.at;
  }
  ADD_FAILURE() << "never ends";
  return result;
}

Period sum(const std::vector<Period>& periods) {
  Period total;
  for (const Period period : periods) total = total + period;
  return total;
}

// Six attempts within seconds, then the steps of Standard Webhooks, and the last one when three days are over.
TEST(Retry, TheWholeSchedule) {
  const std::vector<Period> all = waits(503, 0.5);
  const std::vector<Period> expected = {Period{500},      Period{1000},       Period{2000},        Period{4000},
                                        Period{8000},     Period::minutes(5), Period::minutes(30), Period::hours(2),
                                        Period::hours(5), Period::hours(10),  Period::hours(14),   Period::hours(20)};
  ASSERT_EQ(all.size(), expected.size() + 1);
  EXPECT_EQ(std::vector<Period>(all.begin(), all.end() - 1), expected);
  EXPECT_EQ(sum(all), Period::hours(72)) << "the last attempt is made when the time is up";
  EXPECT_EQ(waits(0, 0.5), all);
}

TEST(Retry, RefusalsAreSlowFromTheFirst) {
  for (const int status : {301, 401, 404, 451}) {
    const std::vector<Period> all = waits(status, 0.5);
    ASSERT_EQ(all.size(), 8U) << status;
    EXPECT_EQ(all[0], Period::minutes(5));
    EXPECT_EQ(all[1], Period::minutes(30));
    EXPECT_EQ(all[6], Period::hours(20));
    EXPECT_EQ(sum(all), Period::hours(72));
  }
}

TEST(Retry, SlowStepsVaryByAFifth) {
  for (const double random : {0.0, 0.1, 0.5, 0.9, 0.999999}) {
    const std::vector<Period> all = waits(404, random);
    const Period steps[] = {Period::minutes(5), Period::minutes(30), Period::hours(2), Period::hours(5),
                            Period::hours(10),  Period::hours(14),   Period::hours(20)};
    for (std::size_t i = 0; i < std::min<std::size_t>(all.size() - 1, 7); ++i) {
      EXPECT_NEAR(static_cast<double>(all[i].ms), static_cast<double>(steps[i].ms) * (0.8 + 0.4 * random), 2) << i;
    }
    EXPECT_EQ(sum(all), Period::hours(72));
  }
}

// The wait after attempt n lies in [0, min(cap, base * 2^(n-1))), all of it in reach of the random number.
TEST(Retry, WaitsGrowWithFullJitter) {
  const std::int64_t ceilings_s[] = {1, 2, 4, 8, 16, 32, 60, 60};
  RetryPolicy policy;
  policy.fast_attempts = 1000;
  AttemptOutcome outcome;
  outcome.status = 503;
  for (const double random : {0.0, 0.25, 0.5, 0.999}) {
    for (int attempt = 1; attempt <= 8; ++attempt) {
      const EventTime at =
          decide_retry(policy, {.outcome = outcome, .attempt = attempt, .created = kNow, .now = kNow, .random = random})
              .at;
      EXPECT_NEAR(static_cast<double>((at - kNow).ms), static_cast<double>(ceilings_s[attempt - 1]) * 1000 * random, 1)
          << attempt << " " << random;
    }
    EXPECT_LE(
        decide_retry(policy, {.outcome = outcome, .attempt = 999, .created = kNow, .now = kNow, .random = random}).at,
        kNow + policy.cap);
  }
}

// A receiver that timed out five times within a minute and then answered 404 is not left alone for ten hours.
TEST(Retry, ASlowStepIsNeverFurtherThanTheDeliveryIsOld) {
  AttemptOutcome outcome;
  outcome.status = 404;
  const auto wait = [&](Period age) {
    const EventTime now = kNow + age;
    return decide_retry({}, {.outcome = outcome, .attempt = 6, .created = kNow, .now = now, .random = 0.5}).at - now;
  };
  EXPECT_EQ(wait(Period::seconds(20)), Period::minutes(5));
  EXPECT_EQ(wait(Period::minutes(10)), Period::minutes(30));
  EXPECT_EQ(wait(Period::hours(9)), Period::hours(10));
  EXPECT_EQ(wait(Period::hours(20)), Period::hours(14)) << "nor further than the attempts made";
}

TEST(Retry, TheContactPointHasItsOwnPolicy) {
  ContactPoint contact;
  contact.fast_attempts = 2;
  contact.max_age = Period::minutes(10);
  const std::vector<Period> all = waits(503, 0.5, retry_policy(contact));
  EXPECT_EQ(all, (std::vector<Period>{Period{500}, Period::minutes(5), Period{299'500}}));
}

TEST(Retry, WhatIsTooOldIsGivenUp) {
  AttemptOutcome outcome;
  outcome.status = 503;
  const auto decide_at = [&](EventTime now) {
    return decide_retry({}, {.outcome = outcome, .attempt = 1, .created = kNow, .now = now, .random = 0.5});
  };
  EXPECT_EQ(decide_at(kNow + Period::hours(72)).reason, DeliveryReason::kGaveUp);
  EXPECT_EQ(decide_at(kNow + Period::hours(72) - Period{100}).at, kNow + Period::hours(72));
  outcome.retry_after = "7200";
  EXPECT_EQ(decide_at(kNow + Period::hours(71)).reason, DeliveryReason::kGaveUp) << "it may not be asked in time";
  EXPECT_EQ(decide_at(kNow + Period::hours(69)).step, DeliveryStep::kRetry);
  EXPECT_EQ(decide_at(kNow - Period::days(400)).step, DeliveryStep::kRetry) << "a clock that was set back";
}

TEST(Retry, WhichFailuresAreTheReceivers) {
  using enum DeliveryReason;
  for (const DeliveryReason reason : {kServerBusy, kNoAnswer, kRedirected, kRefused, kGaveUp}) {
    EXPECT_TRUE(is_receiver_failure(reason));
  }
  for (const DeliveryReason reason : {kDelivered, kCannotSucceed, kGone}) {
    EXPECT_FALSE(is_receiver_failure(reason));
  }
}

TEST(Retry, RetryAfterMovesTheNextAttemptLaterNeverEarlier) {
  EXPECT_EQ(decide(429, 1, 0.0, "30").at, kNow + Period::seconds(30));
  EXPECT_EQ(decide(429, 1, 0.5, "30").at, kNow + Period{31'500});
  EXPECT_EQ(decide(503, 1, 0.0, "Fri, 20 Nov 2026 10:01:00 GMT").at, kNow + Period::seconds(60));
  EXPECT_EQ(decide(404, 1, 0.5, "1").at, kNow + Period{300'050}) << "the slow schedule waits longer";
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
