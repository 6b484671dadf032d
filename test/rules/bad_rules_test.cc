// Each file in bad/ is named for its fault and has the full message that its user sees beside it.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "rules/rule_loader.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;

const fs::path kBad = fs::path(TOCSIN_SOURCE_DIR) / "test/rules/bad";

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> bad_files() {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(kBad)) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

// Files are found under their bare names, so that messages do not depend on where the tests run.
RuleEnvironment environment() {
  return {.variable = [](const std::string&) { return std::optional<std::string>(); },
          .read_file = [](const std::string& name) -> std::optional<std::string> {
            if (!fs::exists(kBad / name)) return std::nullopt;
            return text_of(kBad / name);
          }};
}

class BadRules : public testing::TestWithParam<std::string> {};

TEST_P(BadRules, AreToldInFull) {
  const std::string file = GetParam() + ".yaml";
  const LoadedRules loaded = load_rule_files({file}, environment());
  const std::string message = loaded.diagnostics.render();
  EXPECT_TRUE(loaded.diagnostics.has_errors());
  const fs::path expected = kBad / (GetParam() + ".txt");
  if (std::getenv("TOCSIN_UPDATE_GOLDENS") != nullptr) std::ofstream(expected, std::ios::binary) << message;
  EXPECT_EQ(message, text_of(expected));
}

INSTANTIATE_TEST_SUITE_P(Files, BadRules, testing::ValuesIn(bad_files()),
                         [](const testing::TestParamInfo<std::string>& param) { return param.param; });

}  // namespace
}  // namespace tocsin
