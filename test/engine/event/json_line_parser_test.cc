#include <gtest/gtest.h>

#include "test/engine/event/parse_lines.h"

namespace tocsin::test {
namespace {

struct LineCase {
  std::string line;
  std::string expected;
};

constexpr std::string_view kTime = R"("ts":"2023-01-29T17:20:11Z")";
constexpr std::string_view kShown = "2023-01-29T17:20:11.000Z";

std::string object(std::string_view more) {
  return "{" + std::string(kTime) + "," + std::string(more) + "}";
}

std::string only_line(const std::string& line, const ParseSetup& setup = {}) {
  const std::vector<std::string> lines = describe(*parse_text(line, setup));
  return lines.size() == 1 ? lines[0] : std::to_string(lines.size()) + " lines";
}

TEST(JsonLineParser, FindsTheEventsParts) {
  const std::string shown(kShown);
  const LineCase cases[] = {
      {object(R"("service":"pay","level":"warning","msg":"hi","latency_ms":12.5,"trace_id":"t","caller":"shop")"),
       shown + " WARN pay | hi | latency=12.5 | trace=t | upstream=shop"},
      {object(R"("level":"ERROR")"), shown + " ERROR file | "},
      {object(R"("level":50)"), shown + " ERROR file | "},
      {object(R"("level":3)"), shown + " ERROR file | "},
      {object(R"("level":" Warn ")"), shown + " WARN file | "},
      {object(R"("level":"loud")"), shown + " - file | "},
      {object(R"("level":null,"severity":"fatal")"), shown + " FATAL file | "},
      {object(R"("service":null,"app":"pay")"), shown + " - pay | "},
      {object(R"("service":"","app":"pay")"), shown + " - file | "},
      {object(R"("service":7)"), shown + " - 7 | "},
      {object(R"("service":{"name":"x"},"app":"pay")"), shown + " - pay | "},
      {object(R"("message":"second","msg":"first")"), shown + " - file | first"},
      {object(R"("latency_ms":"12")"), shown + " - file |  | latency=12"},
      {object(R"("latency_ms":-1)"), shown + " - file | "},
      {object(R"("latency_ms":"soon")"), shown + " - file | "},
      {object(R"("latency_ms":1e400)"), shown + " - file | "},
      {object(R"("latency_ms":null,"dur_us":1500)"), shown + " - file |  | latency=1.5"},
      {object(R"("dur_ns":2500000)"), shown + " - file |  | latency=2.5"},
      {object(R"("request_time":0.25)"), shown + " - file |  | latency=250"},
      {R"({"meta":{"at":1674984011371}})", "2023-01-29T09:20:11.371Z - file | "},
      {R"({"ts":null,"time":"1674984011"})", "2023-01-29T09:20:11.000Z - file | "},
      {R"( { "ts" : "2023-01-29T17:20:11Z" , "level" : "info" , "latency_ms" : 3 } )",
       shown + " INFO file |  | latency=3"},
  };
  for (const LineCase& c : cases) EXPECT_EQ(only_line(c.line), c.expected) << c.line;
}

TEST(JsonLineParser, KeepsKindsOfProjectedFieldsApart) {
  const ParseSetup setup{.projection = {"a", "a.b", "a.c[1]", "$['k.k']", "k.k", "list[0]", "ключ"}};
  const std::string head = std::string(kShown) + " - file | ";
  const LineCase cases[] = {
      {object(R"("a":1)"), " | number 1 '1' | - | - | - | - | - | -"},
      {object(R"("a":-0.50e1)"), " | number -5 '-0.50e1' | - | - | - | - | - | -"},
      {object(R"("a":12345678901234567890)"),
       " | number 1.2345678901234567e+19 '12345678901234567890' | - | - | - | - | - | -"},
      {object(R"("a":1e400)"), " | text '1e400' | - | - | - | - | - | -"},
      {object(R"("a":1e-400)"), " | number 0 '1e-400' | - | - | - | - | - | -"},
      {object(R"("a":"1")"), " | text '1' | - | - | - | - | - | -"},
      {object(R"("a":"")"), " | text '' | - | - | - | - | - | -"},
      {object(R"("a":true)"), " | true | - | - | - | - | - | -"},
      {object(R"("a":false)"), " | false | - | - | - | - | - | -"},
      {object(R"("a":null)"), " | null | - | - | - | - | - | -"},
      {object(R"("a":[])"), " | compound | - | - | - | - | - | -"},
      {object(R"("a":{"b":{},"c":[1,{"b":2}]})"), " | compound | compound | compound | - | - | - | -"},
      {object(R"("a":{"c":[[9],"x",3],"b":"y"})"), " | compound | text 'y' | text 'x' | - | - | - | -"},
      {object(R"("a":[{"b":1}])"), " | compound | - | - | - | - | - | -"},
      {object(R"("k.k":1,"k":{"k":2})"), " | - | - | - | number 1 '1' | number 2 '2' | - | -"},
      {object(R"("list":[{"x":[1,2]},5])"), " | - | - | - | - | - | compound | -"},
      {object(R"("list":[],"\u043a\u043b\u044e\u0447":"да")"), " | - | - | - | - | - | - | text 'да'"},
  };
  for (const LineCase& c : cases) EXPECT_EQ(only_line(c.line, setup), head + c.expected) << c.line;
}

TEST(JsonLineParser, AnArrayKnowsWhetherItHoldsANull) {
  const ParseSetup setup{.projection = {"a", "a[1]", "b.c"}};
  const std::string head = std::string(kShown) + " - file | ";
  const LineCase cases[] = {
      {object(R"("a":[null])"), " | compound with null | - | -"},
      {object(R"("a":[1,null,2])"), " | compound with null | null | -"},
      {object(R"("a":[ 1 , null ])"), " | compound with null | null | -"},
      {object(R"("a":[1,"null"])"), " | compound | text 'null' | -"},
      {object(R"("a":[[null],{"x":null}])"), " | compound | compound | -"},
      {object(R"("a":[1,[null]])"), " | compound | compound with null | -"},
      {object(R"("a":{"x":null})"), " | compound | - | -"},
      {object(R"("a":[null],"a":[1])"), " | compound | - | -"},
      {object(R"("x":[null],"b":{"c":[true,null]})"), " | - | - | compound with null"},
  };
  for (const LineCase& c : cases) EXPECT_EQ(only_line(c.line, setup), head + c.expected) << c.line;
}

TEST(JsonLineParser, TheLastOfDuplicateKeysCounts) {
  const ParseSetup setup{.projection = {"a", "a.b", "a.c"}};
  const std::string head = std::string(kShown) + " - file | ";
  const LineCase cases[] = {
      {object(R"("a":1,"a":2)"), " | number 2 '2' | - | -"},
      {object(R"("a":{"b":1},"a":{"c":2})"), " | compound | - | number 2 '2'"},
      {object(R"("a":{"b":1},"a":5)"), " | number 5 '5' | - | -"},
      {object(R"("a":{"b":1,"b":2,"c":3})"), " | compound | number 2 '2' | number 3 '3'"},
      {object(R"("a":5,"\u0061":{"b":1})"), " | compound | number 1 '1' | -"},
  };
  for (const LineCase& c : cases) EXPECT_EQ(only_line(c.line, setup), head + c.expected) << c.line;
  EXPECT_EQ(only_line(R"({"ts":"nonsense","ts":"2023-01-29T17:20:11Z"})"), head);
}

TEST(JsonLineParser, Unescapes) {
  const std::string head = std::string(kShown) + " - file | ";
  const LineCase cases[] = {
      {R"("msg":"a\"b\\c\/d")", "a\"b\\c/d"},
      {R"("msg":"\b\f\n\r\t")", "\b\f\n\r\t"},
      {R"("msg":"\u0041\u00e9\u20AC\ud83d\ude00!")", "Aé€😀!"},
      {R"("m\u0073g":"by key")", "by key"},
      {R"("msg":"plain","skipped":"\\\"\u0000")", "plain"},
      {R"("msg":"ends in \\")", "ends in \\"},
  };
  for (const LineCase& c : cases) EXPECT_EQ(only_line(object(c.line)), head + c.expected) << c.line;
}

TEST(JsonLineParser, OffersPartsUnderTheirNames) {
  const ParseSetup setup{
      .projection = {"@timestamp", "@level", "@message", "@latency", "@trace", "@upstream", "@service"}};
  EXPECT_EQ(
      only_line(object(R"("service":"pay","level":"err","msg":"hi","dur_us":1500,"trace_id":"t","caller":"c")"), setup),
      std::string(kShown) +
          " ERROR pay | hi | latency=1.5 | trace=t | upstream=c | text '2023-01-29T17:20:11.000Z' | "
          "text 'ERROR' | text 'hi' | number 1.5 '1.5' | text 't' | text 'c' | text 'pay'");
  EXPECT_EQ(only_line(object(R"("@level":7,"@message":null)"), setup),
            std::string(kShown) +
                " - file |  | text '2023-01-29T17:20:11.000Z' | number 7 '7' | null | - | - | - | text 'file'");
}

TEST(JsonLineParser, NamesWhatIsWrongWithALine) {
  const std::string deep(100'000, '[');
  const std::string deep_closed = deep + std::string(100'000, ']');
  const LineCase cases[] = {
      {"", "0 lines"},
      {"\n", "dead empty"},
      {" \t\r\n", "dead empty"},
      {"\xEF\xBB\xBF", "dead empty"},
      {"{}", "dead no_timestamp"},
      {R"({"ts":null})", "dead no_timestamp"},
      {R"({"ts":""})", "dead bad_timestamp"},
      {R"({"ts":true})", "dead bad_timestamp"},
      {R"({"ts":{}})", "dead bad_timestamp"},
      {R"({"ts":-6795364578871345152})", "dead bad_timestamp"},
      {R"({"ts":"2023-02-30T00:00:00Z"})", "dead bad_timestamp"},
      {"{", "dead broken_json"},
      {"}", "dead broken_json"},
      {"hello", "dead broken_json"},
      {"[1]", "dead broken_json"},
      {"\"text\"", "dead broken_json"},
      {"null", "dead broken_json"},
      {object("\"a\":1") + "}", "dead broken_json"},
      {object(R"("a":1)") + "x", "dead broken_json"},
      {object(R"("a":1)") + object(R"("a":1)"), "dead broken_json"},
      {object(R"("a":1,)"), "dead broken_json"},
      {object(R"("a")"), "dead broken_json"},
      {object(R"("a":)"), "dead broken_json"},
      {object(R"("a" 1)"), "dead broken_json"},
      {object(R"("a":1 2)"), "dead broken_json"},
      {object(R"("a":"x""y")"), "dead broken_json"},
      {object(R"("a":"x"y)"), "dead broken_json"},
      {object(R"("a":tru)"), "dead broken_json"},
      {object(R"("a":truee)"), "dead broken_json"},
      {object(R"("a":nul"l")"), "dead broken_json"},
      {object(R"("a":True)"), "dead broken_json"},
      {object(R"("a":NaN)"), "dead broken_json"},
      {object(R"("a":01)"), "dead broken_json"},
      {object(R"("a":+1)"), "dead broken_json"},
      {object(R"("a":-)"), "dead broken_json"},
      {object(R"("a":1.)"), "dead broken_json"},
      {object(R"("a":.5)"), "dead broken_json"},
      {object(R"("a":1e)"), "dead broken_json"},
      {object(R"("a":0x10)"), "dead broken_json"},
      {object(R"("a":[1,])"), "dead broken_json"},
      {object(R"("a":[1 2])"), "dead broken_json"},
      {object(R"("a":[1})"), "dead broken_json"},
      {object(R"("a":[1)"), "dead broken_json"},
      {object(R"("a":"open)"), "dead broken_json"},
      {object(R"("a":"\x")"), "dead broken_json"},
      {object(R"("a":"\u12g4")"), "dead broken_json"},
      {object(R"("a":"\u12")"), "dead broken_json"},
      {object(R"("a":"\ud800")"), "dead broken_json"},
      {object(R"("a":"\ud800\u0041")"), "dead broken_json"},
      {object(R"("a":"\udc00")"), "dead broken_json"},
      {object(R"("\q":1)"), "dead broken_json"},
      {object("1:2"), "dead broken_json"},
      {object("\"a\":\"\t\""), "dead broken_json"},
      {object("\"a\":\"\xC3\""), "dead invalid_utf8"},
      {object("\"a\":\"\xED\xA0\x80\""), "dead invalid_utf8"},
      {"\xFF", "dead invalid_utf8"},
      {object(std::string("\"a\":\"x\0y\"", 9)), "dead nul_byte"},
      {object(std::string("\"a\":1\0", 6)), "dead nul_byte"},
      {object("\"a\":" + deep_closed), "dead too_deep"},
      {object("\"a\":" + deep), "dead too_deep"},
      {deep_closed, "dead too_deep"},
      {object("\"msg\":{\"x\":" + deep_closed + "}"), "dead too_deep"},
  };
  for (const LineCase& c : cases) EXPECT_EQ(only_line(c.line), c.expected) << c.line.substr(0, 200);
}

TEST(JsonLineParser, NestsUpToTheLimit) {
  const auto nested = [](std::size_t depth) {  // the object itself is one level
    return object("\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']'));
  };
  EXPECT_EQ(only_line(nested(1024)), std::string(kShown) + " - file | ");
  EXPECT_EQ(only_line(nested(1025)), "dead too_deep");
}

TEST(JsonLineParser, ABrokenLineLeavesItsNeighboursAlone) {
  const std::string good = object(R"("msg":"a\tb")") + "\n";
  const std::string shown = std::string(kShown) + " - file | a\tb";
  for (const std::string& bad :
       {std::string("{\"a\":\"open"), std::string("{\"a\":1"), std::string("}"), std::string(",\"b\":2}"),
        std::string("{\"a\":["), std::string("[[[["), std::string("\xC3"), std::string("\\"),
        std::string("{\"a\":\"x\\"), std::string("\""), std::string(600, '['), std::string("x"), std::string(1, '\0'),
        std::string("{\"ts\":"), std::string("{\"ts\"")}) {
    std::string text = good;
    text += bad;
    text += "\n" + good + bad + "\n" + bad + "\r\n" + good;
    const std::vector<std::string> lines = describe(*parse_text(text));
    ASSERT_EQ(lines.size(), 6U) << bad;
    for (const std::size_t i : {0U, 2U, 5U}) EXPECT_EQ(lines[i], shown) << bad;
    for (const std::size_t i : {1U, 3U, 4U}) EXPECT_EQ(lines[i].substr(0, 4), "dead") << bad;
  }
}

TEST(JsonLineParser, CutsLongLines) {
  const std::string good = object(R"("msg":"ok")");
  const ParseSetup setup{.max_line = good.size()};
  const std::string shown = std::string(kShown) + " - file | ok";
  EXPECT_EQ(only_line(good, setup), shown);
  EXPECT_EQ(only_line(good + "   ", setup), shown + " | truncated");
  EXPECT_EQ(only_line(object(R"("msg":"longer than it may be")"), setup), "dead too_long");
  const std::vector<std::string> lines =
      describe(*parse_text(good + "\n" + object(R"("msg":"longer than it may be")") + "\n" + good + "\n", setup));
  EXPECT_EQ(lines, (std::vector<std::string>{shown, "dead too_long", shown}));
}

TEST(JsonLineParser, ALineThatTheReaderCutIsTooLong) {
  EXPECT_EQ(only_line(R"({"ts":"2023-01-29T17:20:11Z","msg":"abc)", {.dropped_bytes = 100}), "dead too_long");
}

TEST(JsonLineParser, ABatchObjectMayBeUsedAgainByAnotherParser) {
  ParsedBatch batch;
  batch.raw.bytes = object(R"("a":1,"msg":"one\n")") + "\n";
  make_parser({.projection = {"a"}})->parse(batch);
  EXPECT_EQ(describe(batch)[0], std::string(kShown) + " - file | one\n | number 1 '1'");
  batch.raw.bytes = object(R"("b":[2],"msg":"two\n")") + "\n";
  make_parser({.projection = {"a", "b", "b[0]"}})->parse(batch);
  EXPECT_EQ(describe(batch)[0], std::string(kShown) + " - file | two\n | - | compound | number 2 '2'");
  EXPECT_EQ(batch.lines, 1U);
}

}  // namespace
}  // namespace tocsin::test
