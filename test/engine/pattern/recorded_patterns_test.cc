#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/event/raw_line.h"
#include "engine/pattern/pattern_set.h"
#include "engine/pattern/pattern_tree.h"

namespace tocsin {
namespace {

// Outcomes recorded on AWS and published elsewhere, where they are at hand.
TEST(PatternConformance, RecordedCases) {
  const std::filesystem::path path =
      std::filesystem::path(TOCSIN_SOURCE_DIR) / "../shared/conformance/pattern/cases.jsonl";
  std::ifstream file(path);
  if (!file) GTEST_SKIP() << "no recorded cases at " << path;
  std::string text;
  int checked = 0;
  while (std::getline(file, text)) {
    const nlohmann::json row = nlohmann::json::parse(text);
    PatternError error;
    const auto pattern = FilterPattern::parse(row.at("pattern").get<std::string>(), error);
    EXPECT_EQ(pattern.has_value(), row.value("valid", true)) << row << error.message;
    ++checked;
    if (!pattern || !row.contains("event")) continue;
    Projection projection;
    PatternSet set;
    const PatternId id = set.add(*pattern, projection);
    RawLine line(projection);
    const std::string event = row.at("event");
    line.read_text(event);
    const bool fits = !pattern->tree().wants_json() || line.read_json(event);
    PatternSet::Matcher matcher(set);
    matcher.begin(line.event());
    EXPECT_EQ(fits && matcher.matches(id), row.at("matches").get<bool>()) << row;
  }
  EXPECT_GT(checked, 700);
}

}  // namespace
}  // namespace tocsin
