// Any bytes as the engine's state, and real states with bytes changed: they are refused, and the engine is as new, or
// it goes on from them; never a crash or a hang. What is taken can be saved and taken again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/analysis/memory_event_store.h"
#include "engine/base/ensure.h"
#include "engine/pipeline/engine.h"
#include "rules/rule_loader.h"

namespace {

using namespace tocsin;

constexpr EventTime kStart{1'795'168'800'000};

const RuleSet& rules() {
  static const LoadedRules loaded = load_rules({}, {.variable = [](const std::string&) { return std::nullopt; },
                                                    .read_file = [](const std::string&) { return std::nullopt; }});
  return loaded.rules;
}

// Ten minutes of two services, one of which breaks, ending `last` after the start.
void feed(Engine& engine, EventTime first, EventTime last) {
  std::vector<FieldValue> fields(engine.projection().size());
  std::vector<std::string> paths;
  for (const FieldPath& path : engine.projection().paths()) paths.push_back(to_text(path));
  std::uint64_t line = 0;
  for (EventTime time = first; time < last; time = time + Period::seconds(1)) {
    const bool failed = time.ms / 1000 % 3 == 0;
    const std::string_view service = failed ? "payment" : "cart";
    const std::string_view level = failed ? "ERROR" : "INFO";
    for (std::size_t i = 0; i < paths.size(); ++i) {
      const auto is = [&](const char* part) { return paths[i].find(part) != std::string::npos; };
      if (is("@level")) fields[i] = {.kind = FieldKind::kText, .text = level};
      if (is("@service")) fields[i] = {.kind = FieldKind::kText, .text = service};
      if (is("@latency")) fields[i] = {.kind = FieldKind::kNumber, .number = 2500, .text = "2500"};
    }
    engine.on_event({.time = time,
                     .level = failed ? Level::kError : Level::kInfo,
                     .latency_ms = 2500,
                     .service = service,
                     .message = "pool exhausted",
                     .upstream = "checkout",
                     .raw = "pool exhausted",
                     .fields = fields,
                     .origin = {.file = 0, .line = ++line}});
  }
}

// A state with alarms that fire and an incident that is open.
const std::string& real_state() {
  static const std::string state = [] {
    MemoryEventStore store;
    Engine engine(rules(), store, {"a.log"});
    feed(engine, kStart, kStart + Period::minutes(5));
    engine.take_effects();
    return engine.save();
  }();
  return state;
}

void restore(std::string_view bytes) {
  MemoryEventStore store;
  Engine engine(rules(), store, {"a.log"});
  const std::string problem = engine.restore(bytes);
  if (!problem.empty()) {
    static const std::string fresh = Engine(rules(), store, {"a.log"}).save();
    ENSURE(engine.save() == fresh && !engine.has_effects());
  }
  engine.take_effects();
  // At the end of the calendar time can't go on.
  const EventTime from = engine.watermark().value_or(kStart);
  if (from > kStart + Period::days(365'000)) return;
  feed(engine, from, from + Period::minutes(3));
  feed(engine, kStart, kStart + Period::seconds(5));
  engine.take_effects();
  Engine other(rules(), store, {"a.log"});
  const std::string saved = engine.save();
  ENSURE(other.restore(saved).empty());
  ENSURE(other.save() == saved);
}

}  // namespace

// The first byte chooses: the bytes as they are, or what they change in a real state, as (place, new byte) of three
// bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    restore(rest);
    return 0;
  }
  std::string state = real_state();
  for (std::size_t i = 0; i + 2 < rest.size(); i += 3) {
    const std::size_t place =
        static_cast<std::size_t>(static_cast<unsigned char>(rest[i])) << 8 | static_cast<unsigned char>(rest[i + 1]);
    state[place % state.size()] = rest[i + 2];
  }
  restore(state);
  return 0;
}
