#include "engine/pattern/wildcard.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

TEST(Wildcard, TakesEachPieceWhereItOccursFirst) {
  struct Case {
    const char* pattern;
    const char* text;
    bool matches;
  };
  const Case cases[] = {
      {"*", "", true},
      {"*", "x", true},
      {"**", "", true},
      {"", "", true},
      {"", "x", false},
      {"a*", "a", true},
      {"a*", "ba", false},
      {"*a", "ba", true},
      {"*a", "ab", false},
      {"a*c", "abc", true},
      {"a*c", "ac", true},
      {"a*a", "a", false},
      {"a**c", "abc", true},
      {"*b*", "abc", true},
      {"*b*", "ac", false},
      {"a?c", "abc", false},
      {"a?c", "a?c", true},
      // Where a glob would try again.
      {"*111.111.111", "111.111.111.111", false},
      {"111*111", "111.111.111.111", false},
      {"*.111.111.111", "111.111.111.111", true},
      {"*ab", "abab", false},
      {"*ab*", "abab", true},
  };
  for (const Case& c : cases)
    EXPECT_EQ(Wildcard(c.pattern).matches(c.text), c.matches) << c.pattern << " on " << c.text;
}

}  // namespace
}  // namespace tocsin
