#include "engine/base/diagnostics.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

TEST(Diagnostics, ShowPlaceLineCaretAndHint) {
  Diagnostics diagnostics;
  diagnostics.error({"rules.yaml", 3, 5}, "unknown key 'treshold'", "did you mean 'threshold'?", "    treshold: 5");
  diagnostics.warning({"rules.yaml", 0, 0}, "no alarms");
  EXPECT_EQ(diagnostics.render(),
            "rules.yaml:3:5: error: unknown key 'treshold'\n"
            "        treshold: 5\n"
            "        ^\n"
            "  hint: did you mean 'threshold'?\n"
            "rules.yaml: warning: no alarms\n");
  EXPECT_EQ(diagnostics.error_count(), 1U);
}

TEST(Diagnostics, KeepHostileSourceLinesHarmlessAndShort) {
  Diagnostics diagnostics;
  diagnostics.error({"f", 1, 2001}, "bad", "", std::string(2000, ' ') + "\x1b[2J" + std::string(100'000, 'x'));
  const std::string text = diagnostics.render();
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_LT(text.size(), 500U);
  EXPECT_NE(text.find("?[2J"), std::string::npos);
}

TEST(NearestWord, FindsSlipsOfTheFingers) {
  const std::vector<std::string_view> words = {"threshold", "period", "evaluation_periods", "metrics"};
  EXPECT_EQ(nearest_word("treshold", words), "threshold");
  EXPECT_EQ(nearest_word("thershold", words), "threshold");
  EXPECT_EQ(nearest_word("evaluation_period", words), "evaluation_periods");
  EXPECT_EQ(nearest_word("colour", words), "");
  EXPECT_EQ(nearest_word("", words), "");
}

}  // namespace
}  // namespace tocsin
