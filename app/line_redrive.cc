#include "app/line_redrive.h"

#include <filesystem>
#include <limits>
#include <utility>

#include "engine/event/ordered_events.h"

namespace tocsin {
namespace {

// Only what decides about the categorized store is left: nothing is evaluated, started or told.
RuleSet categories_of(RuleSet rules) {
  rules.metric_filters.clear();
  rules.alarms.clear();
  rules.workflows.clear();
  rules.contact_points.clear();
  rules.sources.clear();
  return rules;
}

// As the sources name it: by the file.
std::string service_of(const std::string& file) {
  std::string name = std::filesystem::path(file).filename().string();
  for (const std::string_view ending : {".gz", ".zst", ".log", ".ndjson", ".jsonl", ".json", ".txt"}) {
    if (name.size() > ending.size() && name.ends_with(ending)) name.resize(name.size() - ending.size());
  }
  return name;
}

// The engine that reads the store numbers its files itself, and names none for this.
constexpr std::uint32_t kNoFile = std::numeric_limits<std::uint32_t>::max();

}  // namespace

LineRedrive::LineRedrive(RuleSet rules, Options options, EventStore& store)
    : rules_(categories_of(std::move(rules))), options_(options), engine_(rules_, store, {}) {}

bool LineRedrive::take(const KeptLine& line) {
  const LineFormat format = options_.format.value_or(detect_line_format(line.raw));
  const std::unique_ptr<LineParser> parser = make_line_parser(
      {.format = format, .default_service = service_of(line.file), .zone_offset = options_.zone_offset}, rules_.event,
      engine_.projection());
  ParsedBatch batch;
  batch.raw.bytes = line.raw + "\n";
  batch.raw.bytes.reserve(batch.raw.bytes.size() + kBatchPadding);
  batch.raw.first_offset = 1;  // not a file's beginning
  batch.raw.last = true;
  parser->parse(batch);
  if (batch.events.size() != 1 || !batch.dead.empty()) return false;
  LogEvent event = batch.events.front();
  if (lacks_year(format)) event.time = YearResolver(line.seen + Period::days(1)).resolve(event.time);
  event.origin = {.file = kNoFile, .line = line.line, .offset = line.offset};
  engine_.on_event(event);
  engine_.take_effects();
  return true;
}

}  // namespace tocsin
