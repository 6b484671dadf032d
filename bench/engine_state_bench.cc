// How large the engine's state is and how long it takes to save and to restore it, after half an hour of the default
// rules: live runs save it with each commit. Services are as talkative as in a shop: 20 of them at 50 events a second,
// a thousand at 1,000.
#include <benchmark/benchmark.h>

#include <random>
#include <string>
#include <vector>

#include "engine/analysis/memory_event_store.h"
#include "engine/event/line_parser.h"
#include "engine/pipeline/engine.h"
#include "rules/rule_loader.h"

namespace tocsin {
namespace {

constexpr std::int64_t kMinutes = 30;

const RuleSet& rules() {
  static const LoadedRules loaded = load_rules({}, process_environment());
  return loaded.rules;
}

// One minute of a log: latencies around 80 ms with a long tail, one error in a hundred.
std::string lines_of(std::int64_t minute, unsigned services, unsigned events, std::mt19937& random) {
  std::string text;
  for (unsigned i = 0; i < events; ++i) {
    const std::int64_t ms = 1'795'168'800'000 + minute * 60'000 + std::int64_t{60'000} * i / events;
    const unsigned latency = 40 + random() % 80 + (random() % 50 == 0 ? random() % 3000 : 0);
    text += R"({"timestamp":)" + std::to_string(ms) + R"(,"service":"service-)" + std::to_string(random() % services) +
            R"(","level":")" + (random() % 100 == 0 ? "ERROR" : "INFO") + R"(","latency_ms":)" +
            std::to_string(latency) + R"(.25,"caller":"service-)" + std::to_string(random() % services % 7) +
            R"(","message":"request served"})" + "\n";
  }
  return text;
}

// An engine that has run for half an hour; made once for each number of services.
struct Warm {
  MemoryEventStore store;
  Engine engine{rules(), store, {"shop.log"}};

  explicit Warm(unsigned services) {
    std::mt19937 random(20261120);
    const auto parser = make_line_parser({}, rules().event, engine.projection());
    const unsigned events = services <= 20 ? 50 * 60 : 1000 * 60;
    for (std::int64_t minute = 0; minute < kMinutes; ++minute) {
      ParsedBatch batch;
      batch.raw.bytes = lines_of(minute, services, events, random);
      batch.raw.bytes.reserve(batch.raw.bytes.size() + kBatchPadding);
      parser->parse(batch);
      for (const LogEvent& event : batch.events) engine.on_event(event);
    }
    engine.take_effects();
  }

  static Warm& of(std::int64_t services) {
    static Warm few(20), many(1000);
    return services <= 20 ? few : many;
  }
};

void save_state(benchmark::State& state) {
  const Warm& warm = Warm::of(state.range(0));
  std::size_t bytes = 0;
  for (auto _ : state) {
    const std::string saved = warm.engine.save();
    bytes = saved.size();
    benchmark::DoNotOptimize(saved.data());
  }
  state.counters["bytes"] = static_cast<double>(bytes);
  state.counters["series"] = static_cast<double>(warm.engine.series());
}

void restore_state(benchmark::State& state) {
  Warm& warm = Warm::of(state.range(0));
  const std::string saved = warm.engine.save();
  for (auto _ : state) {
    Engine engine(rules(), warm.store, {"shop.log"});
    if (!engine.restore(saved).empty() || engine.save() != saved) state.SkipWithError("not restored");
  }
}

BENCHMARK(save_state)->Arg(20)->Arg(1000)->Unit(benchmark::kMicrosecond);
BENCHMARK(restore_state)->Arg(20)->Arg(1000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tocsin

BENCHMARK_MAIN();
