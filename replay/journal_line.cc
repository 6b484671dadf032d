#include "replay/journal_line.h"

#include <array>
#include <charconv>

#include "engine/base/text.h"
#include "engine/base/time.h"
#include "engine/event/log_event.h"

namespace tocsin {
namespace {

EventTime time_of(const JournalEntry& entry) {
  std::uint64_t us = 0;
  const char* end = entry.sent_us.data() + entry.sent_us.size();
  const auto [rest, error] = std::from_chars(entry.sent_us.data(), end, us);
  // A sender's clock may be anything; what does not fit into a time is none.
  const bool is_valid = error == std::errc() && rest == end && us > 0 && us < 7'258'118'400'000'000;
  return {static_cast<std::int64_t>((is_valid ? us : entry.received_us) / 1000)};
}

std::string_view level_of(std::string_view priority) {
  constexpr std::array<Level, 8> kLevels{Level::kFatal, Level::kFatal, Level::kFatal, Level::kError,
                                         Level::kWarn,  Level::kInfo,  Level::kInfo,  Level::kDebug};
  if (priority.size() != 1 || priority[0] < '0' || priority[0] > '7') return {};
  return to_text(kLevels[static_cast<std::size_t>(priority[0] - '0')]);
}

std::string_view service_of(const JournalEntry& entry) {
  std::string_view unit = entry.unit;
  if (unit.ends_with(".service")) unit.remove_suffix(8);
  if (!unit.empty()) return unit;
  return !entry.identifier.empty() ? entry.identifier : entry.command;
}

std::string text_or_nothing(std::string_view text) {
  return text.empty() ? std::string() : json_string(text);
}

}  // namespace

std::string journal_line(const JournalEntry& entry) {
  return json_object({{"timestamp", json_string(to_iso8601(time_of(entry)))},
                      {"level", text_or_nothing(level_of(entry.priority))},
                      {"service", text_or_nothing(service_of(entry))},
                      {"message", json_string(entry.message)},
                      {"unit", text_or_nothing(entry.unit)},
                      {"identifier", text_or_nothing(entry.identifier)},
                      {"host", text_or_nothing(entry.host)},
                      {"pid", text_or_nothing(entry.pid)}}) +
         "\n";
}

}  // namespace tocsin
