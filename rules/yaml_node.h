// A YAML document as our own tree: every node knows its place, maps keep the order of their keys, nothing is shared.
// Made by YamlDocument, which has already refused what a tree must not hold. Data only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tocsin {

struct YamlEntry;

struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };
  Kind kind = Kind::kNull;
  bool plain = false;              // a scalar without quotes, which may be a number or a boolean
  bool secret = false;             // never shown, see YamlDocument::hide_secrets
  bool broken = false;             // its faults have been told: nothing more is said about it
  bool substituted = false;        // `text` is no longer what is written
  int line = 1, column = 1;        // from 1, in bytes
  std::string tag;                 // as resolved by YAML; empty without one
  std::string text;                // kScalar
  std::string written;             // where substituted: the text before
  std::vector<YamlNode> items;     // kSequence
  std::vector<YamlEntry> entries;  // kMap; keys are distinct

  const YamlNode* find(std::string_view key) const;
  const YamlEntry* find_entry(std::string_view key) const;
};

struct YamlEntry {
  std::string key;
  int line = 1, column = 1;  // of the key
  YamlNode value;
};

// "a mapping", "a list", "a number", "text" …, for messages.
std::string_view kind_text(const YamlNode& node);

}  // namespace tocsin
