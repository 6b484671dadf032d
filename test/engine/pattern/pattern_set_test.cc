#include "engine/pattern/pattern_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "test/engine/pattern/field_line.h"
#include "test/engine/pattern/reference_matcher.h"

namespace tocsin {
namespace {

using test::FieldLine;
using test::ReferenceMatcher;

FilterPattern parsed(const std::string& text) {
  PatternError error;
  const auto pattern = FilterPattern::parse(text, error);
  EXPECT_TRUE(pattern) << text << ": " << error.message;
  return pattern.value_or(FilterPattern());
}

bool matches(const std::string& pattern, const std::string& line) {
  Projection projection;
  PatternSet set;
  const PatternId id = set.add(parsed(pattern), projection);
  PatternSet::Matcher matcher(set);
  FieldLine fields(line);
  matcher.begin(fields.event(projection));
  return matcher.matches(id);
}

struct Case {
  const char* pattern;
  const char* line;
  bool matches;
};

TEST(PatternSet, Terms) {
  const Case cases[] = {
      {"", "anything", true},
      {"ERROR", "TERROR", true},
      {"ERROR", "error", false},
      {"ERROR REQUEST", "REQUEST ERROR", true},
      {"ERROR REQUEST", "ERROR", false},
      {"ERROR -REQUEST", "ERROR", true},
      {"ERROR -REQUEST", "ERROR REQUEST", false},
      {"-ERROR", "", true},
      {"?ERROR ?WARN", "WARN", true},
      {"?ERROR ?WARN", "INFO", false},
      {"?ERROR ?WARN INFO", "INFO", true},
      {"?ERROR ?WARN INFO", "ERROR", false},
      {"?ERROR -INFO", "WARN", true},
      {"\"a  b\"", "a b", false},
      {"\"a  b\"", "xa  bx", true},
      {"\"\"", "", true},
  };
  for (const Case& c : cases) EXPECT_EQ(matches(c.pattern, c.line), c.matches) << c.pattern << " on " << c.line;
}

TEST(PatternSet, Comparisons) {
  const Case cases[] = {
      {"{ $.v = 1 }", "$.v = 1", true},
      {"{ $.v = 1 }", "$.v = 1.0", true},
      {"{ $.v = 1 }", "$.v = 1e0", true},
      {"{ $.v = 1 }", "$.v = \"1\"", true},
      {"{ $.v = 1 }", "$.v = \"1.0\"", false},
      {"{ $.v = 1.0 }", "$.v = \"1\"", false},
      {"{ $.v = \"1\" }", "$.v = 1", true},
      {"{ $.v = \"1\" }", "$.v = 1.0", false},
      {"{ $.v != 1 }", "$.v = 2", true},
      {"{ $.v != 1 }", "$.v = 1.0", false},
      {"{ $.v != 1 }", "$.v = \"1.0\"", true},
      {"{ $.v != 1 }", "$.v = null", false},
      {"{ $.v != 1 }", "$.v = true", false},
      {"{ $.v != 1 }", "$.v = {}", false},
      {"{ $.v != 1 }", "$.w = 1", false},
      {"{ $.v = true }", "$.v = true", false},
      {"{ $.v = true }", "$.v = \"true\"", true},
      {"{ $.v = \"\" }", "$.v = \"\"", true},
      {"{ $.v = \"\" }", "$.v = null", false},
      {"{ $.v = * }", "$.v = \"\"", true},
      {"{ $.v = * }", "$.v = 5", true},
      {"{ $.v = * }", "$.v = null", false},
      {"{ $.v != * }", "$.v = 5", false},
      {"{ $.v = 4* }", "$.v = 404", true},
      {"{ $.v = 4* }", "$.v = 504", false},
      {"{ $.v = 4* }", "$.v = \"4xx\"", true},
      {"{ $.v > 1 }", "$.v = 1.5", true},
      {"{ $.v > 1 }", "$.v = 1", false},
      {"{ $.v >= 1 }", "$.v = 1", true},
      {"{ $.v < 1 }", "$.v = -1", true},
      {"{ $.v <= 1 }", "$.v = 1", true},
      {"{ $.v <= 1 }", "$.v = 1.1", false},
      {"{ $.v > 1 }", "$.v = \"10\"", false},
      {"{ $.v IS NULL }", "$.v = null", true},
      {"{ $.v IS NULL }", "$.v = [null]", true},
      {"{ $.v IS NULL }", "$.v = []", false},
      {"{ $.v IS NULL }", "$.w = 1", false},
      {"{ $.v IS TRUE }", "$.v = true", true},
      {"{ $.v IS TRUE }", "$.v = false", false},
      {"{ $.v IS FALSE }", "$.v = false", true},
      {"{ $.v IS FALSE }", "$.v = \"false\"", false},
      {"{ $.v NOT EXISTS }", "$.w = 1", true},
      {"{ $.v NOT EXISTS }", "$.v = null", false},
      {"{ $.a.b = x }", "$['a.b'] = \"x\"", false},
      {"{ $.['a.b'] = x }", "$['a.b'] = \"x\"", true},
      {"{ $.@level = \"ERROR\" }", "$.@level = \"ERROR\"", true},
  };
  for (const Case& c : cases) EXPECT_EQ(matches(c.pattern, c.line), c.matches) << c.pattern << " on " << c.line;
}

TEST(PatternSet, EachElementOfAnArrayOrObject) {
  const Case cases[] = {
      {"{ $.v[*] = \"x\" }", "$.v = [\"y\", \"x\"]", true},
      {"{ $.v.* = \"x\" }", "$.v = [\"y\", \"x\"]", true},
      {"{ $.v[*] = \"x\" }", "$.v = {\"a\": \"x\"}", true},
      {"{ $.v[*] = \"x\" }", "$.v = [[\"x\"]]", false},
      {"{ $.v[*] = \"x\" }", "$.v = \"x\"", false},
      {"{ $.v[*] = \"x\" }", "$.v = \"[\"", false},
      {"{ $.v[*] = \"x\" }", "$.w = 1", false},
      {"{ $.v[*].a = 1 }", "$.v = [{\"b\": 1}, {\"a\": 1.0}]", true},
      {"{ $.v[*].a[1] = 1 }", "$.v = [{\"a\": [0, 1]}]", true},
      {"{ $.v[*].a[1] = 1 }", "$.v = [{\"a\": {\"1\": 1}}]", false},
      {"{ $.v[*] != 1 }", "$.v = [1, 2]", true},
      {"{ $.v[*] != 1 }", "$.v = [1, null, {}]", false},
      {"{ $.v[*] > 1 }", "$.v = [1, 2]", true},
      {"{ $.v[*] IS NULL }", "$.v = [1, null]", true},
      {"{ $.v[*] IS TRUE }", "$.v = [false, true]", true},
      {"{ $.v[*].a NOT EXISTS }", "$.v = [{\"b\": 1}]", true},
      {"{ $.v[*].a NOT EXISTS }", "$.v = [{\"b\": 1}, {\"a\": null}]", false},
      {"{ $.v[*] NOT EXISTS }", "$.v = []", true},
      {"{ $.v[*] NOT EXISTS }", "$.w = 1", true},
      {"{ $.v[*] = \"a\\\"b\" }", "$.v = [\"a\\\"b\"]", true},
      {"{ $.v[*] = 1 && $.v[*] = 2 }", "$.v = [2, 1]", true},
      // Of equal keys the last counts.
      {"{ $.v.* = 1 }", "$.v = {\"a\": 1, \"\\u0061\": 2}", false},
      {"{ $.v[*].a = 1 }", "$.v = [{\"a\": 1, \"a\": 2}]", false},
  };
  for (const Case& c : cases) EXPECT_EQ(matches(c.pattern, c.line), c.matches) << c.pattern << " on " << c.line;
}

TEST(PatternSet, SpaceDelimitedFields) {
  const Case cases[] = {
      {"[]", "", true},
      {"[]", "a b", true},
      {"[a]", "", false},
      {"[a]", "x y", true},
      {"[a, b]", "x", false},
      {"[a, b]", "x y z", true},
      {"[a=x]", "x", true},
      {"[a=x]", "x y", false},  // the last field is the rest of the line
      {"[a, b=\"y z\"]", "x y z ", true},
      {"[a, b=\"y z\"]", "x \"y z\"", true},
      {"[a, b=\"\\\"y z\\\" w\"]", "x \"y z\" w", true},
      {"[a=\"x y\", b]", "[x y] z", true},
      {"[a=\"[x\", b]", "[x y", true},
      {"[a=\"x\\\"y\", b]", "x\"y z", true},
      {"[a=\"x]y\", b]", "[x]y] z", true},
      {"[a=x, ...]", "x", true},
      {"[a=x, ...]", "x y z", true},
      {"[..., z=x]", "x", true},
      {"[..., z=x]", "y\tx", true},
      {"[..., z=x]", "x y", false},
      {"[a=x, ..., z=y]", "x y", true},
      {"[a=x, ..., z=y]", "x", false},
      {"[..., status=4*,]", "a 404 b", true},
      {"[a=404, b]", "404.0 x", true},
      {"[a=\"404\", b]", "404.0 x", false},
      {"[a>=400 && a<500, b]", "404 x", true},
      {"[a>=400 && a<500, b]", "500 x", false},
      {"[a>1, b]", "x y", false},
      {"[a!=x, b]", "y z", true},
      {"[a!=1*, b]", "12 z", false},
      {"[a=x || a=y, b]", "y z", true},
      {"[a=%^[0-9]+$%, b]", "123 x", true},
      {"[a=%^[0-9]+$%, b]", "12x x", false},
      {"[a!=%^[0-9]+$%, b]", "12x x", true},
  };
  for (const Case& c : cases) EXPECT_EQ(matches(c.pattern, c.line), c.matches) << c.pattern << " on " << c.line;
}

TEST(PatternSet, RegularExpressions) {
  const Case cases[] = {
      {"%RR%", "ERROR", true},
      {"%^RR%", "ERROR", false},
      {"%^E.*R$%", "ERROR", true},
      {"%^b%", "a\nb", false},
      {"%a\\sb%", "a\nb", true},
      {"%a\\sb%", "a\vb", true},
      {"%a[\\s]b%", "a\vb", true},
      {"%a\\Sb%", "a\vb", false},
      {"%a.b%",
       "a\xC3\xA4"
       "b",
       true},
      {"%a{,2}b%", "b", true},
      {"%^a{,2}b%", "aaab", false},
      {"%\\x41\\.b%", "A.b", true},
      {"%\\x41\\.b%", "Axb", false},
      {"%[^a-c]%", "abc", false},
      {"%[[]%", "[", true},
      {"%a|b%", "xb", true},
      {"%\\d\\D\\w\\W%", "1xx-", true},
      {"-%RR%", "ERROR", false},
      {"?%XX% ?%RR%", "ERROR", true},
      {"{ $.v = %^4..$% }", "$.v = 404", true},
      {"{ $.v != %^4..$% }", "$.v = \"4\"", true},
      {"{ $.v != %^4..$% }", "$.v = null", false},
  };
  for (const Case& c : cases) EXPECT_EQ(matches(c.pattern, c.line), c.matches) << c.pattern << " on " << c.line;
}

TEST(PatternSet, AndBindsTighterThanOr) {
  const std::string loose = "{ $.a = 1 || $.b = 1 && $.c = 1 }";
  const std::string grouped = "{ ($.a = 1 || $.b = 1) && $.c = 1 }";
  for (int bits = 0; bits < 8; ++bits) {
    const bool a = (bits & 1) != 0;
    const bool b = (bits & 2) != 0;
    const bool c = (bits & 4) != 0;
    const std::string line =
        std::string("$.a = ") + (a ? "1" : "0") + "; $.b = " + (b ? "1" : "0") + "; $.c = " + (c ? "1" : "0");
    EXPECT_EQ(matches(loose, line), a || (b && c)) << line;
    EXPECT_EQ(matches(grouped, line), (a || b) && c) << line;
  }
}

TEST(PatternSet, EqualPatternsShareAnIdAndAFieldItsSlot) {
  Projection projection;
  PatternSet set;
  const PatternId first = set.add(parsed("{ $.a = 1 && $.b = 2 }"), projection);
  const PatternId second = set.add(parsed("{$.a=1&&($.b=2)}"), projection);
  const PatternId third = set.add(parsed("{ $.a = 1 }"), projection);
  EXPECT_EQ(first.index, second.index);
  EXPECT_NE(first.index, third.index);
  EXPECT_EQ(set.size(), 2U);
  EXPECT_EQ(projection.size(), 2U);
}

TEST(PatternSet, NothingIsKeptFromOneEventToTheNext) {
  Projection projection;
  PatternSet set;
  const PatternId error = set.add(parsed("{ $.level = ERROR }"), projection);
  const PatternId not_error = set.add(parsed("{ $.level != ERROR }"), projection);
  PatternSet moved = std::move(set);
  PatternSet::Matcher matcher(moved);
  FieldLine first("$.level = \"ERROR\"");
  FieldLine second("$.level = \"INFO\"");
  FieldLine third("no field");
  for (int round = 0; round < 3; ++round) {
    matcher.begin(first.event(projection));
    EXPECT_TRUE(matcher.matches(error));
    EXPECT_FALSE(matcher.matches(not_error));
    EXPECT_TRUE(matcher.matches(error));
    matcher.begin(second.event(projection));
    EXPECT_FALSE(matcher.matches(error));
    EXPECT_TRUE(matcher.matches(not_error));
    matcher.begin(third.event(projection));
    EXPECT_FALSE(matcher.matches(error));
    EXPECT_FALSE(matcher.matches(not_error));
  }
}

// Patterns and lines from one small vocabulary, so that they meet often.
class Generator {
 public:
  explicit Generator(std::uint32_t seed) : random_(seed) {}

