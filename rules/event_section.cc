#include "engine/event/event_fields.h"
#include "rules/rule_sections.h"

namespace tocsin {
namespace {

// The candidates under `key`, where it is given.
void read_candidates(MapReader& reader, std::string_view key, std::vector<FieldPath>& out) {
  const YamlNode* node = reader.find(key);
  if (node == nullptr) return;
  const std::string what = "'" + std::string(key) + "'";
  std::vector<FieldPath> fields;
  for (const YamlNode* item : read_list(reader.file(), *node, what)) {
    if (const std::optional<FieldPath> field = read_field(reader.file(), *item, what)) fields.push_back(*field);
  }
  out = std::move(fields);
}

std::optional<TimeUnit> parse_unit(std::string_view text) {
  if (text == "ns") return TimeUnit::kNanoseconds;
  if (text == "us") return TimeUnit::kMicroseconds;
  if (text == "ms") return TimeUnit::kMilliseconds;
  if (text == "s") return TimeUnit::kSeconds;
  return std::nullopt;
}

std::optional<LatencyField> read_latency_field(RuleFile& file, const YamlNode& node) {
  LatencyField latency;
  if (node.kind != YamlNode::Kind::kMap) {
    const std::optional<FieldPath> path = read_field(file, node, "'latency'");
    if (!path) return std::nullopt;
    latency.path = *path;
    return latency;
  }
  MapReader reader(file, node, "a latency field");
  const YamlNode* field = reader.require("field");
  const std::optional<FieldPath> path = field == nullptr ? std::nullopt : read_field(file, *field, "'field'");
  if (const std::optional<std::string> unit = reader.text("unit")) {
    const std::optional<TimeUnit> parsed = parse_unit(*unit);
    if (!parsed)
      file.error(*reader.find("unit"), "unknown unit " + shown(*reader.find("unit")), "known: ns, us, ms, s");
    latency.unit = parsed.value_or(TimeUnit::kMilliseconds);
  }
  reader.finish();
  if (!path) return std::nullopt;
  latency.path = *path;
  return latency;
}

void read_latency(MapReader& reader, std::vector<LatencyField>& out) {
  const YamlNode* node = reader.find("latency");
  if (node == nullptr) return;
  std::vector<LatencyField> fields;
  if (node->kind == YamlNode::Kind::kMap) {
    if (const std::optional<LatencyField> field = read_latency_field(reader.file(), *node)) fields.push_back(*field);
  } else {
    for (const YamlNode* item : read_list(reader.file(), *node, "'latency'")) {
      if (const std::optional<LatencyField> field = read_latency_field(reader.file(), *item)) fields.push_back(*field);
    }
  }
  out = std::move(fields);
}

// Log group names as CloudWatch takes them.
bool is_log_group_name(std::string_view text) {
  constexpr std::string_view kOthers = "_-/.#";
  for (const char c : text) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!word && kOthers.find(c) == std::string_view::npos) return false;
  }
  return !text.empty() && text.size() <= 400;
}

}  // namespace

void read_event_section(const Sections& sections, EventFields& fields) {
  for (const Section& section : sections) {
    MapReader reader(*section.file, section.node(), "'event'");
    read_candidates(reader, "timestamp", fields.timestamp);
    read_candidates(reader, "level", fields.level);
    read_candidates(reader, "message", fields.message);
    read_latency(reader, fields.latency);
    read_candidates(reader, "trace", fields.trace);
    read_candidates(reader, "upstream", fields.upstream);
    if (const YamlEntry* service = section.node().find_entry("service")) {
      section.file->error(*service, "the fields that name the service belong under 'log_groups'",
                          "log_groups: {service: [service, app]}");
      (void)reader.find("service");
    }
    reader.finish();
  }
}

void read_log_groups_section(const Sections& sections, RuleSet& rules) {
  for (const Section& section : sections) {
    MapReader reader(*section.file, section.node(), "'log_groups'");
    if (const std::optional<std::string> prefix = reader.text("prefix")) {
      const YamlNode& node = *reader.find("prefix");
      if (!is_log_group_name(*prefix) || prefix->ends_with('/')) {
        section.file->error(node, "'prefix' must be the beginning of a log group's name, not " + shown(node),
                            "letters, digits and _-/.# without a slash at the end, such as /tocsin");
      } else {
        rules.log_group_prefix = *prefix;
      }
    }
    read_candidates(reader, "service", rules.event.service);
    reader.finish();
  }
}

}  // namespace tocsin
