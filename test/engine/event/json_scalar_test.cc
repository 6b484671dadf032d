#include "engine/event/json_scalar.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>
#include <string>

namespace tocsin {
namespace {

TEST(ReadShortNumber, TakesShortDecimalsOnly) {
  struct Case {
    std::string_view text;
    bool taken;
    double value;
  };
  const Case cases[] = {
      {"0", true, 0},
      {"-0", true, -0.0},
      {"0.5", true, 0.5},
      {"-12.75", true, -12.75},
      {"180.3", true, 180.3},
      {"123456789012345", true, 123456789012345},
      {"-12345678.9012345", true, -12345678.9012345},
      {"0.00000000000001", true, 1e-14},
      {"1234567890123456", false, 0},
      {"1.234567890123456", false, 0},
      {"", false, 0},
      {"-", false, 0},
      {"01", false, 0},
      {"-01.5", false, 0},
      {".5", false, 0},
      {"1.", false, 0},
      {"1e3", false, 0},
      {"1.5e3", false, 0},
      {"1.2.3", false, 0},
      {"+1", false, 0},
      {"12a", false, 0},
      {"1.5 ", false, 0},
  };
  for (const Case& c : cases) {
    double value = 99;
    ASSERT_EQ(read_short_number(c.text, value), c.taken) << c.text;
    if (!c.taken) continue;
    EXPECT_EQ(value, c.value) << c.text;
    EXPECT_EQ(std::signbit(value), std::signbit(c.value)) << c.text;
  }
}

// What it takes is a number of JSON's grammar, with the value that the C library gives it, to the last bit.
TEST(ReadShortNumber, AgreesWithTheSlowWay) {
  std::mt19937 random(2026);
  constexpr std::string_view kCharacters = "00123456789..--e+";
  int taken = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string text;
    for (std::size_t size = 1 + random() % 18; text.size() < size;) text += kCharacters[random() % kCharacters.size()];
    double value = 0;
    if (!read_short_number(text, value)) continue;
    ++taken;
    EXPECT_TRUE(is_json_number(text)) << text;
    EXPECT_EQ(value, std::strtod(text.c_str(), nullptr)) << text;
  }
  EXPECT_GT(taken, 1000);
}

}  // namespace
}  // namespace tocsin
