#include "app/text_layout.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

TEST(TextLayout, Numbers) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1'284'220), "1,284,220");
  EXPECT_EQ(rounded(0.81, 2), "0.81");
  EXPECT_EQ(rounded(2.0, 1), "2");
  EXPECT_EQ(rounded(-0.001, 1), "0");
  EXPECT_EQ(rounded(100, 0), "100");
  EXPECT_EQ(percent(12, 2'410'332), "0.0005 %");
  EXPECT_EQ(percent(53, 100), "53 %");
  EXPECT_EQ(percent(0, 0), "0 %");
  EXPECT_EQ(counted(1, "alarm"), "1 alarm");
  EXPECT_EQ(counted(1200, "alarm"), "1,200 alarms");
}

TEST(TextLayout, LengthsOfTime) {
  const struct {
    std::int64_t ms;
    const char* text;
  } cases[] = {{0, "0 ms"},
               {250, "250 ms"},
               {58'000, "58 s"},
               {60'000, "1 min"},
               {128'000, "2 min 8 s"},
               {3'840'000, "1 h 4 min"},
               {266'400'000, "3 d 2 h"},
               {-58'000, "-58 s"}};
  for (const auto& one : cases) EXPECT_EQ(spoken({one.ms}), one.text);
  EXPECT_EQ(spoken_seconds(0.82), "0.82 s");
  EXPECT_EQ(spoken_seconds(4.56), "4.6 s");
  EXPECT_EQ(spoken_seconds(128), "2 min 8 s");
  EXPECT_EQ(spoken_seconds(1e300), "long");
}

TEST(TextLayout, Widths) {
  const struct {
    const char* text;
    std::size_t width;
  } cases[] = {{"", 0}, {"payment", 7}, {"größe", 5}, {"支払い", 6}, {"e\u0301", 1}, {"🔥", 2}, {"→", 1}};
  for (const auto& one : cases) EXPECT_EQ(display_width(one.text), one.width) << one.text;
}

TEST(TextLayout, Cuts) {
  const TextStyle utf8, ascii{.utf8 = false};
  EXPECT_EQ(utf8.cut("payment", 7), "payment");
  EXPECT_EQ(utf8.cut("payment", 6), "payme…");
  EXPECT_EQ(ascii.cut("payment", 6), "pay...");
  EXPECT_EQ(utf8.cut("支払い", 5), "支払…");
  EXPECT_EQ(utf8.cut("支払い", 4), "支…") << "half a character is none";
  EXPECT_EQ(utf8.cut("payment", 1), "p");
  EXPECT_EQ(ascii.cut("payment", 0), "");
}

TEST(TextLayout, Wraps) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(wrapped("", 20), Lines{""});
  EXPECT_EQ(wrapped("one two three", 8), (Lines{"one two", "three"}));
  EXPECT_EQ(wrapped("a   b", 20), Lines{"a   b"}) << "blanks within a line stay";
  EXPECT_EQ(wrapped("seven77   b", 8), (Lines{"seven77", "b"}));
  EXPECT_EQ(wrapped("0123456789abcdef0", 8), (Lines{"01234567", "89abcdef", "0"}));
  EXPECT_EQ(wrapped("ab 0123456789", 8), (Lines{"ab", "01234567", "89"}));
  EXPECT_EQ(wrapped("trailing  ", 20), Lines{"trailing"});
}

TEST(TextLayout, LogTextIsMadeHarmless) {
  EXPECT_EQ((TextStyle{}.safe("a\x1b[2J\n→")), "a\\x1b[2J\\x0a→");
  EXPECT_EQ((TextStyle{.utf8 = false}.safe("3 × größe →")), "3 x gr??e ->");
  EXPECT_EQ((TextStyle{.colour = true}.paint(Tone::kBad, "x")), "\x1b[1;31mx\x1b[0m");
  EXPECT_EQ((TextStyle{}.paint(Tone::kBad, "x")), "x");
}

}  // namespace
}  // namespace tocsin
