#include "engine/event/raw_line.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

// How a field of a line reads, or why there is none.
std::string field(const std::string& path_text, const std::string& line) {
  FieldPath path;
  EXPECT_TRUE(parse_field_path(path_text, path));
  Projection projection;
  projection.add({.steps = {std::string("unrelated")}});
  const FieldSlot slot = projection.add(path);
  RawLine raw(projection);
  raw.read_json(R"({"a": "left over", "v": {"w": 1}, "unrelated": 5})");
  if (!raw.read_json(line)) {
    EXPECT_EQ(raw.event().field(slot).kind, FieldKind::kAbsent);
    return "no object";
  }
  EXPECT_EQ(raw.event().raw, line);
  const FieldValue value = raw.event().field(slot);
  switch (value.kind) {
    case FieldKind::kAbsent:
      return "absent";
    case FieldKind::kNull:
      return "null";
    case FieldKind::kBoolean:
      return value.truth ? "true" : "false";
    case FieldKind::kNumber:
      return "number " + std::string(value.text);
    case FieldKind::kText:
      return "text " + std::string(value.text);
    case FieldKind::kCompound:
      return value.truth ? "compound with null" : "compound";
  }
  return "?";
}

TEST(RawLine, FieldsOfALine) {
  struct Case {
    const char* path;
    const char* line;
    const char* field;
  };
  const Case cases[] = {
      {"$.v", R"({"v": "a\tb\u00e4"})", "text a\tb\xC3\xA4"},
      {"$.v", R"({"v": 1.50})", "number 1.50"},
      {"$.v", R"({"v": -12})", "number -12"},
      {"$.v", R"({"v": 18446744073709551615})", "number 18446744073709551615"},
      {"$.v", R"({"v": 1e0})", "number 1e0"},
      {"$.v", R"({"v": null})", "null"},
      {"$.v", R"({"v": true})", "true"},
      {"$.v", R"({"v": {}})", "compound"},
      {"$.v", R"({"v": [1, "x"]})", "compound"},
      {"$.v", R"({"v": [1, null]})", "compound with null"},
      {"$.v", R"({"v": [[null]]})", "compound"},
      {"$.v", R"({"v": {"x": null}})", "compound"},
      {"$.v", R"({"w": 1})", "absent"},
      {"$.a.b", R"({"x": {"a": {"b": 2}}, "a": {"x": 1, "b": 3}})", "number 3"},
      {"$.a.b", R"({"a.b": 1})", "absent"},
      {"$['a.b']", R"({"a.b": 1})", "number 1"},
      {"$.a[1]", R"({"a": [5, 6, 7]})", "number 6"},
      {"$.a[2].b[0]", R"({"a": [{"b": [1]}, [], {"b": [{}, 1]}]})", "compound"},
      {"$.a[1]", R"({"a": {"1": 5}})", "absent"},
      {"$.a", R"({"a": [1], "b": {"a": 2}})", "compound"},
      // Of equal keys the last counts, with all that is below it.
      {"$.v", R"({"v": 1, "v": 2})", "number 2"},
      {"$.a.b", R"({"a": {"b": 1}, "a": {"c": 2}})", "absent"},
      {"$.a.b", R"({"a": {"b": 1}, "a": 5})", "absent"},
      {"$.v", R"({"v": [null], "v": []})", "compound"},
      // The whole line must be one object.
      {"$.v", R"([{"v": 1}])", "no object"},
      {"$.v", R"("v")", "no object"},
      {"$.v", R"({"v": 1} trailing)", "no object"},
      {"$.v", R"({"v": 1}{"v": 1})", "no object"},
      {"$.v", R"(INFO {"v": 1})", "no object"},
      {"$.v", R"({"v": 1)", "no object"},
      {"$.v", "{\"v\": \"\xFF\"}", "no object"},
      {"$.v", "", "no object"},
  };
  for (const Case& c : cases) EXPECT_EQ(field(c.path, c.line), c.field) << c.path << " of " << c.line;
}

TEST(RawLine, DeepNestingIsHarmless) {
  std::string deep = "{\"v\": 1, \"a\": ";
  deep += std::string(100'000, '[') + std::string(100'000, ']') + "}";
  EXPECT_EQ(field("$.v", deep), "no object");
  EXPECT_EQ(field("$.v", std::string(100'000, '{')), "no object");
}

}  // namespace
}  // namespace tocsin
