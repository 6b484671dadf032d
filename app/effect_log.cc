#include "app/effect_log.h"

#include <fmt/format.h>

#include "engine/base/text.h"

namespace tocsin {
namespace {

constexpr std::size_t kShownRaw = 512;

std::string time_or_null(std::optional<EventTime> time) {
  return time ? json_string(to_iso8601(*time)) : "null";
}

std::string count(std::uint64_t n) {
  return fmt::format("{}", n);
}

}  // namespace

std::string dead_letter_line(const ShownDeadLetter& letter, std::optional<EventTime> now, std::size_t most_raw) {
  return json_object({{"type", "\"dead_letter\""},
                      {"at", time_or_null(now)},
                      {"reason", json_string(to_text(letter.reason))},
                      {"file", json_string(letter.file)},
                      {"line", count(letter.line)},
                      {"offset", count(letter.offset)},
                      {"raw", json_string(letter.raw.substr(0, most_raw))}});
}

EffectLog::EffectLog(std::vector<std::string> files) : files_(std::move(files)) {
  for (const std::string& file : files_) file_members_.push_back("\"file\":" + json_string(file));
}

void EffectLog::add(std::string_view line) {
  std::string blanked(line);
  for (const std::string& member : file_members_) {
    for (std::size_t at = blanked.find(member); at != std::string::npos; at = blanked.find(member, at)) {
      blanked.replace(at, member.size(), "\"file\":\"\"");
      at += 9;
    }
  }
  blanked += '\n';
  sha_.update(blanked);
}

std::string EffectLog::line_of(const Effect& effect) {
  std::string line = to_json(effect, files_);
  if (!line.empty()) add(line);
  return line;
}

std::string EffectLog::line_of(const ShownDeadLetter& letter, std::optional<EventTime> now) {
  std::string line = dead_letter_line(letter, now, kShownRaw);
  add(line);
  return line;
}

std::string EffectLog::line_of(ReplaySummary& summary) {
  const EngineCounters& counters = summary.counters;
  std::string reasons = "{";
  for (const auto& [reason, number] : summary.dead_letters_by_reason) {
    if (reasons.size() > 1) reasons += ',';
    reasons += json_string(reason) + ':' + count(number);
  }
  reasons += '}';
  std::string line = json_object({{"type", "\"summary\""},
                                  {"at", time_or_null(counters.last_event)},
                                  {"lines", count(summary.lines)},
                                  {"events", count(summary.events)},
                                  {"dead_letters", count(counters.dead_letters)},
                                  {"dead_letters_by_reason", reasons},
                                  {"late", count(counters.late)},
                                  {"truncated", count(counters.truncated)},
                                  {"skipped", count(summary.skipped)},
                                  {"services", count(summary.services)},
                                  {"categorized", count(counters.categorized)},
                                  {"transitions", count(counters.transitions)},
                                  {"executions", count(counters.executions)},
                                  {"findings", count(counters.findings)},
                                  {"notifications", count(counters.notifications)},
                                  {"first_event_time", time_or_null(counters.first_event)},
                                  {"last_event_time", time_or_null(counters.last_event)},
                                  {"interrupted", summary.interrupted ? "true" : "false"}});
  add(line);
  summary.digest = sha_.finish_hex();
  line.pop_back();
  line += fmt::format(",\"wall_s\":{:.3f}", summary.wall_s);
  if (summary.notified) {
    line += fmt::format(R"(,"deliveries":{{"delivered":{},"pending":{},"dead":{}}})", summary.deliveries.delivered,
                        summary.deliveries.pending, summary.deliveries.dead);
  }
  return line + ",\"digest\":" + json_string(summary.digest) + "}";
}

}  // namespace tocsin
