#include "engine/event/log_event.h"

#include <array>

namespace tocsin {
namespace {

struct LevelWord {
  std::string_view word;
  Level level;
};

// The words of syslog, the log4j family, Python, Go, .NET, Java's own logging and journald.
constexpr std::array kLevelWords = {
    LevelWord{"info", Level::kInfo},          LevelWord{"error", Level::kError},
    LevelWord{"warn", Level::kWarn},          LevelWord{"warning", Level::kWarn},
    LevelWord{"debug", Level::kDebug},        LevelWord{"trace", Level::kTrace},
    LevelWord{"fatal", Level::kFatal},        LevelWord{"critical", Level::kFatal},
    LevelWord{"crit", Level::kFatal},         LevelWord{"alert", Level::kFatal},
    LevelWord{"emerg", Level::kFatal},        LevelWord{"emergency", Level::kFatal},
    LevelWord{"panic", Level::kFatal},        LevelWord{"dpanic", Level::kFatal},
    LevelWord{"err", Level::kError},          LevelWord{"severe", Level::kError},
    LevelWord{"notice", Level::kInfo},        LevelWord{"information", Level::kInfo},
    LevelWord{"informational", Level::kInfo}, LevelWord{"config", Level::kInfo},
    LevelWord{"fine", Level::kDebug},         LevelWord{"finer", Level::kTrace},
    LevelWord{"finest", Level::kTrace},       LevelWord{"verbose", Level::kTrace},
    LevelWord{"dbg", Level::kDebug},          LevelWord{"inf", Level::kInfo},
    LevelWord{"wrn", Level::kWarn},           LevelWord{"ftl", Level::kFatal},
};

Level level_of_letter(char letter) {
  switch (letter | 0x20) {
    case 't':
    case 'v':
      return Level::kTrace;
    case 'd':
      return Level::kDebug;
    case 'i':
    case 'n':
      return Level::kInfo;
    case 'w':
      return Level::kWarn;
    case 'e':
      return Level::kError;
    case 'f':
    case 'c':
      return Level::kFatal;
    default:
      return Level::kNone;
  }
}

// 0 to 7 are syslog severities, 10 to 69 the levels of bunyan and pino with room for own ones in between.
Level level_of_number(int number) {
  constexpr std::array kSyslog = {Level::kFatal, Level::kFatal, Level::kFatal, Level::kError,
                                  Level::kWarn,  Level::kInfo,  Level::kInfo,  Level::kDebug};
  constexpr std::array kTens = {Level::kTrace, Level::kDebug, Level::kInfo, Level::kWarn, Level::kError, Level::kFatal};
  if (number < 8) return kSyslog[static_cast<std::size_t>(number)];
  if (number >= 10 && number < 70) return kTens[static_cast<std::size_t>(number / 10 - 1)];
  return Level::kNone;
}

bool equal_folded(std::string_view text, std::string_view lower) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c) != lower[i]) return false;
  }
  return true;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

std::string_view to_text(Level level) {
  switch (level) {
    case Level::kNone:
      return "";
    case Level::kTrace:
      return "TRACE";
    case Level::kDebug:
      return "DEBUG";
    case Level::kInfo:
      return "INFO";
    case Level::kWarn:
      return "WARN";
    case Level::kError:
      return "ERROR";
    case Level::kFatal:
      return "FATAL";
  }
  return "";
}

Level parse_level(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  if (text.size() == 1) return is_digit(text[0]) ? level_of_number(text[0] - '0') : level_of_letter(text[0]);
  if (text.size() == 2 && is_digit(text[0]) && is_digit(text[1]) && text[0] != '0') {
    return level_of_number((text[0] - '0') * 10 + (text[1] - '0'));
  }
  for (const LevelWord& entry : kLevelWords) {
    if (entry.word.size() == text.size() && equal_folded(text, entry.word)) return entry.level;
  }
  return Level::kNone;
}

}  // namespace tocsin
