#include "engine/pattern/parser.h"

#include <gtest/gtest.h>

#include "engine/pattern/filter_pattern.h"

namespace tocsin {
namespace {

TEST(FilterPattern, TreeOfEachPattern) {
  struct Case {
    const char* pattern;
    const char* tree;
  };
  const Case cases[] = {
      {"", "all"},
      {" \t\n ", "all"},
      {"ERROR", R"(terms("ERROR"))"},
      {"  ERROR  WARN\t", R"(terms("ERROR", "WARN"))"},
      {"ERROR -timeout", R"(terms("ERROR", -"timeout"))"},
      {"?ERROR ?WARN", R"(terms(?"ERROR", ?"WARN"))"},
      {"a-b --c ?-d", R"(terms("a-b", -"-c", ?"-d"))"},
      {R"("[ERROR]" -"a  b" ?"%x%")", R"(terms("[ERROR]", -"a  b", ?"%x%"))"},
      {R"("say \"hi\" C:\\x \n")", R"(terms("say \"hi\" C:\\x \\n"))"},
      {R"("" x)", R"(terms("", "x"))"},
      {"{$.a=1}", "$.a = 1"},
      {" { $.a  =\t1 }\n", "$.a = 1"},
      {R"({ $.a != "x y" })", R"($.a != "x y")"},
      {R"({ $.a = "" })", R"($.a = "")"},
      {R"({ $.a = "a\"b\\c" })", R"($.a = "a\"b\\c")"},
      {"{ $.a < 1 && $.b <= -1.5 && $.c > 1e3 && $.d >= 0 }", "and($.a < 1, $.b <= -1.5, $.c > 1e3, $.d >= 0)"},
      {"{ $.a IS NULL || $.a IS TRUE || $.a IS FALSE || $.a NOT EXISTS }",
       "or($.a IS NULL, $.a IS TRUE, $.a IS FALSE, $.a NOT EXISTS)"},
      {"{ $.a = 1 || $.b = 2 && $.c = 3 }", "or($.a = 1, and($.b = 2, $.c = 3))"},
      {"{ ($.a = 1 || $.b = 2) && $.c = 3 }", "and(or($.a = 1, $.b = 2), $.c = 3)"},
      {"{ (($.a = 1)) }", "$.a = 1"},
      {"{($.eventName=ConsoleLogin)&&($.errorMessage=\"Failed\")}",
       R"(and($.eventName = ConsoleLogin, $.errorMessage = "Failed"))"},
      {"{ $.a.b[0].c = x }", "$.a.b[0].c = x"},
      {"{ $.['k.k']['l'][12] = x }", "$['k.k'].l[12] = x"},
      {R"({ $['it\'s'] = x })", R"($['it\'s'] = x)"},
      {"{ $.@level = \"ERROR\" }", R"($.@level = "ERROR")"},
      {"{ $.with-hyphen_1 = x }", "$.with-hyphen_1 = x"},
      {"{ $.a = *.example.com || $.a = 4* || $.a = * }", "or($.a = *.example.com, $.a = 4*, $.a = *)"},
      {"{ $.a = arn:aws:iam::1/x@y }", "$.a = arn:aws:iam::1/x@y"},
      {"{ $.a = true }", "$.a = true"},
      {"{ $.IS IS NULL }", "$.IS IS NULL"},
  };
  for (const Case& c : cases) {
    PatternError error;
    const auto pattern = FilterPattern::parse(c.pattern, error);
    ASSERT_TRUE(pattern) << c.pattern << ": " << error.message;
    EXPECT_EQ(pattern->to_text(), c.tree) << c.pattern;
    EXPECT_EQ(pattern->text(), c.pattern);
  }
}

TEST(FilterPattern, EachErrorWithItsColumn) {
  struct Case {
    const char* pattern;
    std::size_t column;
    const char* message;
  };
  const Case cases[] = {
      {"[a, b]", 0, "space-delimited patterns are not supported yet"},
      {"  []", 2, "space-delimited patterns are not supported yet"},
      {"%ERR.*%", 0, "regular expressions (%...%) are not supported yet"},
      {"x -%ERR%", 3, "regular expressions (%...%) are not supported yet"},
      {"{ $.a = %x% }", 8, "regular expressions (%...%) are not supported yet"},
      {"{ $.a[*] = 1 }", 6, "wildcards in selectors ([*], .*) are not supported yet"},
      {"{ $.* = 1 }", 4, "wildcards in selectors ([*], .*) are not supported yet"},
      {"ERROR: x", 5, "':' can't stand in a term without quotes"},
      {"a\xC3\xA9", 1, "'\xC3\xA9' can't stand in a term without quotes"},
      {"\"ERROR", 0, "the quote is never closed"},
      {"\"a\"b", 3, "expected a blank after the quoted term"},
      {"a - b", 2, "expected a term after '-'"},
      {"?", 0, "expected a term after '?'"},
      {"{", 1, "expected a selector, found the end of the pattern"},
      {"{}", 1, "expected a selector, found '}'"},
      {"{ $ = 1 }", 2, "the selector names no field"},
      {"{ $. = 1 }", 4, "expected a field's name after '.'"},
      {"{ $.@ = 1 }", 5, "expected a field's name after '.'"},
      {"{ $.a[x] = 1 }", 6, "expected an index or a quoted name"},
      {"{ $.a[1 = 1 }", 7, "expected ']'"},
      {"{ $.a[99999999999] = 1 }", 6, "the index is too large"},
      {"{ $.a['b = 1 }", 6, "the quote is never closed"},
      {"{ a = 1 }", 2, "expected a selector, found 'a'"},
      {"{ \"v\": [1] }", 2, "expected a selector, found a quoted text"},
      {"{ $.a }", 6, "expected =, !=, <, <=, >, >=, IS or NOT EXISTS, found '}'"},
      {"{ $.a == 1 }", 7, "expected a value after =, found '='"},
      {"{ $.a = }", 8, "expected a value after =, found '}'"},
      {"{ $.a = 1 && }", 13, "expected a selector, found '}'"},
      {"{ $.a = 1 AND $.b = 2 }", 10, "expected &&, || or '}', found 'AND'"},
      {"{ ($.a = 1 }", 11, "expected &&, || or ')', found '}'"},
      {"{ $.a = 1", 9, "expected &&, || or '}', found the end of the pattern"},
      {"{ $.a = 1 } trailing", 12, "expected nothing after '}', found 'trailing'"},
      {"{ !($.a = 1) }", 2, "unexpected '!'"},
      {"{ $.a IS MAYBE }", 9, "expected NULL, TRUE or FALSE after IS, found 'MAYBE'"},
      {"{ $.a IS NOT NULL }", 9, "expected NULL, TRUE or FALSE after IS, found 'NOT'"},
      {"{ $.a EXISTS }", 6, "expected =, !=, <, <=, >, >=, IS or NOT EXISTS, found 'EXISTS'"},
      {"{ $.a NOT NULL }", 10, "expected EXISTS after NOT, found 'NULL'"},
      {"{ $.a = \"unterminated }", 8, "the quote is never closed"},
      {"{ $.a > \"123\" }", 8, "> needs a number without quotes, found a quoted text"},
      {"{ $.a >= abc }", 9, ">= needs a number without quotes, found 'abc'"},
      {"{ $.a < 1* }", 8, "< needs a number without quotes, found '1*'"},
  };
  for (const Case& c : cases) {
    PatternError error;
    EXPECT_FALSE(FilterPattern::parse(c.pattern, error)) << c.pattern;
    EXPECT_EQ(error.message, c.message) << c.pattern;
    EXPECT_EQ(error.column, c.column) << c.pattern;
  }
}

TEST(FilterPattern, Limits) {
  PatternError error;
  EXPECT_TRUE(FilterPattern::parse(std::string(1024, 'a'), error));
  EXPECT_FALSE(FilterPattern::parse(std::string(1025, 'a'), error));
  EXPECT_EQ(error.message, "the pattern is longer than 1024 characters");
  std::string umlauts = "\"";
  for (int i = 0; i < 1022; ++i) umlauts += "\xC3\xA4";
  EXPECT_TRUE(FilterPattern::parse(umlauts + "\"", error)) << "1024 characters, not bytes";

  const auto nested = [](int depth) {
    return "{" + std::string(static_cast<std::size_t>(depth), '(') + "$.a=1" +
           std::string(static_cast<std::size_t>(depth), ')') + "}";
  };
  EXPECT_TRUE(FilterPattern::parse(nested(kMaxPatternDepth), error));
  EXPECT_FALSE(FilterPattern::parse(nested(kMaxPatternDepth + 1), error));
  EXPECT_EQ(error.message, "the parentheses are nested too deeply, found '('");
}

TEST(FilterPattern, DefaultIsThePatternThatMatchesAll) {
  EXPECT_EQ(FilterPattern().to_text(), "all");
  EXPECT_EQ(FilterPattern().text(), "");
}

}  // namespace
}  // namespace tocsin
