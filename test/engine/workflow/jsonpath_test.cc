#include "engine/workflow/jsonpath.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tocsin {
namespace {

constexpr const char* kDocument = R"({
  "a": {"b": [10, 20, 30, 40], "c d": "x", "e.f": 1},
  "items": [{"n": 1, "tag": "old"}, {"n": 2, "tag": "new"}, {"n": 3}],
  "limit": 2, "nothing": null, "q'uote": 5})";

struct PathCase {
  const char* path;
  const char* found;  // the values as a JSON list
};

TEST(JsonPath, FindsValues) {
  const PathCase cases[] = {
      {"$.limit", "[2]"},
      {"$.a.b[0]", "[10]"},
      {"$.a.b[-1]", "[40]"},
      {"$.a.b[4]", "[]"},
      {"$.a.b[0,2]", "[10,30]"},
      {"$['a']['c d']", R"(["x"])"},
      {"$[\"a\"]['e.f']", "[1]"},
      {R"($['q\'uote'])", "[5]"},
      {"$.a.['c d']", R"(["x"])"},
      {"$.nothing", "[null]"},
      {"$.missing", "[]"},
      {"$.limit.x", "[]"},
      {"$.a.b[1:3]", "[20,30]"},
      {"$.a.b[2:]", "[30,40]"},
      {"$.a.b[:1]", "[10]"},
      {"$.a.b[-2:]", "[30,40]"},
      {"$.a.b[3:1]", "[]"},
      {"$.a.b[:99]", "[10,20,30,40]"},
      {"$.items[*].n", "[1,2,3]"},
      {"$.items.*.n", "[1,2,3]"},
      {"$..n", "[1,2,3]"},
      {"$..b[0]", "[10]"},
      {"$.items[?(@.n == 2)].tag", R"(["new"])"},
      {"$.items[?(@.n > 1)].n", "[2,3]"},
      {"$.items[?(@.n >= $.limit)].n", "[2,3]"},
      {"$.items[?(@.tag)].n", "[1,2]"},
      {"$.items[?(!@.tag)].n", "[3]"},
      {"$.items[?(@.tag == 'old' || @.n == 3)].n", "[1,3]"},
      {"$.items[?(@.n < 3 && (@.tag != 'old'))].n", "[2]"},
      {"$.items[?(@.tag > 1)].n", "[]"},
      {"$.a.b[?(@ > 20)]", "[30,40]"},
      {"$", nullptr},
  };
  const Json document = Json::parse(kDocument);
  for (const PathCase& c : cases) {
    std::string problem;
    const std::optional<JsonPath> path = JsonPath::parse(c.path, problem);
    ASSERT_TRUE(path.has_value()) << c.path << ": " << problem;
    Json found = Json::array();
    for (const Json* value : path->select(document)) found.push_back(*value);
    EXPECT_EQ(json_text(found), c.found == nullptr ? "[" + json_text(document) + "]" : c.found) << c.path;
  }
}

TEST(JsonPath, RefusesWhatIsNoPath) {
  const PathCase cases[] = {
      {"", "a path begins with '$'"},
      {"a.b", "a path begins with '$'"},
      {"$x", "expected '.' or '[' after '$'; variables are not supported"},
      {"$.", "a name is missing after '.'"},
      {"$...a", "a name is missing after '.'"},
      {"$.a b", "a name with ' ' needs brackets: ['name']"},
      {"$.a.length()", "a name with '(' needs brackets: ['name']"},
      {"$.a[", "expected an index, a quoted name, '*', a slice or a filter in the brackets"},
      {"$.a[1", "']' is missing"},
      {"$['a", "the closing quote is missing"},
      {"$['a','b']", "a list of names in brackets is not supported"},
      {"$.a[0:4:2]", "a slice with a step is not supported"},
      {"$.a[99999999999999999999]", "expected an index, a quoted name, '*', a slice or a filter in the brackets"},
      {"$.a[?(@.b ==)]", "expected a value after '==' in the filter"},
      {"$.a[?(@.b == 1]", "')' is missing in the filter"},
      {"$.a[?@.b]", "a filter is written [?(…)]"},
  };
  for (const PathCase& c : cases) {
    std::string problem;
    EXPECT_FALSE(JsonPath::parse(c.path, problem).has_value()) << c.path;
    EXPECT_EQ(problem, c.found) << c.path;
  }
}

TEST(JsonPath, TellsDefiniteAndReferencePaths) {
  struct Case {
    const char* path;
    bool definite, reference, in_context;
  };
  const Case cases[] = {
      {"$", true, true, false},          {"$.a.b[0]", true, true, false}, {"$.a[-1]", true, false, false},
      {"$$.State", true, false, true},   {"$.a[*]", false, false, false}, {"$..a", false, false, false},
      {"$.a[0,1]", false, false, false},
  };
  for (const Case& c : cases) {
    std::string problem;
    const std::optional<JsonPath> path = JsonPath::parse(c.path, problem);
    ASSERT_TRUE(path.has_value()) << c.path;
    EXPECT_EQ(path->is_definite(), c.definite) << c.path;
    EXPECT_EQ(path->is_reference(), c.reference) << c.path;
    EXPECT_EQ(path->in_context(), c.in_context) << c.path;
  }
}

TEST(JsonPath, WritesAtReferencePaths) {
  struct Case {
    const char *root, *path, *written;  // null: nowhere to write
  };
  const Case cases[] = {
      {R"({"a":1})", "$.b", R"({"a":1,"b":9})"},
      {R"({"a":1})", "$.a", R"({"a":9})"},
      {R"({})", "$.x.y.z", R"({"x":{"y":{"z":9}}})"},
      {R"({"a":[1,2]})", "$.a[1]", R"({"a":[1,9]})"},
      {R"({"a":[1,2]})", "$.a[2]", nullptr},
      {R"({"a":1})", "$.a.b", nullptr},
      {"[1]", "$.a", nullptr},
      {"null", "$.a", R"({"a":9})"},
  };
  for (const Case& c : cases) {
    std::string problem;
    const JsonRef written = with_value_at(Json::parse(c.root), *JsonPath::parse(c.path, problem), Json(9));
    ASSERT_EQ(written == nullptr, c.written == nullptr) << c.root << " " << c.path;
    if (written == nullptr) continue;
    EXPECT_EQ(json_text(*written), c.written);
  }
}

TEST(JsonPath, StopsAtAbsurdlyManyMatches) {
  Json document = 1;
  for (int i = 0; i < 100; ++i) document = Json::array({document, 1, 1});
  std::string problem;
  const std::optional<JsonPath> path = JsonPath::parse("$..*..*..*..*", problem);
  ASSERT_TRUE(path.has_value());
  EXPECT_ANY_THROW(path->select(document));
}

}  // namespace
}  // namespace tocsin
