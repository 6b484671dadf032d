#include <algorithm>
#include <set>

#include "engine/pattern/pattern_tree.h"
#include "rules/rule_sections.h"

namespace tocsin {
namespace {

constexpr std::string_view kExample = "- {name: errors, pattern: ERROR, metric: {namespace: Shop, name: Errors}}";

// `$.field`, `$name` or `$3` of a metric's value or dimension.
std::optional<MetricFilter::Source> read_source(RuleFile& file, const YamlNode& node, const FilterPattern& pattern,
                                                const std::string& what) {
  FieldPath path;
  const bool scalar = node.kind == YamlNode::Kind::kScalar;
  const auto* fields = std::get_if<SpaceDelimitedPattern>(&pattern.tree().form);
  if (scalar && node.text.starts_with('$')) {
    if (fields != nullptr) {
      if (const auto place = fields->place_of_name(std::string_view(node.text).substr(1))) return *place;
      file.error(node, what + " must be one of the pattern's fields, as $name or $1, not " + shown(node));
      return std::nullopt;
    }
    if (parse_field_path(node.text, path)) return path;
  }
  const std::string found = scalar ? shown(node) : std::string(kind_text(node));
  file.error(node, what + " must be a field such as $.service, not " + found);
  return std::nullopt;
}

void read_value(MapReader& reader, MetricFilter& filter) {
  const YamlNode* value = reader.find("value");
  if (value == nullptr) return;
  if (value->kind == YamlNode::Kind::kScalar && value->text.starts_with('$')) {
    if (const auto source = read_source(reader.file(), *value, filter.pattern, "'value'")) filter.value = *source;
  } else if (const auto number = read_number(reader.file(), *value, "'value'")) {
    filter.value = *number;
  }
}

void read_dimensions(MapReader& reader, MetricFilter& filter) {
  const YamlNode* node = reader.find("dimensions");
  if (node == nullptr) return;
  MapReader dimensions(reader.file(), *node, "'dimensions'");
  if (node->entries.size() > 3) {
    reader.file().error(node->entries[3], "a metric filter has at most three dimensions");
  }
  for (const YamlEntry& entry : node->entries) {
    const auto source = read_source(reader.file(), entry.value, filter.pattern, "the dimension " + shown(entry.key));
    if (source) filter.dimensions.push_back({entry.key, *source});
  }
  std::ranges::sort(filter.dimensions, {}, &MetricFilter::DimensionField::name);
}

void read_metric(MapReader& filter_reader, MetricFilter& filter) {
  const YamlNode* node = filter_reader.require("metric", "metric: {namespace: Shop, name: Errors, value: 1}");
  if (node == nullptr) return;
  MapReader reader(filter_reader.file(), *node, "'metric'");
  filter.metric.ns = reader.required_text("namespace").value_or("");
  filter.metric.name = reader.required_text("name").value_or("");
  read_value(reader, filter);
  filter.default_value = reader.number("default_value");
  read_dimensions(reader, filter);
  if (filter.default_value && !filter.dimensions.empty()) {
    reader.file().error(*reader.find("default_value"), "a metric with dimensions can't have a default value",
                        "there is no telling which dimension's value an event that does not match belongs to");
  }
  reader.finish();
}

std::optional<MetricFilter> read_filter(RuleFile& file, const YamlNode& node, std::set<std::string>& names) {
  const std::size_t errors = file.diagnostics().error_count();
  MapReader reader(file, node, "a metric filter");
  MetricFilter filter;
  if (const std::optional<std::string> name = reader.required_text("name")) {
    filter.name = *name;
    reader.rename("metric filter " + shown(*name));
    if (!names.insert(*name).second) {
      file.error(*reader.find("name"), "there are two metric filters named " + shown(*name));
    }
  }
  if (const std::optional<std::string> group = reader.text("log_group")) filter.log_group = *group;
  if (reader.valid()) {
    if (const std::optional<FilterPattern> pattern = read_pattern(reader, "pattern")) filter.pattern = *pattern;
    read_metric(reader, filter);
  }
  reader.finish();
  if (file.diagnostics().error_count() > errors) return std::nullopt;
  return filter;
}

}  // namespace

void read_metric_filters_section(const Sections& sections, std::vector<MetricFilter>& filters) {
  std::set<std::string> names;
  for (const Section& section : sections) {
    for (const YamlNode* item : list_items(section, kExample)) {
      if (std::optional<MetricFilter> filter = read_filter(*section.file, *item, names)) {
        filters.push_back(std::move(*filter));
      }
    }
  }
}

}  // namespace tocsin