  std::string pattern() {
    if (pick(5) == 0) return terms();
    if (pick(4) == 0) return brackets();
    stars_ = regexes_ = 0;
    return "{ " + expression(3) + " }";
  }

  std::string line() {
    std::string out;
    if (pick(4) == 0) {
      for (std::size_t i = 0, count = pick(6); i < count; ++i) {
        out += one_of({"x", "1", "1.0", "\"x y\"", "[1 x]", "\"x", "x]", "\"\"", "10", "yx\""}) +
               one_of({" ", "\t", "  "});
      }
      return out;
    }
    for (const char* field : kFields) {
      if (pick(4) != 0) out += std::string(out.empty() ? "" : "; ") + field + " = " + value();
    }
    return out;
  }

 private:
  static constexpr const char* kFields[] = {"$.a", "$.b", "$.c.d", "$.e[1]"};

  std::size_t pick(std::size_t count) { return random_() % count; }

  std::string one_of(std::initializer_list<const char*> words) { return words.begin()[pick(words.size())]; }

  std::string value() {
    return one_of({"1",
                   "1.0",
                   "2",
                   "10",
                   "-1",
                   "1e1",
                   "\"1\"",
                   "\"1.0\"",
                   "\"10\"",
                   "\"x\"",
                   "\"xx\"",
                   "\"xyx\"",
                   "\"\"",
                   "\"true\"",
                   "null",
                   "true",
                   "false",
                   "{}",
                   "[]",
                   "[null]",
                   "[1, \"x\"]",
                   "{\"k\": \"x\", \"l\": 1}",
                   "[{\"k\": 1}, {\"k\": \"xx\"}]",
                   "{\"m\": [\"x\"], \"n\": {\"k\": null}}",
                   "\"yx\"",
                   "\"xyxyx\""});
  }

