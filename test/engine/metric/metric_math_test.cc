#include "engine/metric/metric_math.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/base/text.h"
#include "engine/metric/metric_math_parser.h"

namespace tocsin {
namespace {

MetricMath parsed(const std::string& text) {
  MetricMathError error;
  const auto math = MetricMath::parse(text, error);
  EXPECT_TRUE(math) << text << ": " << error.message;
  return math.value();
}

// A series is written "1 2 _": _ is a slot without a datapoint.
MetricSeries series(std::string_view text) {
  MetricSeries out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    out.push_back(parse_number(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string printed(const MetricSeries& values) {
  std::string out;
  for (const auto& value : values) out += (out.empty() ? "" : " ") + (value ? number_text(*value) : std::string("_"));
  return out;
}

TEST(MetricMath, Evaluates) {
  struct Case {
    const char* expression;
    std::vector<const char*> series;  // in order of the ids' first use
    const char* result;
  };
  const Case cases[] = {
      {"m1", {"1 _ -3"}, "1 _ -3"},
      {"m1 + m2 * m3", {"1", "2", "3"}, "7"},
      {"(m1 + m2) * m3", {"1", "2", "3"}, "9"},
      {"m1 - m2 - m3", {"10", "3", "2"}, "5"},
      {"m1 / m2 / m3", {"60", "3", "2"}, "10"},
      {"m1 ^ 2 ^ 3", {"2"}, "256"},
      {"-m1 ^ 2", {"3"}, "-9"},
      {"2 ^ -m1", {"1"}, "0.5"},
      {"- - m1", {"4"}, "4"},
      {"m1*1.5e2+.5", {"2"}, "300.5"},
      {"m1 + 1 > m2", {"1 1", "1 2"}, "1 0"},
      // Missing: 0 beside another series, missing beside a number.
      {"m1 + m2", {"1 _ 1 _", "2 2 _ _"}, "3 2 1 _"},
      {"m1 - m2", {"1 _ 1 _", "2 2 _ _"}, "-1 -2 1 _"},
      {"m1 * m2", {"1 _ 1 _", "2 2 _ _"}, "2 0 0 _"},
      {"m1 / m2", {"1 _ 1 0", "2 2 _ 0"}, "0.5 0 _ _"},
      {"m1 < m2", {"1 _ 1 _", "2 2 _ _"}, "1 1 0 _"},
      {"m1 + 1", {"1 _"}, "2 _"},
      {"1 - m1", {"1 _"}, "0 _"},
      {"m1 >= 0", {"1 _"}, "1 _"},
      {"m1 + 1 / 0", {"1 2"}, "_ _"},
      {"-m1", {"_"}, "_"},
      {"m1 / m2 + m1", {"1", "0"}, "1"},
      // Comparisons and logic.
      {"m1 == 1", {"1 2"}, "1 0"},
      {"m1 != 1", {"1 2"}, "0 1"},
      {"m1 <= 1", {"0 1 2"}, "1 1 0"},
      {"m1 >= 1", {"0 1 2"}, "0 1 1"},
      {"m1 > 1 || m2 > 1 && m3 > 1", {"2 0 0", "0 2 2", "0 2 0"}, "1 1 0"},
      {"m1 AND m2", {"1 1 0 _", "1 0 0 1"}, "1 0 0 0"},
      {"m1 or m2", {"1 0 0 _", "1 1 0 1"}, "1 1 0 1"},
      {"m1 and2", {}, nullptr},
      // IF.
      {"IF(m1, 1, 2)", {"1 0 _ -1"}, "1 2 _ 1"},
      {"IF(m1 > 1, m1)", {"0 2 _"}, "_ 2 _"},
      {"IF(m1, m2, m3)", {"1 1 0 0 _", "30 _ 0 0 30", "0 0 20 _ 20"}, "30 0 20 _ _"},
      {"IF(m1 >= 20, 100 * m2 / m1, 0)", {"100 100 10 _", "5 _ 10 5"}, "5 0 0 _"},
      {"IF (m1 > 0 && m2 < 3, m1 + m2, IF(m2, 9))", {"1 1 0 0", "2 5 2 0"}, "3 9 9 _"},
      // Nothing infinite comes out.
      {"m1 * m2", {"1e308", "10"}, "_"},
      {"m1 ^ 0.5", {"-1 4"}, "_ 2"},
  };
  for (const Case& c : cases) {
    if (c.result == nullptr) {
      MetricMathError error;
      EXPECT_FALSE(MetricMath::parse(c.expression, error)) << c.expression;
      continue;
    }
    std::vector<MetricSeries> inputs;
    for (const char* text : c.series) inputs.push_back(series(text));
    const MetricMath math = parsed(c.expression);
    ASSERT_EQ(math.ids().size(), inputs.size()) << c.expression;
    EXPECT_EQ(printed(math.evaluate(inputs)), c.result) << c.expression;
    EXPECT_EQ(math.text(), c.expression);
  }
}

TEST(MetricMath, IdsInOrderOfFirstUse) {
  EXPECT_EQ(parsed("IF(b > 1, a, b) + c_1 - a").ids(), (std::vector<std::string>{"b", "a", "c_1"}));
  EXPECT_EQ(parsed("android + order").ids(), (std::vector<std::string>{"android", "order"})) << "no operators";
}

TEST(MetricMath, EachErrorWithItsColumn) {
  struct Case {
    const char* expression;
    std::size_t column;
    const char* message;
  };
  const Case cases[] = {
      {"", 0, "expected a number, an id or '(', found the end of the expression"},
      {"5", 0, "the expression reads no metric"},
      {"m1 +", 4, "expected a number, an id or '(', found the end of the expression"},
      {"m1 m2", 3, "unexpected 'm'"},
      {"(m1", 3, "expected ')', found the end of the expression"},
      {"m1)", 2, "unexpected ')'"},
      {"M1 + 1", 0, "'M1' is no id"},
      {"m1 = 1", 3, "unexpected '='"},
      {"m1 + 1x", 5, "this is no number"},
      {"m1 + 1.2.3", 8, "unexpected '.'"},
      {"1e + m1", 0, "this is no number"},
      {"IF(m1)", 2, "IF takes a condition and one or two values"},
      {"IF(m1, 1, 2, 3)", 2, "IF takes a condition and one or two values"},
      {"if(m1, 1)", 0, "unknown function if()"},
      {"m1 + SUM(m2)", 5, "SUM() is not supported yet"},
      {"FILL(m1, 0)", 0, "FILL() is not supported yet"},
      {"[m1]", 0, "arrays are not supported yet"},
      {"\"x\"", 0, "texts are not supported yet"},
      {"!m1", 0, "expected a number, an id or '(', found '!'"},
  };
  for (const Case& c : cases) {
    MetricMathError error;
    EXPECT_FALSE(MetricMath::parse(c.expression, error)) << c.expression;
    EXPECT_EQ(error.message, c.message) << c.expression;
    EXPECT_EQ(error.column, c.column) << c.expression;
  }
}

TEST(MetricMath, Limits) {
  const auto nested = [](int depth) {
    const auto count = static_cast<std::size_t>(depth);
    return std::string(count, '(') + "m1" + std::string(count, ')');
  };
  MetricMathError error;
  EXPECT_TRUE(MetricMath::parse(nested(kMaxMathDepth), error));
  EXPECT_FALSE(MetricMath::parse(nested(kMaxMathDepth + 1), error));
  EXPECT_EQ(error.message, "the expression is nested too deeply");
  EXPECT_FALSE(MetricMath::parse(std::string(1000, '-') + "m1", error));
  std::string sum = "m1";
  for (int i = 0; i < 500; ++i) sum += "+m1";
  EXPECT_EQ(printed(parsed(sum).evaluate(std::vector<MetricSeries>{series("2")})), "1002");
  EXPECT_FALSE(MetricMath::parse(std::string(3000, ' ') + "m1", error));
  EXPECT_EQ(error.message, "the expression is longer than 2048 bytes");
}

}  // namespace
}  // namespace tocsin
