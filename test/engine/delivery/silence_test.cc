#include "engine/delivery/silence.h"

#include <gtest/gtest.h>

#include <random>

#include "engine/delivery/silence_set.h"

namespace tocsin {
namespace {

using Labels = std::map<std::string, std::string>;

std::string read(const std::string& text) {
  std::string problem;
  const std::optional<LabelMatcher> matcher = parse_label_matcher(text, problem);
  return matcher ? to_text(*matcher) : "error: " + problem;
}

TEST(LabelMatcher, IsRead) {
  const std::string expected =
      "error: expected name=value, name!=value, name=~regex or name!~regex, such as service=payment";
  const std::pair<const char*, std::string> rows[] = {
      {"service=payment", "service=\"payment\""},
      {"service!=payment", "service!=\"payment\""},
      {"alarm=~error-.*", "alarm=~\"error-.*\""},
      {"alarm!~error-.*", "alarm!~\"error-.*\""},
      {" service = payment ", "service=\"payment\""},
      {"service=\"a b\"", "service=\"a b\""},
      {"service = \" a \" ", "service=\" a \""},
      {"service=a b", "service=\"a b\""},
      {"service=", "service=\"\""},
      {"service=\"\"", "service=\"\""},
      {"service==x", "service=\"=x\""},
      {R"(service="say \"hi\"")", R"(service="say \"hi\"")"},
      {R"(service="two\nlines")", R"(service="two\nlines")"},
      {R"(alarm=~"err\d+")", R"(alarm=~"err\\d+")"},
      {R"(alarm=~err\.x)", R"(alarm=~"err\\.x")"},
      {R"(service=back\\slash)", R"(service="back\\slash")"},
      {R"(service=end\)", R"(service="end\\")"},
      {"service=größe", "service=\"größe\""},
      {"", expected},
      {"service", expected},
      {"=payment", expected},
      {"9lives=x", expected},
      {"ser-vice=x", expected},
      {"service~=x", expected},
      {"service=\"open", "error: the closing quote is missing"},
      {"service=\"a\"b", "error: nothing may follow the closing quote"},
      {"service=a\"b", "error: a quote within a value is written \\\""},
      {"alarm=~(", "error: the regular expression can't be used: missing ): ("},
      {"alarm=~(a{1000}){1000}", "error: the regular expression can't be used: invalid repetition size: {1000}"},
      {R"(alarm=~\pL{900})", "error: the regular expression can't be used: pattern too large - compile failed"},
      {"alarm=~((a{100}){100}){10}", "error: the regular expression can't be used: invalid repetition size: {100}"},
  };
  for (const auto& [text, result] : rows) EXPECT_EQ(read(text), result) << text;
  EXPECT_EQ(read("a=" + std::string(5000, 'x')), "error: the value is longer than 4096 bytes");
}

TEST(LabelMatcher, Matches) {
  struct Row {
    std::vector<std::string> matchers;
    Labels labels;
    bool match;
  };
  const Row rows[] = {
      {{"a=x"}, {{"a", "x"}}, true},
      {{"a=x"}, {{"a", "xx"}}, false},
      {{"a=x"}, {}, false},
      {{"a="}, {{"b", "x"}}, true},
      {{"a!=x"}, {{"a", "y"}}, true},
      {{"a!=x"}, {}, true},
      {{"a!=x"}, {{"a", "x"}}, false},
      {{"a=~x|y"}, {{"a", "y"}}, true},
      {{"a=~x|y"}, {{"a", "xy"}}, false},
      {{"a=~x.*"}, {{"a", "x\ny"}}, true},
      {{"a=~x"}, {{"a", "axa"}}, false},
      {{"a!~x.*"}, {{"a", "xy"}}, false},
      {{"a!~x.*"}, {{"a", "yx"}}, true},
      {{"a=~.*"}, {}, true},
      {{"a=x", "b=y"}, {{"a", "x"}, {"b", "y"}}, true},
      {{"a=x", "b=y"}, {{"a", "x"}, {"b", "z"}}, false},
      {{}, {{"a", "x"}}, false},
  };
  for (const Row& row : rows) {
    std::vector<LabelMatcher> matchers;
    for (const std::string& text : row.matchers) {
      std::string problem;
      matchers.push_back(parse_label_matcher(text, problem).value());
    }
    EXPECT_EQ(matches(matchers, row.labels), row.match) << (row.matchers.empty() ? "" : row.matchers[0]);
  }
}

TEST(LabelMatcher, WhatIsPrintedReadsBackTheSame) {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    LabelMatcher matcher{.name = "a",
                         .kind = random() % 2 == 0 ? LabelMatcher::Kind::kEqual : LabelMatcher::Kind::kNotEqual};
    const std::string bytes = "\"\\n\n =~!x\t{}";
    for (unsigned k = random() % 8; k > 0; --k) matcher.value += bytes[random() % bytes.size()];
    std::string problem;
    const std::optional<LabelMatcher> read_again = parse_label_matcher(to_text(matcher), problem);
    ASSERT_TRUE(read_again) << to_text(matcher) << ": " << problem;
    EXPECT_EQ(read_again->value, matcher.value);
    EXPECT_EQ(read_again->kind, matcher.kind);
  }
}

TEST(Silence, ProblemsAreNamed) {
  const LabelMatcher payment{"service", LabelMatcher::Kind::kEqual, "payment"};
  const LabelMatcher anything{"service", LabelMatcher::Kind::kMatches, ".*"};
  EXPECT_EQ(silence_problem({.matchers = {payment}, .from = {1}, .until = {2}}), "");
  EXPECT_EQ(silence_problem({.matchers = {payment, anything}, .from = {1}, .until = {2}}), "");
  EXPECT_EQ(silence_problem({.matchers = {}, .from = {1}, .until = {2}}),
            "at least one matcher is needed, such as service=payment");
  EXPECT_EQ(silence_problem({.matchers = {anything}, .from = {1}, .until = {2}}),
            "at least one matcher must not match the empty text, or nearly everything would be silenced");
  EXPECT_EQ(silence_problem({.matchers = {payment}, .from = {2000}, .until = {2000}}),
            "it ends (1970-01-01 00:00:02Z) before it begins (1970-01-01 00:00:02Z)");
}

TEST(SilenceSet, NamesWhatEndsLastAndFollowsWhatTouches) {
  const LabelMatcher payment{"service", LabelMatcher::Kind::kEqual, "payment"};
  SilenceSet set;
  set.set_silences({{.id = "a", .matchers = {payment}, .from = {10}, .until = {20}, .comment = "deploy"},
                    {.id = "b", .matchers = {payment}, .from = {15}, .until = {30}},
                    {.id = "c", .matchers = {payment}, .from = {30}, .until = {40}}});
  const Labels labels = {{"service", "payment"}};
  EXPECT_EQ(set.active(labels, {9}), "");
  EXPECT_EQ(set.active(labels, {10}), "silence a: deploy");
  EXPECT_EQ(set.active(labels, {19}), "silence b");
  EXPECT_EQ(set.active(labels, {40}), "");
  EXPECT_EQ(set.active({{"service", "cart"}}, {15}), "");
  EXPECT_EQ(set.silenced_until(labels, {9}).ms, 9);
  EXPECT_EQ(set.silenced_until(labels, {10}).ms, 40);
  set.set_maintenance(
      {{.matchers = {payment}, .every = {.days = 0x7f, .time_of_day = {}}, .duration = Period::days(1)}});
  EXPECT_EQ(set.active(labels, {9}), "maintenance daily 00:00 for 1d");
  EXPECT_GT(set.silenced_until(labels, {9}), EventTime{} + Period::days(60)) << "windows without end";
}

}  // namespace
}  // namespace tocsin
