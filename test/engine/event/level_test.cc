#include <gtest/gtest.h>

#include "engine/event/dead_letter.h"
#include "engine/event/level_token.h"
#include "engine/event/log_event.h"

namespace tocsin {
namespace {

struct LevelCase {
  std::string_view text;
  Level expected;
};

TEST(Level, FoldsTheWordsOfAllFormats) {
  const LevelCase cases[] = {
      {"TRACE", Level::kTrace}, {"debug", Level::kDebug},  {"Info", Level::kInfo},      {"notice", Level::kInfo},
      {"warn", Level::kWarn},   {"WARNING", Level::kWarn}, {"W", Level::kWarn},         {"error", Level::kError},
      {"ERR", Level::kError},   {"e", Level::kError},      {"critical", Level::kFatal}, {"alert", Level::kFatal},
      {"emerg", Level::kFatal}, {"panic", Level::kFatal},  {"FATAL", Level::kFatal},    {"SEVERE", Level::kError},
      {"0", Level::kFatal},     {"3", Level::kError},      {"4", Level::kWarn},         {"7", Level::kDebug},
      {"8", Level::kNone},      {"10", Level::kTrace},     {"30", Level::kInfo},        {"35", Level::kInfo},
      {"60", Level::kFatal},    {"70", Level::kNone},      {"007", Level::kNone},       {" info ", Level::kInfo},
      {"", Level::kNone},       {"erro", Level::kNone},    {"errors", Level::kNone},    {"x", Level::kNone},
      {"-1", Level::kNone},     {"12.5", Level::kNone},    {"INF\xD6", Level::kNone},
  };
  for (const LevelCase& c : cases) EXPECT_EQ(to_text(parse_level(c.text)), to_text(c.expected)) << c.text;
}

TEST(Level, PrintsReadBack) {
  for (const Level level : {Level::kTrace, Level::kDebug, Level::kInfo, Level::kWarn, Level::kError, Level::kFatal}) {
    EXPECT_EQ(parse_level(to_text(level)), level);
  }
}

struct TokenCase {
  std::string_view token;
  std::string_view expected;  // level, word and what stands before it
  bool sure;
};

TEST(LevelToken, TellsLevelsFromWords) {
  const TokenCase cases[] = {
      {"ERROR", "ERROR ERROR ", true},
      {"error", "ERROR error ", false},
      {"Error", " ", false},
      {"Error:", "ERROR Error ", true},
      {"[error]", "ERROR error ", true},
      {"[Error]:", "ERROR Error ", true},
      {"(warn)", "WARN warn ", true},
      {"<info>", "INFO info ", true},
      {"[ INFO ]", "INFO INFO ", true},
      {"I", " ", false},
      {"[I]", "INFO I ", true},
      {"fine", " ", false},
      {"FINE", "DEBUG FINE ", true},
      {"[3]", " ", false},
      {"local.INFO:", "INFO INFO local", true},
      {"local.info:", " ", false},
      {"java.lang.Error:", " ", false},
      {":", " ", false},
      {"[]", " ", false},
      {"", " ", false},
      {"[error", " ", false},
  };
  for (const TokenCase& c : cases) {
    const LevelToken token = read_level_token(c.token);
    std::string shown = std::string(to_text(token.level)) + " ";
    if (token.level != Level::kNone) shown += std::string(token.word) + " " + std::string(token.before);
    EXPECT_EQ(shown, c.expected) << c.token;
    EXPECT_EQ(token.sure, c.sure) << c.token;
  }
}

}  // namespace
}  // namespace tocsin
