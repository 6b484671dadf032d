#include "engine/workflow/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tocsin {
namespace {

std::string reread(const std::string& text) {
  JsonProblem problem;
  const JsonRef value = parse_json(text, DuplicateKeys::kKeepLast, problem);
  return value == nullptr ? "error: " + problem.message : json_text(*value);
}

TEST(WorkflowJson, KeepsNumbersAndOrder) {
  for (const char* text : {"1", "-1", "0.1", "18446744073709551615", R"({"b":1,"a":[true,false,null,"x"]})", "[]", "{}",
                           R"({"a":{"a":[{"a":{}}]}})", "\"\\u0000\""}) {
    EXPECT_EQ(reread(text), text);
  }
  EXPECT_EQ(reread("-0"), "0");
  EXPECT_EQ(reread("-0.0"), "0.0");
  EXPECT_EQ(reread(R"({"a":1,"b":2,"a":3})"), R"({"a":3,"b":2})");
}

TEST(WorkflowJson, PlacesProblems) {
  JsonProblem problem;
  EXPECT_EQ(parse_json("{\n  \"a\": 1,\n  nope\n}", DuplicateKeys::kKeepLast, problem), nullptr);
  EXPECT_EQ(problem.line, 3);
  for (const char* text : {"", "{", "[1,]", "nul", "\"\xff\"", "1 2", "1e999", "{\"a\":1"}) {
    JsonProblem each;
    EXPECT_EQ(parse_json(text, DuplicateKeys::kKeepLast, each), nullptr) << text;
    EXPECT_FALSE(each.message.empty()) << text;
  }
}

TEST(WorkflowJson, RefusesDuplicateKeysOfDefinitions) {
  JsonProblem problem;
  EXPECT_EQ(parse_json(R"({"States":{"A":{"Type":1,"Type":2}}})", DuplicateKeys::kRefuse, problem), nullptr);
  EXPECT_EQ(problem.message, "duplicate key 'Type' in /States/A");
  EXPECT_NE(parse_json(R"({"a":{"x":1},"b":{"x":1}})", DuplicateKeys::kRefuse, problem), nullptr);
}

TEST(WorkflowJson, BoundsDepth) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(reread(nested(kMaxJsonDepth)), nested(kMaxJsonDepth));
  EXPECT_EQ(reread(nested(kMaxJsonDepth + 1)), "error: nested deeper than 200 levels");
  EXPECT_EQ(reread(nested(1'000'000)), "error: nested deeper than 200 levels");
  EXPECT_FALSE(deeper_than(Json::parse(nested(3)), 3));
  EXPECT_TRUE(deeper_than(Json::parse(nested(3)), 2));
}

// The obvious way to build such an object takes minutes.
TEST(WorkflowJson, ReadsObjectsOfManyKeys) {
  std::string text = "{";
  for (int i = 0; i < 200'000; ++i) text += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":1";
  JsonProblem problem;
  const JsonRef value = parse_json(text + "}", DuplicateKeys::kRefuse, problem);
  ASSERT_NE(value, nullptr);
  EXPECT_EQ(value->size(), 200'000U);
}

TEST(WorkflowJson, ComparesValuesNotSpelling) {
  const auto same = [](const char* a, const char* b) { return same_json(Json::parse(a), Json::parse(b)); };
  EXPECT_TRUE(same(R"({"a":1,"b":[1,2]})", R"({"b":[1.0,2],"a":1})"));
  EXPECT_FALSE(same(R"({"a":1})", R"({"a":1,"b":2})"));
  EXPECT_FALSE(same("[1,2]", "[2,1]"));
  EXPECT_FALSE(same("1", "true"));
  EXPECT_FALSE(same(R"({"a":1})", R"({"b":1})"));
  EXPECT_FALSE(same("18446744073709551615", "-1"));
  EXPECT_TRUE(compare_numbers(Json::parse("18446744073709551615"), Json(-1)) > 0);
  EXPECT_TRUE(compare_numbers(Json(-1), Json::parse("18446744073709551615")) < 0);
  EXPECT_TRUE(compare_numbers(Json(2), Json(2.5)) < 0);
}

}  // namespace
}  // namespace tocsin
