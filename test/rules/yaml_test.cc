// The guarded reader: what it refuses, what it keeps, and what YAML becomes as JSON.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "rules/variables.h"
#include "rules/yaml_document.h"
#include "rules/yaml_scalar.h"
#include "rules/yaml_to_json.h"

namespace tocsin {
namespace {

using testing::HasSubstr;

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(YamlDocument, RefusesWhatWouldNeverEnd) {
  std::string nested_blocks;
  for (std::size_t i = 0; i < 2000; ++i) nested_blocks += std::string(i, ' ') + "a:\n";
  const struct {
    std::string text;
    std::string message;
  } kCases[] = {
      {std::string(5u << 20, 'a'), "larger than 4 MiB"},
      {repeated("[", 100'000), "nested deeper"},
      {repeated("{a: ", 100'000), "nested deeper"},
      {repeated("- ", 100'000), "nested deeper"},
      {repeated("a: {b: [", 100'000), "nested deeper"},
      {nested_blocks, "nested deeper"},
      {"a: [" + repeated("x,", 1'000'000) + "]", "more than 200,000 values"},
      {repeated("- x\n", 300'000), "more than 200,000 values"},
      {"a: &a [*a]", "this alias stands inside of what it names"},
      {"a: &a {b: &b [*a]}", "this alias stands inside of what it names"},
      {"a: *nowhere", "anchor is not defined"},
      {"? [a, b]\n: c", "a key must be plain text"},
      {"a: 1\n---\nb: 2", "one document only"},
      {"a: \xff", "no UTF-8 text"},
      {std::string("a: \0b", 5), "a control character"},
      {"a: \x04", "a control character"},
      {"\"a", "not valid YAML"},
      {"a: 1\na: 2", "key 'a' is given twice"},
  };
  for (const auto& test : kCases) {
    Diagnostics diagnostics;
    YamlDocument::parse("f", test.text, diagnostics);
    ASSERT_TRUE(diagnostics.has_errors()) << test.text.substr(0, 60);
    EXPECT_THAT(diagnostics.all()[0].message, HasSubstr(test.message)) << test.text.substr(0, 60);
  }
}

TEST(YamlDocument, AnchorsMayBeUsedWhereTheyEnd) {
  Diagnostics diagnostics;
  EXPECT_EQ(yaml_to_json("f", "a: &a {x: [1, 2]}\nb: *a\nc: [*a, *a]\n", diagnostics),
            R"({"a":{"x":[1,2]},"b":{"x":[1,2]},"c":[{"x":[1,2]},{"x":[1,2]}]})");
  EXPECT_EQ(diagnostics.render(), "");
}

TEST(YamlToJson, FollowsTheCoreSchemaAndKeepsTheOrder) {
  const struct {
    std::string yaml, json;
  } kCases[] = {
      {"", "null"},
      {"~", "null"},
      {"[null, Null, NULL, '']", R"([null,null,null,""])"},
      {"[true, True, FALSE, yes, on]", R"([true,true,false,"yes","on"])"},
      {"[1, -2, +3, 007, 0x1F, 0o17, '1']", R"([1,-2,3,7,31,15,"1"])"},
      {"[1.5, .5, 1., -0.0, 1e3, 1E-3, +.5]", R"([1.5,0.5,1,-0.0,1e3,1e-3,0.5])"},
      {"[12345678901234567890123, 1e999, 0x, 1_000]", R"([12345678901234567890123,"1e999","0x","1_000"])"},
      {"[!!str 1, 2026-01-01, 12:30]", R"(["1","2026-01-01","12:30"])"},
      {"z: 1\na: 2\n", R"({"z":1,"a":2})"},
      {"1: x\ntrue: y\n", R"({"1":"x","true":"y"})"},
      {"a: |\n  x\n  y\nb: >\n  x\n  y\n", R"({"a":"x\ny\n","b":"x y\n"})"},
      {R"({"json": ["too", {"a": null}]})", R"({"json":["too",{"a":null}]})"},
      {"\xEF\xBB\xBF"
       "a: 1",
       R"({"a":1})"},
  };
  for (const auto& test : kCases) {
    Diagnostics diagnostics;
    EXPECT_EQ(yaml_to_json("f", test.yaml, diagnostics), test.json) << test.yaml << diagnostics.render();
    EXPECT_TRUE(nlohmann::json::accept(test.json)) << test.json;
  }
}

TEST(YamlToJson, RefusesWhatJsonLacks) {
  for (const std::string text : {".inf", "-.Inf", ".NaN", "!Ref x", "a: !Sub {b: c}"}) {
    Diagnostics diagnostics;
    EXPECT_EQ(yaml_to_json("f", text, diagnostics), std::nullopt) << text;
    EXPECT_TRUE(diagnostics.has_errors());
  }
}

TEST(YamlDocument, FindsAByteOfAScalarInItsLine) {
  const struct {
    std::string line;
    std::size_t offset;
    int column;
  } kCases[] = {
      {"a: plain", 2, 6},         {"a: 'it''s'", 3, 9},   {"a: \"q\\\"x\"", 2, 8},
      {"a: \"\\u00e9x\"", 2, 11}, {"a: |\n  text", 2, 4}, {"a: \"two\n  lines\"", 5, 4},
  };
  for (const auto& test : kCases) {
    Diagnostics diagnostics;
    const std::optional<YamlDocument> document = YamlDocument::parse("f", test.line, diagnostics);
    ASSERT_TRUE(document) << test.line;
    EXPECT_EQ(document->place_in(*document->root().find("a"), test.offset).column, test.column) << test.line;
  }
}

TEST(Variables, AreReplacedInsideText) {
  const VariableLookup lookup = [](const std::string& name) -> std::optional<std::string> {
    if (name == "A") return "value";
    if (name == "EMPTY") return "";
    if (name == "TRICK") return "${A} $$ {x: y}";
    return std::nullopt;
  };
  const struct {
    std::string text, plain, definition;
  } kCases[] = {
      {"no dollar", "no dollar", "no dollar"},
      {"${A}", "value", "value"},
      {"a${A}b${A}c", "avaluebvaluec", "avaluebvaluec"},
      {"${B:-default}", "default", "default"},
      {"${EMPTY:-default}|${EMPTY}", "default|", "default|"},
      {"${B:-}", "", ""},
      {"${B:-$.x :- y}", "$.x :- y", "$.x :- y"},
      {"{ $.level = \"ERROR\" }", "{ $.level = \"ERROR\" }", "{ $.level = \"ERROR\" }"},
      {"$${A}", "${A}", "${A}"},
      {"$$.Execution.Id", "$.Execution.Id", "$$.Execution.Id"},
      {"a$", "a$", "a$"},
      {"${TRICK}", "${A} $$ {x: y}", "${A} $$ {x: y}"},  // a value is never read again
  };
  for (const auto& test : kCases) {
    const Substitution plain = substitute(test.text, lookup, DollarRule::kDoubled);
    EXPECT_FALSE(plain.fault) << test.text;
    EXPECT_EQ(plain.text, test.plain) << test.text;
    EXPECT_EQ(substitute(test.text, lookup, DollarRule::kContextObject).text, test.definition) << test.text;
  }
  for (const std::string text : {"x${B}", "x${A", "x${}", "x${a b}", "x${1}", "x${:-y}"}) {
    const Substitution failed = substitute(text, lookup, DollarRule::kDoubled);
    ASSERT_TRUE(failed.fault) << text;
    EXPECT_EQ(failed.fault->offset, 1u) << text;
  }
}

TEST(YamlScalar, NumbersOfTheCoreSchemaOnly) {
  for (const std::string text :
       {"", "-", "+", ".", "1.2.3", "1e", "e1", "0x", "0xg", "0o8", "- 1", "1 ", "1,5", "NaN"}) {
    EXPECT_EQ(parse_yaml_number(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_yaml_number("0o10"), 8);
  EXPECT_EQ(parse_yaml_number("-1.5e2"), -150);
}

}  // namespace
}  // namespace tocsin
