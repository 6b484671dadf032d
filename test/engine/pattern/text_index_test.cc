#include "engine/pattern/text_index.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace tocsin {
namespace {

TEST(TextIndex, FindsNothingWhileEmpty) {
  const TextIndex index;
  EXPECT_EQ(index.find(""), TextIndex::kNone);
  EXPECT_EQ(index.find("a"), TextIndex::kNone);
}

TEST(TextIndex, KeepsTextsApartThatDifferInOnePlace) {
  // Of every size a text and its changes at every place, all in one index.
  TextIndex index;
  std::vector<std::string> texts;
  for (std::size_t size = 0; size <= 40; ++size) {
    texts.emplace_back(size, 'a');
    for (std::size_t at = 0; at < size; ++at) {
      texts.emplace_back(size, 'a');
      texts.back()[at] = at % 2 == 0 ? 'b' : '\0';
    }
  }
  for (std::uint32_t i = 0; i < texts.size(); ++i) EXPECT_EQ(index.add(texts[i]), i);
  for (std::uint32_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(index.find(texts[i]), i);
    EXPECT_EQ(index.add(texts[i]), i);
    EXPECT_EQ(index.text(i), texts[i]);
  }
  EXPECT_EQ(index.size(), texts.size());
}

TEST(TextIndex, AgreesWithAMap) {
  std::mt19937 random(2026);
  TextIndex index;
  std::map<std::string, std::uint32_t> known;
  for (int round = 0; round < 50'000; ++round) {
    std::string text(random() % 24, 'x');
    for (char& c : text) c = static_cast<char>('a' + random() % 2);
    const auto expected = known.find(text);
    ASSERT_EQ(index.find(text), expected == known.end() ? TextIndex::kNone : expected->second) << text;
    if (random() % 2 == 0) {
      const auto next = static_cast<std::uint32_t>(known.size());
      ASSERT_EQ(index.add(text), known.try_emplace(text, next).first->second) << text;
    }
  }
}

}  // namespace
}  // namespace tocsin
