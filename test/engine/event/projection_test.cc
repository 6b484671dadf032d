#include "engine/event/projection.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

struct PathCase {
  std::string_view text;
  std::string_view expected;  // as printed; empty where it is no path
};

TEST(FieldPath, ReadsAndPrints) {
  const PathCase cases[] = {
      {"a", "$.a"},
      {"$.a", "$.a"},
      {"a.b", "$.a.b"},
      {"$.a.b[0]", "$.a.b[0]"},
      {"$['k.k']", "$['k.k']"},
      {"$[\"k.k\"].x", "$['k.k'].x"},
      {"$['it\\'s']", "$['it\\'s']"},
      {"['a'][12]", "$.a[12]"},
      {"$.@level", "$.@level"},
      {"a-b_c", "$.a-b_c"},
      {"a/b", "$['a/b']"},
      {"ключ", "$.ключ"},
      {"$['']", "$['']"},
      {"$$", "$['$$']"},
      {"", ""},
      {"$", ""},
      {".", ""},
      {".a", ""},
      {"$a.", ""},
      {"a..b", ""},
      {"a.", ""},
      {"$.", ""},
      {"a[", ""},
      {"a[]", ""},
      {"a[x]", ""},
      {"a[-1]", ""},
      {"a[1", ""},
      {"a[4294967296]", ""},
      {"a['b", ""},
      {"a['b'", ""},
      {"a[1]b", ""},
      {"a b", ""},
  };
  for (const PathCase& c : cases) {
    FieldPath path;
    const bool ok = parse_field_path(c.text, path);
    EXPECT_EQ(ok ? to_text(path) : "", c.expected) << c.text;
    if (!ok) continue;
    FieldPath again;
    ASSERT_TRUE(parse_field_path(to_text(path), again)) << c.text;
    EXPECT_EQ(again, path) << c.text;
  }
}

TEST(Projection, TheSamePathAlwaysGetsTheSameSlot) {
  Projection projection;
  FieldPath dotted{{std::string("a.b")}};
  FieldPath nested{{std::string("a"), std::string("b")}};
  FieldPath element{{std::string("a"), std::uint32_t{0}}};
  EXPECT_EQ(projection.add(dotted).index, 0);
  EXPECT_EQ(projection.add(nested).index, 1);
  EXPECT_EQ(projection.add(element).index, 2);
  EXPECT_EQ(projection.add(dotted).index, 0);
  EXPECT_EQ(projection.size(), 3U);
  EXPECT_EQ(projection.paths()[1], nested);
}

}  // namespace
}  // namespace tocsin
