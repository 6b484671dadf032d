#include "replay/path_glob.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "test/replay/archives.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

struct NameCase {
  std::string pattern, name;
  bool matches;
};

TEST(MatchesName, WildcardsAndSets) {
  const std::vector<NameCase> cases{
      {"*", "a", true},           {"*", "", true},          {"*", ".a", false},
      {".*", ".a", true},         {"a*c", "abbc", true},    {"a*c", "abcd", false},
      {"*a*b*c", "xaybzc", true}, {"*.log", "x.log", true}, {"*.log", "x.log.1", false},
      {"?", "a", true},           {"?", "", false},         {"?", ".", false},
      {"a?c", "abc", true},       {"[a-c]x", "bx", true},   {"[a-c]x", "dx", false},
      {"[!a-c]x", "dx", true},    {"[^a-c]x", "ax", false}, {"[]]", "]", true},
      {"[a-]", "-", true},        {"[", "[", true},         {"[ab", "[ab", true},
      {"\\*", "*", true},         {"\\*", "a", false},      {"a\\", "a\\", true},
      {"[\\]a]", "]", true},      {"**", "ab", true},       {"a", "A", false},
      {"[z-a]", "m", false},
  };
  for (const NameCase& one : cases)
    EXPECT_EQ(matches_name(one.pattern, one.name), one.matches) << one.pattern << " " << one.name;
}

// The obvious way, exponential in the stars.
bool matches_slowly(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern[0] == '*')
    return matches_slowly(pattern.substr(1), name) || (!name.empty() && matches_slowly(pattern, name.substr(1)));
  return !name.empty() && (pattern[0] == '?' || pattern[0] == name[0]) &&
         matches_slowly(pattern.substr(1), name.substr(1));
}

TEST(MatchesName, AsTheObviousWay) {
  std::mt19937 random(1);
  const auto text = [&random](std::string_view letters, std::size_t most) {
    std::string out;
    for (std::size_t size = random() % (most + 1); out.size() < size;) out += letters[random() % letters.size()];
    return out;
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::string pattern = text("ab*?", 7), name = text("ab", 8);
    ASSERT_EQ(matches_name(pattern, name), matches_slowly(pattern, name)) << pattern << " " << name;
  }
}

TEST(ExpandBraces, MakesAlternatives) {
  EXPECT_THAT(expand_braces("a{b,c}d"), ElementsAre("abd", "acd"));
  EXPECT_THAT(expand_braces("{a,b}{1,2}"), ElementsAre("a1", "a2", "b1", "b2"));
  EXPECT_THAT(expand_braces("x{a,{b,c}y}"), ElementsAre("xa", "xby", "xcy"));
  EXPECT_THAT(expand_braces("a{b}c"), ElementsAre("a{b}c"));
  EXPECT_THAT(expand_braces("a{b,c"), ElementsAre("a{b,c"));
  EXPECT_THAT(expand_braces("a\\{b,c}"), ElementsAre("a\\{b,c}"));
  EXPECT_THAT(expand_braces("a{,.gz}"), ElementsAre("a", "a.gz"));
  std::string many;
  for (int i = 0; i < 40; ++i) many += "{a,b}";
  EXPECT_LE(expand_braces(many).size(), 1024u);
}

TEST(PathGlob, MatchesPaths) {
  const std::vector<NameCase> cases{
      {"/a/*.log", "/a/x.log", true},     {"/a/*.log", "/a/b/x.log", false},
      {"/a/**/*.log", "/a/x.log", true},  {"/a/**/*.log", "/a/b/c/x.log", true},
      {"/a/**/*.log", "/b/x.log", false}, {"/**/x", "/x", true},
      {"/**/b/**/x", "/a/b/c/x", true},   {"/**/b/**/x", "/a/c/x", false},
      {"/a/**", "/a/b/c", true},          {"/a/**", "/a", false},
      {"/a/**/x", "/a/.h/x", false},      {"/a//b", "/a/b", true},
      {"/a/./b", "/a/b", true},           {"/*/x", "/a/x", true},
      {"/**/**/x", "/a/x", true},
  };
  for (const NameCase& one : cases)
    EXPECT_EQ(PathGlob(one.pattern).matches(one.name), one.matches) << one.pattern << " " << one.name;
}

// What is found by walking is what matches.
TEST(PathGlob, WalksToWhatMatches) {
  const test::TemporaryFolder folder;
  const std::vector<std::string> names{"a.log",       "b.txt",    "d/a.log",  "d/e/a.log",
                                       "d/e/f/b.log", ".h/a.log", "d/.a.log", "x/a.log"};
  for (const std::string& name : names) {
    fs::create_directories(fs::path(folder.path(name)).parent_path());
    folder.write(name, "");
  }
  fs::create_directory_symlink(folder.path("d"), folder.path("link"));
  for (const std::string pattern : {"*.log", "**/*.log", "d/**", "*/a.log", "d/*/a.log", "**/e/**/*.log", "a.log",
                                    "{a,b}.*", "none/*.log", "link/a.log", "**"}) {
    const PathSelection selection({pattern}, {"b.*"}, fs::path(folder.path("x")).parent_path().string());
    std::vector<std::string> found, expected;
    selection.walk({.file = [&](const std::string& path) { found.push_back(path); }, .folder = {}, .problem = {}});
    for (const std::string& name : names) {
      if (selection.matches(folder.path(name))) expected.push_back(folder.path(name));
    }
    if (pattern == "link/a.log" || pattern == "*/a.log") expected.push_back(folder.path("link/a.log"));
    std::ranges::sort(found);
    std::ranges::sort(expected);
    EXPECT_EQ(found, expected) << pattern;
  }
}

TEST(PathGlob, SaysWhereSomethingMayAppear) {
  const test::TemporaryFolder folder;
  fs::create_directories(folder.path("a/b"));
  std::vector<std::string> folders;
  const PathGlob glob(folder.path("a/*/none/x.log"));
  glob.walk({.file = [](const std::string&) {},
             .folder =
                 [&](const std::string& path, bool for_files) {
                   EXPECT_FALSE(for_files);
                   folders.push_back(path);
                 },
             .problem = {}});
  EXPECT_THAT(folders, ElementsAre(folder.path("a"), folder.path("a/b")));
}

}  // namespace
}  // namespace tocsin
