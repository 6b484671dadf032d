// A word of a text line that states the line's level: ERROR, [error], Error:, <warn>, production.ERROR: and the like.
#pragma once

#include <string_view>

#include "engine/event/log_event.h"

namespace tocsin {

struct LevelToken {
  Level level = Level::kNone;
  std::string_view word;    // as written, without brackets and colon
  std::string_view before;  // "production" of production.ERROR:
  bool sure = false;        // in brackets, before a colon or in capitals; else it may be a word of a sentence
};

// kNone where `token` (one word, no blanks) states no level.
LevelToken read_level_token(std::string_view token);

// What is left of a token without one pair of brackets around it and a colon behind it.
struct BareToken {
  std::string_view text;
  bool bracketed = false;
  bool colon = false;
};
BareToken bare_token(std::string_view token);

}  // namespace tocsin
