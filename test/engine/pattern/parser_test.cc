#include "engine/pattern/parser.h"

#include <gtest/gtest.h>

#include "engine/pattern/filter_pattern.h"

namespace tocsin {
namespace {

TEST(FilterPattern, PrintsAPatternAgain) {
  struct Case {
    const char* pattern;
    const char* printed;
  };
  const Case cases[] = {
      {"", ""},
      {" \t\n ", ""},
      {"ERROR", "ERROR"},
      {"  ERROR  WARN\t", "ERROR WARN"},
      {"ERROR -timeout", "ERROR -timeout"},
      {"?ERROR ?WARN", "?ERROR ?WARN"},
      {"a-b --c ?-d", R"(a-b -"-c" ?"-d")"},
      {R"("[ERROR]" -"a  b" ?"%x%")", R"("[ERROR]" -"a  b" ?"%x%")"},
      {R"("say \"hi\" C:\\x \n")", R"("say \"hi\" C:\\x \\n")"},
      {R"("" x)", R"("" x)"},
      {"{$.a=1}", "{ $.a = 1 }"},
      {" { $.a  =\t1 }\n", "{ $.a = 1 }"},
      {R"({ $.a != "x y" })", R"({ $.a != "x y" })"},
      {R"({ $.a = "" })", R"({ $.a = "" })"},
      {R"({ $.a = "a\"b\\c" })", R"({ $.a = "a\"b\\c" })"},
      {"{ $.a < 1 && $.b <= -1.5 && $.c > 1e3 && $.d >= 0 }", "{ $.a < 1 && $.b <= -1.5 && $.c > 1e3 && $.d >= 0 }"},
      {"{ $.a IS NULL || $.a IS TRUE || $.a IS FALSE || $.a NOT EXISTS }",
       "{ $.a IS NULL || $.a IS TRUE || $.a IS FALSE || $.a NOT EXISTS }"},
      {"{ $.a = 1 || $.b = 2 && $.c = 3 }", "{ $.a = 1 || $.b = 2 && $.c = 3 }"},
      {"{ ($.a = 1 || $.b = 2) && $.c = 3 }", "{ ($.a = 1 || $.b = 2) && $.c = 3 }"},
      {"{ (($.a = 1)) }", "{ $.a = 1 }"},
      {"{($.eventName=ConsoleLogin)&&($.errorMessage=\"Failed\")}",
       R"({ $.eventName = ConsoleLogin && $.errorMessage = "Failed" })"},
      {"{ $.a.b[0].c = x }", "{ $.a.b[0].c = x }"},
      {"{ $.['k.k']['l'][12] = x }", "{ $['k.k'].l[12] = x }"},
      {R"({ $['it\'s'] = x })", R"({ $['it\'s'] = x })"},
      {"{ $.@level = \"ERROR\" }", R"({ $.@level = "ERROR" })"},
      {"{ $['a@b'] = x && $['@'] = y }", "{ $['a@b'] = x && $['@'] = y }"},
      {"{ $.with-hyphen_1 = x }", "{ $.with-hyphen_1 = x }"},
      {"{ $.a = *.example.com || $.a = 4* || $.a = * }", "{ $.a = *.example.com || $.a = 4* || $.a = * }"},
      {"{ $.a = arn:aws:iam::1/x@y }", "{ $.a = arn:aws:iam::1/x@y }"},
      {"{ $.a = true }", "{ $.a = true }"},
      {"{ $.IS IS NULL }", "{ $.IS IS NULL }"},
      {"{ $.a[*] = 1 || $.b.*.c[0] = 2 || $.* IS NULL }", "{ $.a[*] = 1 || $.b[*].c[0] = 2 || $[*] IS NULL }"},
      {"{ ($.a = 1 && $.b = 2) || (($.c = 3 || $.d = 4)) }", "{ $.a = 1 && $.b = 2 || ($.c = 3 || $.d = 4) }"},
      {"%ERR.*[0-9]{,3}% -%x y% ?%\\d%", "%ERR.*[0-9]{,3}% -%x y% ?%\\d%"},
      {"{ $.a = %^4\\d\\d$% && $.b != %x% }", "{ $.a = %^4\\d\\d$% && $.b != %x% }"},
      {"[]", "[]"},
      {" [ ] ", "[]"},
      {"[ip, user_id,a-b]", "[ip, user_id, a-b]"},
      {"[a=1, b = x* || b=\"y z\",  c>=2&&c!=%7%]", "[a = 1, b = x* || b = \"y z\", c >= 2 && c != %7%]"},
      {"[..., status=4*,]", "[..., status = 4*, ]"},
      {"[a, ..., z]", "[a, ..., z]"},
      {"[, a]", "[, a]"},
      {"[url=*.html/x?y:1.5, n]", "[url = *.html/x?y:1.5, n]"},
      {"[(a=1||a=2)&&a!=3]", "[(a = 1 || a = 2) && a != 3]"},
  };
  for (const Case& c : cases) {
    PatternError error;
    const auto pattern = FilterPattern::parse(c.pattern, error);
    ASSERT_TRUE(pattern) << c.pattern << ": " << error.message;
    EXPECT_EQ(pattern->to_text(), c.printed) << c.pattern;
    EXPECT_EQ(pattern->text(), c.pattern);
    const auto again = FilterPattern::parse(c.printed, error);
    ASSERT_TRUE(again) << c.printed << ": " << error.message;
    EXPECT_EQ(again->to_text(), c.printed);
  }
}

TEST(FilterPattern, EachErrorWithItsColumn) {
  struct Case {
    const char* pattern;
    std::size_t column;
    const char* message;
  };
  const Case cases[] = {
      {"%ERR", 0, "the regular expression is never closed"},
      {"%%", 1, "the regular expression is empty"},
      {"x -%a(b)%", 5, "a regular expression has no groups"},
      {"%a!%", 2, "'!' can't stand in a regular expression"},
      {"%a\xC3\xA4%", 2, "'\xC3\xA4' can't stand in a regular expression"},
      {"%a\\n%", 2, "'\\n' is no escape"},
      {"%a\\%", 2, "nothing stands behind the '\\'"},
      {"%\\x2g%", 1, "expected two hexadecimal digits behind \\x"},
      {"%[]a]%", 2, "the character class is empty"},
      {"%[a%", 1, "the regular expression is wrong: missing ]: [a"},
      {"%*a%", 1, "the regular expression is wrong: no argument for repetition operator: *"},
      {"%a%b", 3, "expected a blank after the regular expression"},
      {"{ $.a > %1% }", 8, "> needs a number without quotes, found a regular expression"},
      {"{ $.a = %1% || $.a = %2% || $.a = %3% }", 34,
       "a pattern has at most two regular expressions, found a regular expression"},
      {"{ $.a[*].* = 1 }", 9, "a selector has one wildcard at most"},
      {"{ $.a[*] = 1 || $.b.* = 1 || $.* = 1 || $.c[*].d = 1 }", 40,
       "a pattern has at most three wildcards in selectors, found '$.c[*].d'"},
      {"{ $.a* = 1 }", 5, "expected =, !=, <, <=, >, >=, IS or NOT EXISTS, found '*'"},
      {"[a, b", 5, "expected =, !=, <, <=, > or >=, found the end of the pattern"},
      {"[a] b", 4, "expected nothing after ']', found 'b'"},
      {"[a, b, a]", 7, "a field's name stands once, found 'a'"},
      {"[..., a, ...]", 9, "a pattern has at most one '...', found '...'"},
      {"[1a]", 1, "expected a field's name, found '1a'"},
      {"[a.b]", 1, "expected a field's name, found 'a.b'"},
      {"[a = 1 ||]", 9, "expected a field's name, found ']'"},
      {"[a, b=x || c=y]", 11, "expected 'b', found 'c'"},
      {"[a =]", 4, "expected a value after =, found ']'"},
      {"[a b]", 3, "expected =, !=, <, <=, > or >=, found 'b'"},
      {"[a || a=1]", 3, "expected =, !=, <, <=, > or >=, found '||'"},
      {"[a < x]", 5, "< needs a number without quotes, found 'x'"},
      {"[a=%1%, b=%2%, c=%3%]", 17, "a pattern has at most two regular expressions, found a regular expression"},
      {"[\"a\"]", 1, "expected a field's name, found a quoted text"},
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
  EXPECT_EQ(FilterPattern().to_text(), "");
  EXPECT_EQ(FilterPattern().text(), "");
}

}  // namespace
}  // namespace tocsin
