#include "rules/rule_sections.h"

namespace tocsin {

std::optional<FilterPattern> read_pattern(MapReader& reader, std::string_view key) {
  const YamlNode* node = reader.require(key, "\"\" matches every event");
  if (node == nullptr) return std::nullopt;
  const std::optional<std::string> text = read_text(reader.file(), *node, "'" + std::string(key) + "'");
  if (!text) {
    return std::nullopt;
  }
  PatternError error;
  std::optional<FilterPattern> pattern = FilterPattern::parse(*text, error);
  if (!pattern) reader.file().error_in(*node, error.column, "pattern: " + error.message, error.hint);
  return pattern;
}

std::optional<FieldPath> read_field(RuleFile& file, const YamlNode& node, const std::string& what) {
  const std::optional<std::string> text = read_text(file, node, what);
  if (!text) return std::nullopt;
  FieldPath path;
  if (parse_field_path(*text, path)) return path;
  file.error(node, what + " must name a field, not " + shown(node), "such as level, http.status, $.items[0], $['a.b']");
  return std::nullopt;
}

std::vector<const YamlNode*> list_items(const Section& section, std::string_view example) {
  std::vector<const YamlNode*> items;
  const YamlNode& node = section.node();
  if (node.kind == YamlNode::Kind::kSequence) {
    for (const YamlNode& item : node.items) items.push_back(&item);
  } else if (node.kind != YamlNode::Kind::kNull) {
    section.file->error(node, "'" + section.entry->key + "' must be a list, not " + std::string(kind_text(node)),
                        std::string(example));
  }
  return items;
}

}  // namespace tocsin
