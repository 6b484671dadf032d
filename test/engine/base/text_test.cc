#include "engine/base/text.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

TEST(Text, PrintsNumbersShortest) {
  EXPECT_EQ(number_text(11), "11");
  EXPECT_EQ(number_text(-0.0), "0");
  EXPECT_EQ(number_text(0.1), "0.1");
  EXPECT_EQ(number_text(1e20), "1e+20");
  EXPECT_EQ(number_text(-2.5), "-2.5");
}

TEST(Text, ParsesNumbersByJsonsGrammar) {
  EXPECT_EQ(parse_number("1.5e3"), 1500);
  EXPECT_EQ(parse_number("-0.25"), -0.25);
  for (const char* bad : {"", "-", "+1", " 1", "1 ", "1.", ".5", "inf", "nan", "0x10", "1e999", "1,5"}) {
    EXPECT_FALSE(parse_number(bad)) << bad;
  }
}

struct PrintableCase {
  std::string_view text;
  const char* shown;
};

TEST(Text, NeverShowsWhatDrivesATerminal) {
  const PrintableCase cases[] = {
      {"plain ä €", "plain ä €"},
      {"\x1b[31mred", "\\x1b[31mred"},
      {"a\tb\nc\r", "a\\x09b\\x0ac\\x0d"},
      {std::string_view("nul\0", 4), "nul\\x00"},
      {"\xff\xfe", "\\xff\\xfe"},
      {"\xc2\x9b"
       "31m",
       "\\xc2\\x9b31m"},  // CSI as a C1 control
      {"\xe2\x80\xae"
       "txt",
       "\\xe2\\x80\\xaetxt"},  // right-to-left override
      {"\x7f", "\\x7f"},
  };
  for (const PrintableCase& c : cases) EXPECT_EQ(printable(c.text), c.shown);
}

TEST(Text, CutsLongTextAtACharacter) {
  EXPECT_EQ(printable("äääää", 4), "ää…");
  EXPECT_EQ(printable("abcd", 4), "abcd");
}

TEST(Text, KnowsValidUtf8) {
  EXPECT_TRUE(is_valid_utf8("aä€😀"));
  EXPECT_FALSE(is_valid_utf8("\xc0\xaf")) << "overlong";
  EXPECT_FALSE(is_valid_utf8("\xed\xa0\x80")) << "surrogate";
  EXPECT_FALSE(is_valid_utf8("\xf5\x80\x80\x80")) << "beyond U+10FFFF";
  EXPECT_FALSE(is_valid_utf8("\xe2\x82")) << "cut";
}

TEST(Text, WritesJsonStrings) {
  EXPECT_EQ(json_string("a\"b\\c\n\x01"), R"("a\"b\\c\n\u0001")");
  EXPECT_EQ(json_string("bad\xff"), "\"bad\xef\xbf\xbd\"");
  EXPECT_EQ(json_object({{"a", "1"}, {"left out", ""}, {"b", "\"x\""}}), R"({"a":1,"b":"x"})");
}

struct GlobCase {
  const char* glob;
  const char* text;
  bool matches;
};

TEST(Text, MatchesGlobs) {
  const GlobCase cases[] = {
      {"*", "", true},
      {"*", "x/y", true},
      {"/tocsin/*", "/tocsin/payment", true},
      {"/tocsin/*", "/other", false},
      {"a*b*c", "a1b2c", true},
      {"a*b*c", "a1c2b", false},
      {"", "", true},
      {"", "a", false},
      {"abc", "abc", true},
      {"*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
  };
  for (const GlobCase& c : cases) EXPECT_EQ(matches_glob(c.glob, c.text), c.matches) << c.glob << " " << c.text;
}

}  // namespace
}  // namespace tocsin
