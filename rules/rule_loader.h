// Reads rule files into a RuleSet, over the built-in default rules. All errors of all files are reported in one run,
// each with file:line:col, the line, a caret and a hint.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/diagnostics.h"
#include "engine/pipeline/rule_set.h"

namespace tocsin {

struct RuleSource {
  std::string name;  // shown in diagnostics; relative `include:` and definition files are found beside it
  std::string text;
};

// What the loader needs from the world; tests give their own.
struct RuleEnvironment {
  std::function<std::optional<std::string>(const std::string&)> variable;  // ${NAME}
  std::function<std::optional<std::string>(const std::string&)>
      read_file;                        // include:, {file: path}, workflow definitions
  std::function<EventTime()> now = {};  // wall time, against which secrets expire; empty: nothing is said of that
};
RuleEnvironment process_environment();

struct LoadedRules {
  RuleSet rules;  // usable where diagnostics has no errors
  Diagnostics diagnostics;
};

// The default rules alone where `sources` is empty.
LoadedRules load_rules(const std::vector<RuleSource>& sources, const RuleEnvironment& environment);
// Reads the files first; an unreadable file is a diagnostic.
LoadedRules load_rule_files(const std::vector<std::string>& paths, const RuleEnvironment& environment);

// The text of rules/packs/default.yaml, compiled into the binary.
std::string_view default_rules_text();

}  // namespace tocsin