  std::string terms() {
    std::string out;
    for (std::size_t i = 0, count = 1 + pick(4); i < count; ++i) {
      out += one_of({"", "-", "?", "?"}) + one_of({"x", "1", "yx", "\"a = \"", "true", "zzz", "\"; $.b\""}) + " ";
    }
    return out;
  }

  // The regexes and wildcards of a pattern are few, so they are dealt out once for each.
  std::string brackets() {
    std::string out = "[";
    const std::size_t count = 1 + pick(4);
    const std::size_t ellipsis = pick(8);
    for (std::size_t i = 0; i < count; ++i) {
      if (i > 0) out += ", ";
      const std::string name = "f" + std::to_string(i);
      if (i == ellipsis) {
        out += "...";
      } else if (pick(2) == 0) {
        out += pick(4) == 0 ? "" : name;
      } else {
        out += name + one_of({" = ", " != "}) + one_of({"x", "1", "\"1\"", "x*", "*", "\"x y\"", "*x*"});
        if (pick(3) == 0) out += one_of({" && ", " || "}) + name + one_of({" < 5", " = 10", " >= 1", " != 1.0"});
      }
    }
    if (count == 1 && out == "[") out += "f";
    return out + "]";
  }

  std::string expression(std::size_t depth) {
    if (depth == 0 || pick(3) == 0) return condition();
    std::string out = pick(2) == 0 ? "(" + expression(depth - 1) + ")" : expression(depth - 1);
    for (std::size_t i = 0, more = pick(3); i < more; ++i) {
      out += one_of({" && ", " || "}) + (pick(2) == 0 ? "(" + expression(depth - 1) + ")" : condition());
    }
    return out;
  }

