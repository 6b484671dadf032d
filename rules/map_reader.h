// Reads a mapping key by key: right types or a diagnostic, and at the end every key that nobody asked for. A getter
// that reported something answers as if the key were absent.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.h"
#include "rules/rule_file.h"

namespace tocsin {

class MapReader {
 public:
  // `what` names the mapping in messages: "alarm 'high-error-rate'". A node that is no mapping is reported, and then
  // nothing is found in it.
  MapReader(RuleFile& file, const YamlNode& node, std::string what);

  bool valid() const { return node_.kind == YamlNode::Kind::kMap; }
  const YamlNode& node() const { return node_; }
  RuleFile& file() { return file_; }
  const std::string& what() const { return what_; }
  void rename(std::string what) { what_ = std::move(what); }

  const YamlNode* find(std::string_view key);  // also where its value is null
  const YamlNode* require(std::string_view key, std::string_view hint = {});
  bool has(std::string_view key) { return find(key) != nullptr; }

  std::optional<std::string> text(std::string_view key);
  std::optional<std::string> required_text(std::string_view key);  // not empty either
  std::optional<double> number(std::string_view key);
  std::optional<int> whole_number(std::string_view key, int lowest, int highest);
  std::optional<bool> truth(std::string_view key);
  std::optional<Period> period(std::string_view key);

  // Reports unknown keys.
  void finish();

 private:
  RuleFile& file_;
  const YamlNode& node_;
  std::string what_;
  std::vector<std::string_view> known_;
};

// The same for a node by itself; `what` begins the message: "'threshold'".
std::optional<std::string> read_text(RuleFile& file, const YamlNode& node, const std::string& what);
std::optional<double> read_number(RuleFile& file, const YamlNode& node, const std::string& what);
std::optional<Period> read_period(RuleFile& file, const YamlNode& node, const std::string& what);
// A list, or a single scalar as a list of one. Not a list: reported, empty.
std::vector<const YamlNode*> read_list(RuleFile& file, const YamlNode& node, const std::string& what);

// "did you mean 'x'?", or "one of a, b, c".
std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace tocsin
