#include "rules/map_reader.h"

#include <algorithm>
#include <cmath>

#include "engine/base/text.h"
#include "rules/yaml_scalar.h"

namespace tocsin {
namespace {

std::string in_quotes(std::string_view key) {
  return "'" + std::string(key) + "'";
}

void wrong_type(RuleFile& file, const YamlNode& node, const std::string& what, std::string_view wanted) {
  std::string found(kind_text(node));
  if (node.kind == YamlNode::Kind::kScalar) found = shown(node);
  file.error(node, what + " must be " + std::string(wanted) + ", not " + found);
}

}  // namespace

MapReader::MapReader(RuleFile& file, const YamlNode& node, std::string what)
    : file_(file), node_(node), what_(std::move(what)) {
  if (!valid()) wrong_type(file_, node_, what_, "a mapping");
}

const YamlNode* MapReader::find(std::string_view key) {
  if (std::ranges::find(known_, key) == known_.end()) known_.push_back(key);
  return node_.find(key);
}

const YamlNode* MapReader::require(std::string_view key, std::string_view hint) {
  const YamlNode* found = find(key);
  if (found == nullptr && valid()) file_.error(node_, what_ + " lacks " + in_quotes(key), std::string(hint));
  return found;
}

std::optional<std::string> MapReader::text(std::string_view key) {
  const YamlNode* node = find(key);
  return node == nullptr ? std::nullopt : read_text(file_, *node, in_quotes(key));
}

std::optional<std::string> MapReader::required_text(std::string_view key) {
  const YamlNode* node = require(key);
  if (node == nullptr) return std::nullopt;
  std::optional<std::string> text = read_text(file_, *node, in_quotes(key));
  if (text && text->empty()) {
    file_.error(*node, in_quotes(key) + " must not be empty");
    return std::nullopt;
  }
  return text;
}

std::optional<double> MapReader::number(std::string_view key) {
  const YamlNode* node = find(key);
  return node == nullptr ? std::nullopt : read_number(file_, *node, in_quotes(key));
}

std::optional<int> MapReader::whole_number(std::string_view key, int lowest, int highest) {
  const YamlNode* node = find(key);
  if (node == nullptr) return std::nullopt;
  const std::optional<double> value = read_number(file_, *node, in_quotes(key));
  if (!value) return std::nullopt;
  if (*value != std::floor(*value) || *value < lowest || *value > highest) {
    file_.error(*node, in_quotes(key) + " must be a whole number from " + std::to_string(lowest) + " to " +
                           std::to_string(highest) + ", not " + shown(*node));
    return std::nullopt;
  }
  return static_cast<int>(*value);
}

std::optional<bool> MapReader::truth(std::string_view key) {
  const YamlNode* node = find(key);
  if (node == nullptr) return std::nullopt;
  const std::optional<bool> value =
      node->kind == YamlNode::Kind::kScalar && node->plain ? parse_yaml_bool(node->text) : std::nullopt;
  if (!value) wrong_type(file_, *node, in_quotes(key), "true or false");
  return value;
}

std::optional<Period> MapReader::period(std::string_view key) {
  const YamlNode* node = find(key);
  return node == nullptr ? std::nullopt : read_period(file_, *node, in_quotes(key));
}

void MapReader::finish() {
  for (const YamlEntry& entry : node_.entries) {
    if (file_.told_enough()) return;
    if (std::ranges::find(known_, entry.key) != known_.end()) continue;
    file_.error(entry, "unknown key " + shown(entry.key) + " in " + what_, suggestion(entry.key, known_));
  }
}

std::optional<std::string> read_text(RuleFile& file, const YamlNode& node, const std::string& what) {
  if (node.kind == YamlNode::Kind::kScalar) return node.text;
  wrong_type(file, node, what, "text");
  return std::nullopt;
}

std::optional<double> read_number(RuleFile& file, const YamlNode& node, const std::string& what) {
  // Quotes around a number are a slip that harms nobody, and variables often need them.
  const std::optional<double> value =
      node.kind == YamlNode::Kind::kScalar ? parse_yaml_number(node.text) : std::nullopt;
  if (!value) wrong_type(file, node, what, "a number");
  return value;
}

std::optional<Period> read_period(RuleFile& file, const YamlNode& node, const std::string& what) {
  const std::optional<Period> value = node.kind == YamlNode::Kind::kScalar ? parse_period(node.text) : std::nullopt;
  if (!value) {
    const std::string found = node.kind == YamlNode::Kind::kScalar ? shown(node) : std::string(kind_text(node));
    file.error(node, what + " must be a duration, not " + found, "such as 90, 90s, 5m, 1h, 7d");
  }
  return value;
}

std::vector<const YamlNode*> read_list(RuleFile& file, const YamlNode& node, const std::string& what) {
  std::vector<const YamlNode*> list;
  switch (node.kind) {
    case YamlNode::Kind::kScalar:
      list.push_back(&node);
      break;
    case YamlNode::Kind::kSequence:
      for (const YamlNode& item : node.items) list.push_back(&item);
      break;
    case YamlNode::Kind::kNull:
    case YamlNode::Kind::kMap:
      wrong_type(file, node, what, "a list");
      break;
  }
  return list;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates) {
  constexpr std::size_t kMostCandidates = 500;  // each is compared letter by letter
  if (candidates.size() > kMostCandidates) return {};
  if (const std::string_view near = nearest_word(word, candidates); !near.empty()) {
    return "did you mean " + in_quotes(near) + "?";
  }
  if (candidates.empty() || candidates.size() > 20) return {};
  std::string list = "known: ";
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (i > 0) list += ", ";
    list += candidates[i];
  }
  return list;
}

}  // namespace tocsin
