#include "engine/metric/sketch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

namespace tocsin {
namespace {

constexpr double kBound = 0.01;  // relative error, as metric_store.h promises
constexpr double kPercentiles[] = {0, 0.1, 1, 5, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100};

// The smallest sample that at least so many percent of the samples do not exceed.
double exact_percentile(std::vector<double> samples, double percentile) {
  std::sort(samples.begin(), samples.end());
  std::size_t rank = 0;
  while (100.0 * static_cast<double>(rank + 1) < percentile * static_cast<double>(samples.size()) - 1e-6) ++rank;
  return samples[rank];
}

void expect_close(const Sketch& sketch, const std::vector<double>& samples, const std::string& what) {
  ASSERT_EQ(sketch.count(), samples.size()) << what;
  for (const double percentile : kPercentiles) {
    const double exact = exact_percentile(samples, percentile);
    EXPECT_NEAR(sketch.percentile(percentile), exact, std::abs(exact) * kBound) << what << ", p" << percentile;
  }
}

Sketch sketch_of(const std::vector<double>& samples) {
  Sketch sketch;
  for (const double sample : samples) sketch.add(sample);
  return sketch;
}

TEST(Sketch, StaysWithinItsErrorOnManyDistributions) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> uniform(0, 1000);
  std::exponential_distribution<double> exponential(0.01);
  std::lognormal_distribution<double> lognormal(3, 2);
  std::normal_distribution<double> normal(0, 50);
  std::uniform_int_distribution<int> integers(-3, 20);
  struct Distribution {
    const char* name;
    std::function<double()> next;
  };
  const Distribution distributions[] = {
      {"uniform", [&] { return uniform(random); }},
      {"exponential", [&] { return exponential(random); }},
      {"lognormal", [&] { return lognormal(random); }},
      {"around zero", [&] { return normal(random); }},
      {"small integers with zeros", [&] { return integers(random); }},
      {"two peaks", [&] { return uniform(random) < 900 ? 5 + uniform(random) / 1000 : 30'000 + uniform(random); }},
      {"tiny", [&] { return exponential(random) * 1e-200; }},
      {"all the same", [] { return 42.5; }},
  };
  for (const Distribution& distribution : distributions) {
    for (const int count : {1, 2, 3, 10, 100, 1000, 20'000}) {
      std::vector<double> samples;
      for (int i = 0; i < count; ++i) samples.push_back(distribution.next());
      expect_close(sketch_of(samples), samples, std::string(distribution.name) + " of " + std::to_string(count));
    }
  }
}

TEST(Sketch, MergedIsTheSameAsOneOfAll) {
  std::mt19937_64 random(11);
  std::lognormal_distribution<double> lognormal(2, 3);
  std::vector<double> samples;
  std::vector<Sketch> parts(7);
  for (int i = 0; i < 5000; ++i) {
    const double sample = lognormal(random) * (i % 5 == 0 ? -1 : 1) * (i % 11 == 0 ? 0 : 1);
    samples.push_back(sample);
    parts[static_cast<std::size_t>(i) % parts.size()].add(sample);
  }
  Sketch merged;
  for (const Sketch& part : parts) merged.merge(part);
  const Sketch whole = sketch_of(samples);
  EXPECT_EQ(merged.count(), whole.count());
  for (const double percentile : kPercentiles) EXPECT_EQ(merged.percentile(percentile), whole.percentile(percentile));
}

TEST(Sketch, MemoryIsBoundedAndTheUpperPercentilesStayGood) {
  std::mt19937_64 random(13);
  std::uniform_real_distribution<double> exponent(-300, 300);
  std::vector<double> samples;
  Sketch rising;
  for (int i = 0; i < 20'000; ++i) samples.push_back(std::pow(10, exponent(random)));
  for (const double sample : samples) rising.add(sample);
  EXPECT_LE(rising.bins(), Sketch::kMaxBins);
  EXPECT_EQ(rising.count(), samples.size());
  for (const double percentile : {98.0, 99.0, 99.9, 100.0}) {
    const double exact = exact_percentile(samples, percentile);
    EXPECT_NEAR(rising.percentile(percentile), exact, exact * kBound) << percentile;
  }
  for (const double sample : samples) rising.add(-sample);
  EXPECT_LE(rising.bins(), 2 * Sketch::kMaxBins);
}

TEST(Sketch, OrderOfSamplesDoesNotMatter) {
  std::vector<double> samples;
  for (int i = -300; i < 300; i += 3) samples.push_back(std::pow(10, i));
  const Sketch up = sketch_of(samples);
  std::reverse(samples.begin(), samples.end());
  const Sketch down = sketch_of(samples);
  for (const double percentile : kPercentiles) EXPECT_EQ(up.percentile(percentile), down.percentile(percentile));
}

TEST(Sketch, ClearedIsEmptyAndUsable) {
  Sketch sketch = sketch_of({1, -2, 0});
  sketch.clear();
  EXPECT_EQ(sketch.count(), 0U);
  EXPECT_EQ(sketch.percentile(50), 0);
  sketch.add(100);
  EXPECT_NEAR(sketch.percentile(50), 100, 1);
}

TEST(Sketch, RanksAtTheEdges) {
  std::vector<double> samples;
  for (int i = 1; i <= 1000; ++i) samples.push_back(i);
  const Sketch sketch = sketch_of(samples);
  EXPECT_NEAR(sketch.percentile(99.9), 999, 10);
  EXPECT_NEAR(sketch.percentile(0), 1, 0.01);
  EXPECT_NEAR(sketch.percentile(100), 1000, 10);
  EXPECT_NEAR(sketch.percentile(50), 500, 5);
}

// Saved and restored at any time, also where numbers lie so far apart that the lowest bins were merged.
TEST(Sketch, GoesOnAsIfItHadNotBeenSaved) {
  std::mt19937 random(20261120);
  for (int round = 0; round < 200; ++round) {
    const int most = round % 3 == 0 ? 300 : 12;  // of the numbers' exponents
    Sketch kept, saved;
    for (int i = 0; i < 400; ++i) {
      const int exponent = static_cast<int>(random() % static_cast<unsigned>(2 * most + 1)) - most;
      const double value = std::ldexp(1.0 + static_cast<double>(random() % 1000) / 1000, exponent) *
                           static_cast<double>(static_cast<int>(random() % 3) - 1);
      kept.add(value);
      saved.add(value);
      if (random() % 50 == 0) {
        kept.clear();
        saved = Sketch();
      }
      if (random() % 20 != 0) continue;
      StateWriter out;
      saved.save(out);
      const std::string bytes = out.take();
      StateReader in(bytes);
      saved = Sketch();
      saved.restore(in);
      ASSERT_TRUE(in.ok() && in.at_end());
      ASSERT_EQ(saved.count(), kept.count());
      ASSERT_EQ(saved.bins(), kept.bins());
      for (const double percentile : {0.0, 1.0, 33.0, 50.0, 90.0, 99.9, 100.0}) {
        ASSERT_EQ(saved.percentile(percentile), kept.percentile(percentile));
      }
      StateWriter again;
      kept.save(again);
      ASSERT_EQ(again.take(), bytes);
    }
  }
}

}  // namespace
}  // namespace tocsin
