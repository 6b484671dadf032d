#include <gtest/gtest.h>

#include "engine/pattern/filter_pattern.h"
#include "engine/pattern/pattern_tree.h"

namespace tocsin {
namespace {

// The fields of a line by a pattern, as text.
std::string extracted(const std::string& text, std::string_view line) {
  PatternError error;
  const FilterPattern pattern = FilterPattern::parse(text, error).value();
  LineTokens tokens;
  tokens.read("of the line before \"this one\"");
  tokens.read(line);
  std::string out;
  for (const auto& [name, value] : std::get<SpaceDelimitedPattern>(pattern.tree().form).extract(tokens)) {
    out += (out.empty() ? "" : " ") + name + "=" + std::string(value);
  }
  return out;
}

TEST(SpaceDelimitedPattern, ExtractsFields) {
  struct Case {
    const char* pattern;
    const char* line;
    const char* fields;
  };
  const Case cases[] = {
      {"[a, b]", "x y", "$a=x $b=y"},
      {"[a, b]", "x", ""},
      {"[a, b]", "x y  z ", "$a=x $b=y  z"},
      {"[a, b]", "x \"y  z\"", "$a=x $b=y  z"},
      {"[a, b]", "x \"y  z", "$a=x $b=\"y  z"},
      {"[a, b]", "\"x\" \"y\" z", "$a=x $b=\"y\" z"},
      {"[a, b]", "[x y]\tz", "$a=x y $b=z"},
      {"[a, b]", "[x]y z", "$a=[x]y $b=z"},
      {"[a, b]", "\"\" z", "$a= $b=z"},
      {"[a, , c]", "x y z", "$a=x $2=y $c=z"},
      {"[a, ...]", "x", "$a=x"},
      {"[a, ...]", "x y z", "$a=x $2=y $3=z"},
      {"[..., a]", "x y z", "$1=x $2=y $a=z"},
      {"[a, ..., b, c]", "1 2 3 4 5", "$a=1 $2=2 $3=3 $b=4 $c=5"},
      {"[]", "x \"y z\"", "$1=x $2=y z"},
      {"[]", " ", ""},
  };
  for (const Case& c : cases) EXPECT_EQ(extracted(c.pattern, c.line), c.fields) << c.pattern << " of " << c.line;
}

TEST(SpaceDelimitedPattern, PlacesByNameAndNumber) {
  using Kind = TokenPlace::Kind;
  PatternError error;
  const FilterPattern pattern = FilterPattern::parse("[a, , c]", error).value();
  const auto& fields = std::get<SpaceDelimitedPattern>(pattern.tree().form);
  EXPECT_EQ(fields.place_of_name("a"), (TokenPlace{Kind::kFront, 0}));
  EXPECT_EQ(fields.place_of_name("2"), (TokenPlace{Kind::kFront, 1}));
  EXPECT_EQ(fields.place_of_name("c"), (TokenPlace{Kind::kRest, 2}));
  EXPECT_EQ(fields.place_of_name("3"), (TokenPlace{Kind::kRest, 2}));
  EXPECT_EQ(fields.place_of_name("4"), std::nullopt);
  EXPECT_EQ(fields.place_of_name("b"), std::nullopt);
}

TEST(LineTokens, ManyQuotesThatNeverCloseTakeLinearTime) {
  std::string line;
  for (int i = 0; i < 200'000; ++i) line += "\"x [y ";
  LineTokens tokens;
  tokens.read(line);
  EXPECT_EQ(tokens.size(), 400'000U);
}

}  // namespace
}  // namespace tocsin
