#include "engine/metric/metric_store.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

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

}  // namespace
}  // namespace tocsin
