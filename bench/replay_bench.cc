// How much the whole pipeline costs, as a ratio to the bare parse of the same file in the same run:
//   bare_parse  reads the file and takes five fields out of each line with simdjson On-Demand, one thread
//   pipeline    what `tocsin replay FILE` does with the default rules: read, parse, categorize, count, evaluate, log
// Time is the CPU time of the whole process, all threads; the figures are medians of several rounds. The corpus has a
// fixed seed (bench/corpus.h).
#include <benchmark/benchmark.h>
#include <simdjson.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "app/effect_log.h"
#include "app/ingest.h"
#include "bench/corpus.h"
#include "bench/measure.h"
#include "engine/pipeline/engine.h"
#include "replay/byte_source.h"
#include "rules/rule_loader.h"
#include "store/sqlite_event_store.h"

namespace tocsin {
namespace {

const std::size_t kLines = corpus_lines(2'000'000);

double peak_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// What one pass over the corpus took.
struct Pass {
  std::size_t lines = 0;
  double seconds = 0;
  double ns_per_line() const { return seconds * 1e9 / static_cast<double>(lines); }
};

struct FiveFields {
  std::string_view timestamp, service, level, message;
  double latency_ms = 0;
};

// One forward pass; what the five fields hold is looked at by the caller, so that nothing is optimized away.
bool take_fields(simdjson::ondemand::document& document, FiveFields& fields) {
  for (auto field : document.get_object()) {
    const std::string_view key = field.unescaped_key();
    if (key == "timestamp") {
      fields.timestamp = field.value().get_string();
    } else if (key == "service") {
      fields.service = field.value().get_string();
    } else if (key == "level") {
      fields.level = field.value().get_string();
    } else if (key == "message") {
      fields.message = field.value().get_string();
    } else if (key == "latency_ms") {
      fields.latency_ms = field.value().get_double();
    }
  }
  return true;
}

Pass bare_pass(const std::string& path) {
  const double start = cpu_seconds();
  const OpenedSource source = open_source(path);
  simdjson::ondemand::parser parser;
  constexpr std::size_t kChunk = 256 << 10;
  std::string buffer(kChunk * 2 + simdjson::SIMDJSON_PADDING, '\0');
  std::size_t held = 0, lines = 0, checksum = 0;
  while (const std::size_t got = source.bytes->read({buffer.data() + held, kChunk})) {
    const char* at = buffer.data();
    const char* end = at + held + got;
    while (const void* newline = std::memchr(at, '\n', static_cast<std::size_t>(end - at))) {
      const auto length = static_cast<std::size_t>(static_cast<const char*>(newline) - at);
      simdjson::ondemand::document document;
      const auto room = static_cast<std::size_t>(buffer.data() + buffer.size() - at);
      FiveFields fields;
      if (parser.iterate(simdjson::padded_string_view(at, length, room)).get(document) == simdjson::SUCCESS &&
          take_fields(document, fields)) {
        checksum += fields.timestamp.size() + fields.service.size() + fields.level.size() + fields.message.size() +
                    static_cast<std::size_t>(fields.latency_ms);
      }
      ++lines;
      at += length + 1;
    }
    held = static_cast<std::size_t>(end - at);
    std::memmove(buffer.data(), at, held);
  }
  benchmark::DoNotOptimize(checksum);
  return {.lines = lines, .seconds = cpu_seconds() - start};
}

struct PipelinePass {
  Pass pass;
  std::uint64_t transitions = 0;
};

PipelinePass pipeline_pass(const std::string& path, const RuleSet& rules) {
  const double start = cpu_seconds();
  Database database = Database::open("");
  SqliteEventStore store(database, {});
  Engine engine(rules, store, {path});
  EffectLog log({path});
  std::size_t lines = 0;
  {
    Ingest ingest({.paths = {path}, .fields = rules.event, .projection = engine.projection()});
    for (OrderedEvents::Item item = ingest.front(); item.event != nullptr || item.dead != nullptr;
         item = ingest.front()) {
      if (item.event != nullptr) engine.on_event(*item.event);
      if (engine.has_effects()) {
        for (const Effect& effect : engine.take_effects()) log.line_of(effect);
      }
      ++lines;
      ingest.pop();
    }
  }
  store.flush();
  return {.pass = {.lines = lines, .seconds = cpu_seconds() - start}, .transitions = engine.counters().transitions};
}

struct Measured {
  Pass bare, pipeline;         // the median passes
  double ratio = 0;            // the median of the rounds' ratios
  double least = 0, most = 0;  // of the rounds' ratios
  std::uint64_t transitions = 0;
};

Pass median(std::vector<Pass> passes) {
  std::ranges::sort(passes, {}, &Pass::seconds);
  return passes[passes.size() / 2];
}

// Bare parse and pipeline take turns, so that a machine that gets slower or faster meanwhile does so for both. An
// untimed pass comes first: it brings the file into the page cache.
const Measured& measured() {
  static const Measured result = [] {
    constexpr std::size_t kRounds = 5;
    const std::string path = corpus_path(kLines);
    const LoadedRules loaded = load_rules({}, process_environment());
    std::vector<Pass> bare, pipeline;
    std::vector<double> ratios;
    Measured out;
    bare_pass(path);
    for (std::size_t round = 0; round < kRounds; ++round) {
      bare.push_back(bare_pass(path));
      const PipelinePass whole = pipeline_pass(path, loaded.rules);
      pipeline.push_back(whole.pass);
      ratios.push_back(whole.pass.ns_per_line() / bare.back().ns_per_line());
      out.transitions = whole.transitions;
    }
    std::ranges::sort(ratios);
    out.bare = median(std::move(bare));
    out.pipeline = median(std::move(pipeline));
    out.ratio = ratios[kRounds / 2];
    out.least = ratios.front();
    out.most = ratios.back();
    return out;
  }();
  return result;
}

void report(benchmark::State& state, const Pass& pass) {
  while (state.KeepRunning()) state.SetIterationTime(pass.seconds);
  state.counters["lines"] = static_cast<double>(pass.lines);
  state.counters["ns_per_line"] = pass.ns_per_line();
}

void bare_parse(benchmark::State& state) {
  report(state, measured().bare);
}

void pipeline(benchmark::State& state) {
  const Measured& all = measured();
  report(state, all.pipeline);
  state.counters["ratio_to_bare"] = all.ratio;
  state.counters["ratio_least"] = all.least;
  state.counters["ratio_most"] = all.most;
  state.counters["peak_mb"] = peak_mb();
  state.counters["transitions"] = static_cast<double>(all.transitions);
}

BENCHMARK(bare_parse)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(pipeline)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tocsin

int main(int argc, char** argv) {
  tocsin::corpus_path(tocsin::kLines);  // made before anything is timed
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
