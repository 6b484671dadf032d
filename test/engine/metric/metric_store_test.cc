#include "engine/metric/metric_store.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>

namespace tocsin {
namespace {

const MetricName kLatency{"Tocsin", "Latency"};

EventTime at(std::int64_t seconds) {
  return {seconds * 1000};
}

Statistic statistic(const char* name) {
  return parse_statistic(name).value();
}

MetricStore store_of(const MetricRetention& retention) {
  MetricStore store;
  store.retain(kLatency, retention);
  return store;
}

std::optional<double> value(const MetricStore& store, SeriesId series, const char* name, std::int64_t from,
                            std::int64_t period) {
  return store.datapoint(series, statistic(name), at(from), Period::seconds(period)).value;
}

TEST(MetricStore, StatisticsOfAPeriod) {
  MetricStore store = store_of({.percentiles = true});
  const SeriesId series = store.series({kLatency, {}});
  const std::pair<int, double> samples[] = {{0, 5}, {59, -1}, {60, 10}, {119, 2}, {120, 100}};
  for (const auto& [second, sample] : samples) EXPECT_TRUE(store.record(series, at(second), sample));

  EXPECT_EQ(value(store, series, "Sum", 0, 60), 4);
  EXPECT_EQ(value(store, series, "SampleCount", 0, 60), 2);
  EXPECT_EQ(value(store, series, "Sum", 0, 120), 16);
  EXPECT_EQ(value(store, series, "SampleCount", 0, 120), 4);
  EXPECT_EQ(value(store, series, "Average", 0, 120), 4);
  EXPECT_EQ(value(store, series, "Minimum", 0, 120), -1);
  EXPECT_EQ(value(store, series, "Maximum", 0, 120), 10);
  EXPECT_EQ(value(store, series, "p0", 0, 120), -1);
  EXPECT_EQ(value(store, series, "p100", 0, 120), 10);
  EXPECT_NEAR(value(store, series, "p50", 0, 120).value(), 2, 0.02);
  EXPECT_EQ(value(store, series, "Maximum", 60, 120), 100);

  const Datapoint empty = store.datapoint(series, statistic("Sum"), at(180), Period::minutes(1));
  EXPECT_EQ(empty.value, std::nullopt);
  EXPECT_EQ(empty.sample_count, 0);
  EXPECT_EQ(empty.start, at(180));
  const Datapoint full = store.datapoint(series, statistic("Average"), at(0), Period::minutes(3));
  EXPECT_EQ(full.sample_count, 5);
}

TEST(MetricStore, OneSampleHasThatPercentileExactly) {
  MetricStore store = store_of({.percentiles = true});
  const SeriesId series = store.series({kLatency, {}});
  store.record(series, at(0), 123.456);
  for (const char* name : {"p0", "p50", "p99", "p100"}) EXPECT_EQ(value(store, series, name, 0, 60), 123.456) << name;
}

TEST(MetricStore, SeriesCountUpAndAreFoundAgain) {
  MetricStore store;
  const SeriesId plain = store.series({kLatency, {}});
  const SeriesId pay = store.series({kLatency, {{"service", "pay"}, {"zone", "a"}}});
  EXPECT_EQ(plain.index, 0U);
  EXPECT_EQ(pay.index, 1U);
  EXPECT_EQ(store.series({kLatency, {{"zone", "a"}, {"service", "pay"}}}), pay) << "order of dimensions";
  EXPECT_EQ(store.find({kLatency, {{"zone", "a"}, {"service", "pay"}}}), pay);
  EXPECT_EQ(store.find({kLatency, {{"service", "pay"}}}), std::nullopt);
  EXPECT_EQ(store.size(), 2U);
  EXPECT_EQ(store.id(pay).dimensions[0].name, "service");
  ASSERT_EQ(store.series_of(kLatency).size(), 2U);
  EXPECT_EQ(store.series_of(kLatency)[1], pay);
  EXPECT_TRUE(store.series_of({"Tocsin", "Other"}).empty());
  MetricStore moved = std::move(store);
  EXPECT_TRUE(moved.record(pay, at(5), 1));
  EXPECT_EQ(value(moved, pay, "Sum", 0, 60), 1);
}

TEST(MetricStore, WidestDemandWins) {
  MetricStore store;
  store.retain(kLatency, {.bucket = Period::seconds(60), .span = Period::minutes(3)});
  store.retain(kLatency, {.bucket = Period::seconds(10), .span = Period::minutes(1), .percentiles = true});
  const SeriesId series = store.series({kLatency, {}});
  store.record(series, at(5), 1);
  store.record(series, at(15), 2);
  EXPECT_EQ(value(store, series, "Sum", 0, 10), 1);
  EXPECT_EQ(value(store, series, "Sum", 10, 10), 2);
  EXPECT_EQ(value(store, series, "p100", 0, 60), 2);
  EXPECT_TRUE(store.record(series, at(180), 3));
  EXPECT_EQ(value(store, series, "Sum", 0, 10), 1) << "three minutes back";
  EXPECT_EQ(store.newest(series), at(180));
}

TEST(MetricStore, LateSamplesCountUntilTheRingIsPast) {
  MetricStore store = store_of({.bucket = Period::seconds(10), .span = Period::seconds(60)});
  const SeriesId series = store.series({kLatency, {}});
  EXPECT_EQ(store.newest(series), std::nullopt);
  EXPECT_TRUE(store.record(series, at(1000), 1));
  EXPECT_TRUE(store.record(series, at(940), 2));
  EXPECT_TRUE(store.record(series, at(1005), 3));
  EXPECT_EQ(value(store, series, "Sum", 940, 10), 2);
  EXPECT_EQ(value(store, series, "Sum", 1000, 10), 4);
  EXPECT_FALSE(store.record(series, at(100), 9));
  EXPECT_EQ(value(store, series, "Sum", 100, 10), std::nullopt);
  EXPECT_EQ(store.newest(series), at(1000));
}

TEST(MetricStore, ReusedBucketsForgetWhatTheyHeld) {
  MetricStore store = store_of({.bucket = Period::seconds(60), .span = Period::minutes(5), .percentiles = true});
  const SeriesId series = store.series({kLatency, {}});
  for (int minute = 0; minute < 200; ++minute) {
    EXPECT_TRUE(store.record(series, at(minute * 60), minute));
    EXPECT_EQ(value(store, series, "SampleCount", minute * 60, 60), 1);
    EXPECT_EQ(value(store, series, "p50", minute * 60, 60), minute);
  }
  EXPECT_EQ(value(store, series, "SampleCount", 0, 12'000), 8) << "only the ring is left";
}

TEST(MetricStore, FarJumpsCostNothing) {
  MetricStore store = store_of({});
  const SeriesId series = store.series({kLatency, {}});
  EXPECT_TRUE(store.record(series, at(0), 1));
  const std::int64_t far = 60LL * 1'000'000'000;
  EXPECT_TRUE(store.record(series, at(far), 2));
  EXPECT_EQ(value(store, series, "Sum", far, 60), 2);
  EXPECT_EQ(value(store, series, "Sum", 0, far + 60), 2);
  EXPECT_FALSE(store.record(series, at(0), 1));
  EXPECT_EQ(value(store, series, "Sum", 0, 60), std::nullopt);
}

TEST(MetricStore, TimesBefore1970) {
  MetricStore store = store_of({});
  const SeriesId series = store.series({kLatency, {}});
  EXPECT_TRUE(store.record(series, at(-1), 1));
  EXPECT_TRUE(store.record(series, at(1), 2));
  EXPECT_EQ(value(store, series, "Sum", -60, 60), 1);
  EXPECT_EQ(value(store, series, "Sum", 0, 60), 2);
}

// Samples in any order against a map of all of them: whatever record() accepts must be counted, and nothing else.
TEST(MetricStore, AgreesWithAPlainMap) {
  std::mt19937 random(3);
  for (int round = 0; round < 20; ++round) {
    MetricStore store = store_of({.bucket = Period::seconds(10), .span = Period::minutes(2)});
    const SeriesId series = store.series({kLatency, {}});
    std::map<std::int64_t, std::vector<double>> accepted;  // by bucket
    std::int64_t now = 1'000'000;
    for (int i = 0; i < 2000; ++i) {
      now += random() % 50 == 0 ? 400 : random() % 3;
      const std::int64_t second = now - static_cast<std::int64_t>(random() % 200);
      const double sample = static_cast<double>(random() % 100);
      if (store.record(series, at(second), sample)) {
        accepted[second / 10].push_back(sample);
      } else {
        EXPECT_GT(store.newest(series)->ms - second * 1000, Period::minutes(2).ms);
      }
      const std::int64_t from = store.newest(series)->ms / 1000 - 110;
      double sum = 0;
      for (auto bucket = accepted.lower_bound(from / 10); bucket != accepted.end(); ++bucket) {
        for (const double one : bucket->second) sum += one;
      }
      ASSERT_EQ(value(store, series, "Sum", from, 120).value_or(0), sum);
    }
  }
}

std::string saved(const MetricStore& store, EventTime now) {
  StateWriter out;
  store.save(out, now);
  return out.take();
}

// A store that takes up what `bytes` hold, under the retention given.
MetricStore restored(const std::string& bytes, const MetricRetention& retention,
                     const std::set<MetricName>& kept = {kLatency}) {
  MetricStore store = store_of(retention);
  StateReader in(bytes);
  store.restore(in, kept);
  EXPECT_TRUE(in.ok() && in.at_end());
  return store;
}

// One store goes on, the other is saved and restored over and over.
TEST(MetricStore, GoesOnAsIfItHadNotBeenSaved) {
  std::mt19937 random(20261120);
  for (const bool percentiles : {false, true}) {
    const MetricRetention retention{
        .bucket = Period::seconds(10), .span = Period::minutes(4), .percentiles = percentiles};
    MetricStore kept = store_of(retention);
    MetricStore other = store_of(retention);
    std::int64_t now = 1'795'168'800;
    for (int step = 0; step < 4000; ++step) {
      now += random() % 400 == 0 ? 900 : random() % 5;
      const MetricId id{kLatency, {{"service", std::string(1, static_cast<char>('a' + random() % 4))}}};
      const EventTime time = at(now - static_cast<std::int64_t>(random() % 3 == 0 ? random() % 700 : 0));
      const double sample = static_cast<double>(random() % 100'000) / 64 - 100;
      ASSERT_EQ(kept.record(kept.series(id), time, sample), other.record(other.series(id), time, sample));
      if (random() % 10 == 0) {
        const std::string bytes = saved(other, at(now));
        other = restored(bytes, retention);
        ASSERT_EQ(saved(other, at(now)), bytes);
        ASSERT_EQ(saved(kept, at(now)), bytes);
      }
      ASSERT_EQ(kept.size(), other.size());
      const std::int64_t from = now / 10 * 10 - 10 * static_cast<std::int64_t>(random() % 24);
      const SeriesId series{static_cast<std::uint32_t>(random() % kept.size())};
      ASSERT_EQ(kept.newest(series), other.newest(series));
      for (const char* name : {"Sum", "SampleCount", "Average", "Minimum", "Maximum", "p50", "p99.9"}) {
        if (name[0] == 'p' && !percentiles) continue;
        const auto length = 10 * static_cast<std::int64_t>(1 + random() % 6);
        ASSERT_EQ(value(kept, series, name, from, length), value(other, series, name, from, length)) << name;
      }
    }
  }
}

struct RetentionCase {
  const char* what;
  MetricRetention before, after;
  std::optional<double> sum, p100;
};

TEST(MetricStore, SamplesStayWhereOtherRulesStillHaveAPlaceForThem) {
  constexpr Period kTen = Period::seconds(10), kSixty = Period::seconds(60), kSpan = Period::minutes(5);
  const RetentionCase cases[] = {
      {"the same", {kTen, kSpan, true}, {kTen, kSpan, true}, 20, 9},
      {"wider buckets", {kTen, kSpan, true}, {kSixty, kSpan, true}, 20, 9},
      {"narrower buckets", {kSixty, kSpan, true}, {kTen, kSpan, true}, {}, {}},
      {"buckets that don't fit", {Period::seconds(20), kSpan, true}, {Period::seconds(30), kSpan, true}, {}, {}},
      {"percentiles now", {kTen, kSpan, false}, {kTen, kSpan, true}, 20, {}},
      {"percentiles now, wider buckets", {kTen, kSpan, false}, {kSixty, kSpan, true}, 20, {}},
      {"a longer span", {kTen, Period::minutes(3), true}, {kTen, Period::minutes(30), true}, 20, 9},
      {"a shorter span", {kTen, Period::minutes(30), true}, {kTen, Period::minutes(2), true}, 20, 9},
  };
  for (const RetentionCase& c : cases) {
    MetricStore store = store_of(c.before);
    const SeriesId series = store.series({kLatency, {}});
    for (const auto& [second, sample] : {std::pair(0, 1.0), {5, 2.0}, {12, 9.0}, {47, 8.0}, {130, 4.0}}) {
      ASSERT_TRUE(store.record(series, at(600 + second), sample));
    }
    MetricStore other = restored(saved(store, at(730)), c.after);
    EXPECT_EQ(value(other, SeriesId{0}, "Sum", 600, 60), c.sum) << c.what;
    if (c.after.percentiles) {
      EXPECT_EQ(value(other, SeriesId{0}, "p100", 600, 60), c.p100) << c.what;
    }
    // And it goes on.
    ASSERT_TRUE(other.record(SeriesId{0}, at(730), 1));
    EXPECT_EQ(value(other, SeriesId{0}, "Sum", 720, 60), c.sum ? 5 : 1) << c.what;
  }
}

TEST(MetricStore, ForgetsMetricsThatNobodyWants) {
  const MetricName errors{"Tocsin", "Errors"};
  MetricStore store;
  store.series({errors, {{"service", "a"}}});
  store.series({kLatency, {{"service", "a"}}});
  store.series({errors, {{"service", "b"}}});
  store.series({kLatency, {{"service", "b"}}});
  const std::string bytes = saved(store, at(0));
  MetricStore other;
  StateReader in(bytes);
  const MetricStore::SavedSeries ids = other.restore(in, {kLatency});
  EXPECT_TRUE(in.ok() && in.at_end());
  EXPECT_EQ(other.size(), 2U);
  EXPECT_EQ(ids, (MetricStore::SavedSeries{std::nullopt, SeriesId{0}, std::nullopt, SeriesId{1}}));
  EXPECT_EQ(other.id(SeriesId{1}).dimensions[0].value, "b");
}

// What no window can reach any more is not written; what is late for the ring stays late.
TEST(MetricStore, WritesOnlyWhatCanStillBeAskedFor) {
  MetricStore store = store_of({});
  const SeriesId series = store.series({kLatency, {}});
  ASSERT_TRUE(store.record(series, at(0), 1));
  const std::string full = saved(store, at(0));
  const std::string later = saved(store, at(3600));
  EXPECT_LT(later.size(), full.size());
  MetricStore other = restored(later, {});
  EXPECT_EQ(other.newest(series), at(0));
  EXPECT_FALSE(other.record(series, at(-3600), 1));
}

}  // namespace
}  // namespace tocsin