  std::string condition() {
    std::string field = kFields[pick(std::size(kFields))];
    if (pick(4) == 0 && stars_ < 3) {
      ++stars_;
      field += one_of({"[*]", ".*", "[*].k", ".*[0]"});
    }
    if (pick(10) == 0 && regexes_ < 2) {
      ++regexes_;
      return field + one_of({" = ", " != "}) + one_of({"%x%", "%^1%", "%^x+$%", "%[0-9]{2}%"});
    }
    switch (pick(8)) {
      case 0:
        return field + one_of({" IS NULL", " IS TRUE", " IS FALSE", " NOT EXISTS"});
      case 1:
        return field + one_of({" < ", " <= ", " > ", " >= "}) + one_of({"1", "1.0", "10", "-1", "0"});
      default:
        return field + one_of({" = ", " != "}) +
               one_of({"1",      "1.0",  "10",   "1e1", "\"1\"",  "\"1.0\"", "x",   "\"x\"",
                       "xyx",    "true", "\"\"", "*",   "x*",     "*x",      "*yx", "x*x",
                       "\"1*\"", "null", "yx",   "2",   "\"10\"", "*xy*",    "q",   "\"1e1\""});
    }
  }

  std::mt19937 random_;
  int stars_ = 0;
  int regexes_ = 0;
};

TEST(PatternSet, CompiledFormAgreesWithTheTree) {
  Generator generator(20261120);
  std::size_t matched = 0;
  std::size_t compared = 0;
  std::size_t listed = 0;
  for (int round = 0; round < 40; ++round) {
    Projection projection;
    PatternSet set;
    std::vector<FilterPattern> patterns;
    std::vector<PatternId> ids;
    for (int i = 0; i < 60; ++i) {
      patterns.push_back(parsed(generator.pattern()));
      ids.push_back(set.add(patterns.back(), projection));
    }
    PatternSet::Matcher matcher(set);
    for (int i = 0; i < 60; ++i) {
      FieldLine line(generator.line());
      matcher.begin(line.event(projection));
      const ReferenceMatcher reference(line);
      // Whether the candidates or a pattern are asked for first makes no difference.
      std::set<std::uint32_t> candidates;
      if (i % 3 != 0) {
        EXPECT_EQ(matcher.matches(ids[0]), reference.matches(patterns[0].tree()));
      }
      for (const PatternId id : matcher.candidates()) EXPECT_TRUE(candidates.insert(id.index).second) << "listed twice";
      for (std::size_t p = 0; p < patterns.size(); ++p) {
        const bool expected = reference.matches(patterns[p].tree());
        ASSERT_EQ(matcher.matches(ids[p]), expected) << patterns[p].text() << " on " << line.text();
        EXPECT_TRUE(!expected || candidates.contains(ids[p].index)) << patterns[p].text() << " on " << line.text();
        listed += candidates.contains(ids[p].index) ? 1 : 0;
        matched += expected ? 1 : 0;
        ++compared;
      }
    }
  }
  EXPECT_LT(listed, compared * 9 / 10) << "the candidates are nearly all";
  EXPECT_GT(matched, compared / 10) << "the patterns hardly ever match";
  EXPECT_LT(matched, compared * 9 / 10) << "the patterns nearly always match";
}

TEST(PatternSet, ManyLiteralsOfOneField) {
  Projection projection;
  PatternSet set;
  std::vector<PatternId> ids;
  for (int i = 0; i < 500; ++i) ids.push_back(set.add(parsed("{ $.v = \"s" + std::to_string(i) + "\" }"), projection));
  PatternSet::Matcher matcher(set);
  for (int i = 0; i < 501; i += 7) {
    FieldLine line("$.v = \"s" + std::to_string(i) + "\"");
    matcher.begin(line.event(projection));
    for (int k = 0; k < 500; ++k) EXPECT_EQ(matcher.matches(ids[static_cast<std::size_t>(k)]), k == i);
  }
}

}  // namespace
}  // namespace tocsin
