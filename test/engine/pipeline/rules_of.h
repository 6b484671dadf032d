// Rules of a test, from the text of a rules file.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "rules/rule_loader.h"

namespace tocsin {

inline RuleSet rules_of(const std::string& yaml) {
  RuleEnvironment environment{.variable = [](const std::string&) { return std::nullopt; },
                              .read_file = [](const std::string&) { return std::nullopt; }};
  LoadedRules loaded = load_rules({{"test.yaml", yaml}}, environment);
  EXPECT_FALSE(loaded.diagnostics.has_errors()) << loaded.diagnostics.render();
  return std::move(loaded.rules);
}

}  // namespace tocsin
