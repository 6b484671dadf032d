#include "engine/event/json_text.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

std::string elements(std::string_view value) {
  JsonElements elements;
  elements.read(R"({"left": "over", "from": "before"})");
  elements.read(value);
  std::string out;
  for (const std::string_view one : elements.values()) out += (out.empty() ? "" : " | ") + std::string(one);
  return out;
}

TEST(JsonElements, OfArraysAndObjects) {
  struct Case {
    const char* value;
    const char* elements;
  };
  const Case cases[] = {
      {"[]", ""},
      {" [ ] ", ""},
      {"{}", ""},
      {"5", ""},
      {"\"[1]\"", ""},
      {"", ""},
      {"[1]", "1"},
      {" [ 1 , -2.5e3,\t\"a,]b\" , null,true ] ", R"(1 | -2.5e3 | "a,]b" | null | true)"},
      {R"([[1, [2]], {"a": [3]}, "\"]\\"])", R"([1, [2]] | {"a": [3]} | "\"]\\")"},
      {R"({"b" : 1, "a": {"c": "}"} })", R"({"c": "}"} | 1)"},
      {R"({"a": 1, "a": 2, "b": 3, "\u0061": 4})", "4 | 3"},
  };
  for (const Case& c : cases) EXPECT_EQ(elements(c.value), c.elements) << c.value;
}

TEST(JsonText, PathsAndValues) {
  struct Case {
    const char* path;
    const char* value;
    const char* found;
  };
  const std::string_view json = R"({"a": {"b": [1, {"c": "x\ty"}]}, "k\u002ek": true, "a2": null, "d": 1, "d": 2.0})";
  const Case cases[] = {
      {"$.a.b[0]", "1", "1"},   {"$.a.b[1].c", R"("x\ty")", "x\ty"},
      {"$['k.k']", "true", ""}, {"$.a2", "null", ""},
      {"$.d", "2.0", "2.0"},    {"$.a.b[2]", "", ""},
      {"$.a[0]", "", ""},       {"$.a.b.c", "", ""},
      {"$.e.f", "", ""},
  };
  for (const Case& c : cases) {
    FieldPath path;
    ASSERT_TRUE(parse_field_path(c.path, path));
    const std::string_view value = json_descendant(json, path);
    EXPECT_EQ(value, c.value) << c.path;
    std::string scratch;
    EXPECT_EQ(json_field(value, scratch).text, c.found) << c.path;
  }
  std::string scratch;
  EXPECT_EQ(json_field("", scratch).kind, FieldKind::kAbsent);
  EXPECT_EQ(json_field("null", scratch).kind, FieldKind::kNull);
  EXPECT_TRUE(json_field("[1, null]", scratch).truth);
  EXPECT_FALSE(json_field("[[null]]", scratch).truth);
  EXPECT_FALSE(json_field(R"({"a": null})", scratch).truth);
  EXPECT_EQ(json_field("1e999", scratch).kind, FieldKind::kText);
}

}  // namespace
}  // namespace tocsin
