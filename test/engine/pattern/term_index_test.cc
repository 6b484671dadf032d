#include "engine/pattern/term_index.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace tocsin {
namespace {

std::set<std::uint32_t> found(const TermIndex& index, std::string_view text) {
  std::set<std::uint32_t> numbers;
  index.search(text, [&](std::uint32_t term) { numbers.insert(term); });
  return numbers;
}

TEST(TermIndex, FindsTermsWhereverTheyStand) {
  const TermIndex index({"ERROR", "", "a", "timeout", "out", "ERROR", "time", std::string("\0\0\0\0x", 5)});
  using Numbers = std::set<std::uint32_t>;
  EXPECT_EQ(found(index, ""), Numbers({1}));
  EXPECT_EQ(found(index, "TERRORS"), Numbers({0, 1, 5}));
  EXPECT_EQ(found(index, "timeou"), Numbers({1, 6}));
  EXPECT_EQ(found(index, "a timeout"), Numbers({1, 2, 3, 4, 6}));
  EXPECT_EQ(found(index, std::string("\0\0\0\0\0x", 6)), Numbers({1, 7}));
  EXPECT_EQ(found(TermIndex({}), "text"), Numbers());
}

TEST(TermIndex, AgreesWithLookingForEachByItself) {
  std::mt19937 random(7);
  const auto text = [&random](std::size_t most) {
    std::string out;
    for (std::size_t left = random() % (most + 1); left > 0; --left) out += static_cast<char>('a' + random() % 3);
    return out;
  };
  for (int round = 0; round < 50; ++round) {
    std::vector<std::string> terms;
    for (int i = 0; i < 100; ++i) terms.push_back(text(9));
    const TermIndex index(terms);
    for (int i = 0; i < 20; ++i) {
      const std::string line = text(40);
      std::set<std::uint32_t> expected;
      for (std::uint32_t t = 0; t < terms.size(); ++t) {
        if (line.find(terms[t]) != std::string::npos) expected.insert(t);
      }
      ASSERT_EQ(found(index, line), expected) << line;
    }
  }
}

}  // namespace
}  // namespace tocsin
