#include "engine/event/timestamp.h"
#include "rules/rule_sections.h"

namespace tocsin {
namespace {

std::vector<LabelMatcher> read_matchers(MapReader& reader) {
  std::vector<LabelMatcher> matchers;
  const YamlNode* node = reader.require("matchers", "such as matchers: [service=payment]");
  if (node == nullptr) return matchers;
  RuleFile& file = reader.file();
  bool whole = true;
  for (const YamlNode* item : read_list(file, *node, "'matchers'")) {
    const std::optional<std::string> text = read_text(file, *item, "a matcher");
    if (!text) {
      whole = false;
      continue;
    }
    std::string problem;
    std::optional<LabelMatcher> matcher = parse_label_matcher(*text, problem);
    if (matcher) {
      matchers.push_back(std::move(*matcher));
    } else {
      file.error(*item, "the matcher " + shown(*text) + " can't be read", problem);
      whole = false;
    }
  }
  const std::string problem = whole ? matchers_problem(matchers) : "";
  if (!problem.empty()) file.error(*node, "'matchers': " + problem);
  return matchers;
}

std::optional<EventTime> read_time(MapReader& reader, std::string_view key) {
  const std::optional<std::string> text = reader.required_text(key);
  if (!text) return std::nullopt;
  std::optional<EventTime> time = parse_timestamp(*text, Period{});
  if (!time) {
    reader.file().error(*reader.find(key), "'" + std::string(key) + "' must be a time, not " + shown(*text),
                        "such as 2026-12-24T18:00:00Z");
  }
  return time;
}

void read_silence(RuleFile& file, const YamlNode& node, std::vector<Silence>& silences) {
  MapReader reader(file, node, "a silence");
  if (!reader.valid()) return;
  Silence silence;
  silence.matchers = read_matchers(reader);
  const std::optional<EventTime> from = read_time(reader, "from");
  const std::optional<EventTime> until = read_time(reader, "until");
  silence.comment = reader.text("comment").value_or("");
  silence.created_by = "configuration";
  reader.finish();
  if (!from || !until) return;
  if (*until <= *from) {
    file.error(*reader.find("until"), "'until' must be after 'from'");
    return;
  }
  silence.from = *from;
  silence.until = *until;
  silence.id = silence_id(silence);
  silences.push_back(std::move(silence));
}

void read_window(RuleFile& file, const YamlNode& node, std::vector<MaintenanceWindow>& windows) {
  MapReader reader(file, node, "a maintenance window");
  if (!reader.valid()) return;
  MaintenanceWindow window;
  window.matchers = read_matchers(reader);
  bool whole = true;
  if (const std::optional<std::string> every = reader.required_text("every")) {
    std::string problem;
    const std::optional<WeeklySchedule> schedule = parse_weekly_schedule(*every, problem);
    if (schedule) {
      window.every = *schedule;
    } else {
      file.error(*reader.find("every"), "'every' can't be read: " + shown(*every), problem);
    }
    whole = schedule.has_value();
  } else {
    whole = false;
  }
  if (reader.require("duration") != nullptr) {
    const std::optional<Period> duration = reader.period("duration");
    if (duration && (*duration < Period::minutes(1) || *duration > kLongestMaintenance)) {
      file.error(*reader.find("duration"), "'duration' must be from 1m to 7d");
    }
    window.duration = duration.value_or(Period{});
    whole = whole && duration;
  } else {
    whole = false;
  }
  if (const std::optional<std::string> zone = reader.text("zone")) {
    const std::optional<Period> offset = parse_zone_offset(*zone);
    if (!offset) {
      file.error(*reader.find("zone"), "'zone' must be an offset, not " + shown(*zone), "such as +02:00");
    }
    window.zone_offset = offset.value_or(Period{});
  }
  window.comment = reader.text("comment").value_or("");
  reader.finish();
  if (whole) windows.push_back(std::move(window));
}

}  // namespace

void read_silences_section(const Sections& sections, std::vector<Silence>& silences) {
  constexpr std::string_view kExample =
      R"(- {matchers: [service=payment], from: 2026-12-24T18:00:00Z, until: 2026-12-27T06:00:00Z})";
  for (const Section& section : sections) {
    for (const YamlNode* item : list_items(section, kExample)) read_silence(*section.file, *item, silences);
  }
}

void read_maintenance_section(const Sections& sections, std::vector<MaintenanceWindow>& windows) {
  constexpr std::string_view kExample = R"(- {matchers: [service=batch], every: "SUN 02:00", duration: 2h})";
  for (const Section& section : sections) {
    for (const YamlNode* item : list_items(section, kExample)) read_window(*section.file, *item, windows);
  }
}

}  // namespace tocsin
