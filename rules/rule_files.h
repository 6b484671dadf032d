// All files of one load: the built-in rules, the files given, and what those include. Each is parsed once.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rules/rule_file.h"
#include "rules/rule_sections.h"

namespace tocsin {

class RuleFiles {
 public:
  RuleFiles(const RuleEnvironment& environment, Diagnostics& diagnostics);

  // Also what it includes. A file that can't be read by the rules is reported and left out.
  void add(const RuleSource& source);
  // Reports keys that no rules file has, and keys that two of the user's files give.
  void check_keys();

  // `defaults: none` was said.
  bool without_defaults() const { return without_defaults_; }
  // The section of all the user's files, and of the built-in rules.
  Sections of_user(std::string_view name) const;
  Sections of_built_in(std::string_view name) const;

 private:
  void add_file(const RuleSource& source, std::vector<std::string>& way);
  void include(RuleFile& file, std::vector<std::string>& way);
  void read_settings(RuleFile& file);
  void check_doubles(const std::vector<std::string_view>& keyed_sections);

  const RuleEnvironment& environment_;
  Diagnostics& diagnostics_;
  std::unique_ptr<RuleFile> built_in_;
  std::vector<std::unique_ptr<RuleFile>> user_;
  std::set<std::string> seen_;
  bool without_defaults_ = false;
};

}  // namespace tocsin
