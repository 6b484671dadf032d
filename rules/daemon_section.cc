#include <algorithm>

#include "rules/rule_sections.h"

namespace tocsin {
namespace {

void read_choice(MapReader& reader, std::string_view key, const std::vector<std::string_view>& choices,
                 std::string& value) {
  const std::optional<std::string> text = reader.text(key);
  if (!text) return;
  if (std::ranges::find(choices, *text) != choices.end()) {
    value = *text;
  } else {
    reader.file().error(*reader.find(key), "'" + std::string(key) + "' can't be " + shown(*reader.find(key)),
                        suggestion(*text, choices));
  }
}

void read_timeout(MapReader& reader, std::string_view key, Period longest, Period& value) {
  const std::optional<Period> period = reader.period(key);
  if (!period) return;
  if (*period < Period::seconds(1) || *period > longest) {
    reader.file().error(*reader.find(key), "'" + std::string(key) + "' must be from 1s to " + to_text(longest));
  } else {
    value = *period;
  }
}

}  // namespace

void read_daemon_section(const Sections& sections, DaemonSettings& daemon) {
  for (const Section& section : sections) {
    MapReader reader(*section.file, section.node(), "'daemon'");
    if (!reader.valid()) continue;
    if (std::optional<std::string> dir = reader.text("data_dir")) daemon.data_dir = std::move(*dir);
    if (std::optional<std::string> listen = reader.text("metrics_listen")) daemon.metrics_listen = std::move(*listen);
    read_timeout(reader, "idle_timeout", Period::days(1), daemon.idle_timeout);
    read_timeout(reader, "shutdown_timeout", Period::hours(1), daemon.shutdown_timeout);
    read_choice(reader, "log_level", {"debug", "info", "warning", "error"}, daemon.log_level);
    read_choice(reader, "log_format", {"text", "json"}, daemon.log_format);
    reader.finish();
  }
}

}  // namespace tocsin
