// One rules file while it is read: its document, and where its faults go. Knows how to show a fault at its place.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/diagnostics.h"
#include "rules/rule_loader.h"
#include "rules/yaml_document.h"

namespace tocsin {

class RuleFile {
 public:
  RuleFile(YamlDocument document, const RuleEnvironment& environment, Diagnostics& diagnostics)
      : document_(std::move(document)), environment_(environment), diagnostics_(diagnostics) {}

  const YamlDocument& document() const { return document_; }
  YamlDocument& document() { return document_; }
  const std::string& name() const { return document_.file(); }
  const RuleEnvironment& environment() const { return environment_; }
  Diagnostics& diagnostics() { return diagnostics_; }
  // So many faults that no more are shown: hints, which cost time, need not be sought.
  bool told_enough() const;
  // Not the user's: a fault that their files cause here is told at their place.
  bool built_in = false;

  void error(const YamlNode& node, std::string message, std::string hint = {});
  void error(const YamlEntry& entry, std::string message, std::string hint = {});
  // At a byte of the scalar's text.
  void error_in(const YamlNode& scalar, std::size_t offset, std::string message, std::string hint = {});
  void error_at(SourcePlace place, std::string message, std::string hint = {});
  void warning(const YamlNode& node, std::string message, std::string hint = {});
  void warning(const YamlEntry& entry, std::string message, std::string hint = {});

 private:
  YamlDocument document_;
  const RuleEnvironment& environment_;
  Diagnostics& diagnostics_;
};

// 'text' in quotes for a message: as written before variables, *** for a secret, never long.
std::string shown(const YamlNode& scalar);
std::string shown(std::string_view text);

// `name` beside the file `base`, or as it is where it is absolute.
std::string path_beside(const std::string& base, const std::string& name);

}  // namespace tocsin
