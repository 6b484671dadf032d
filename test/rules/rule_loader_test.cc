#include "rules/rule_loader.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

TEST(DefaultRules, LoadWithoutADiagnostic) {
  const LoadedRules loaded = load_rules({}, process_environment());
  EXPECT_EQ(loaded.diagnostics.render(), "");
}

}  // namespace
}  // namespace tocsin
