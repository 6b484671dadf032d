// What more filter patterns cost: the whole pipeline over the same file with 1, 10, 100 and 1,000 metric filters, each
// with a pattern of its own, as people write them: an error of a service, an error whose message holds some words,
// terms, a slow error, an id, a regular expression now and then. Time is the CPU time of the whole process; the figures
// are medians of several rounds, which take turns.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "app/ingest.h"
#include "bench/corpus.h"
#include "bench/measure.h"
#include "engine/base/ensure.h"
#include "engine/pipeline/engine.h"
#include "rules/rule_loader.h"
#include "store/sqlite_event_store.h"

namespace tocsin {
namespace {

constexpr std::array<std::size_t, 4> kCounts{1, 10, 100, 1000};
constexpr std::size_t kRounds = 3;
constexpr std::array<const char*, 5> kServices{"payment", "orders", "search", "gateway", "billing"};

const std::size_t kLines = corpus_lines(500'000);

std::string pattern(std::size_t number) {
  if (number % 200 == 199) return fmt::format("%error {}[0-9]+ of%", number);
  switch (number % 6) {
    case 0:
      return fmt::format(R"({{ $.level = "ERROR" && $.service = "{}" && $.status != {} }})",
                         kServices[number % kServices.size()], number);
    case 1:
      return fmt::format(R"({{ $.level = "ERROR" && $.message = "*refused by host {}*" }})", number);
    case 2:
      return fmt::format("\"connection {} reset\" -retried", number);
    case 3:
      return fmt::format(R"({{ $.latency_ms > {} && ($.level = "ERROR" || $.level = "FATAL") }})", number);
    case 4:
      return fmt::format(R"({{ $.status = {} || $.code = "E{}" }})", 1000 + number, number);
    default:
      return fmt::format("?OutOfMemory{} ?\"disk {} is full\"", number, number);
  }
}

double pass(const std::string& path, const RuleSet& rules) {
  const double start = cpu_seconds();
  Database database = Database::open("");
  SqliteEventStore store(database, {});
  Engine engine(rules, store, {path});
  {
    Ingest ingest({.paths = {path}, .fields = rules.event, .projection = engine.projection()});
    for (OrderedEvents::Item item = ingest.front(); item.event != nullptr || item.dead != nullptr;
         item = ingest.front()) {
      if (item.event != nullptr) engine.on_event(*item.event);
      if (engine.has_effects()) engine.take_effects();
      ingest.pop();
    }
  }
  store.flush();
  return cpu_seconds() - start;
}

const std::array<double, kCounts.size()>& medians() {
  static const std::array<double, kCounts.size()> result = [] {
    const std::string path = corpus_path(kLines);
    std::array<RuleSet, kCounts.size()> rules;
    for (std::size_t i = 0; i < kCounts.size(); ++i) {
      rules[i] = load_rules({}, process_environment()).rules;
      rules[i].alarms.clear();
      rules[i].metric_filters.clear();
      for (std::size_t number = 0; number < kCounts[i]; ++number) {
        MetricFilter filter;
        PatternError error;
        const auto parsed = FilterPattern::parse(pattern(number), error);
        ENSURE(parsed.has_value());
        filter.name = fmt::format("filter-{}", number);
        filter.pattern = *parsed;
        filter.metric = {"Bench", filter.name};
        rules[i].metric_filters.push_back(std::move(filter));
      }
    }
    pass(path, rules[0]);
    std::array<std::vector<double>, kCounts.size()> times;
    for (std::size_t round = 0; round < kRounds; ++round) {
      for (std::size_t i = 0; i < kCounts.size(); ++i) times[i].push_back(pass(path, rules[i]));
    }
    std::array<double, kCounts.size()> out{};
    for (std::size_t i = 0; i < kCounts.size(); ++i) {
      std::ranges::sort(times[i]);
      out[i] = times[i][kRounds / 2];
    }
    return out;
  }();
  return result;
}

void patterns(benchmark::State& state) {
  const auto index = static_cast<std::size_t>(state.range(0));
  while (state.KeepRunning()) state.SetIterationTime(medians()[index]);
  state.counters["patterns"] = static_cast<double>(kCounts[index]);
  state.counters["ns_per_line"] = medians()[index] * 1e9 / static_cast<double>(kLines);
  state.counters["ratio_to_one"] = medians()[index] / medians()[0];
}

BENCHMARK(patterns)->DenseRange(0, kCounts.size() - 1)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tocsin

int main(int argc, char** argv) {
  tocsin::corpus_path(tocsin::kLines);  // made before anything is timed
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
