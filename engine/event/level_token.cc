#include "engine/event/level_token.h"

#include <algorithm>
#include <array>

#include "engine/event/text_scan.h"

namespace tocsin {
namespace {

// Level words that sentences use too count in capitals or brackets only.
constexpr std::array<std::string_view, 13> kSureInLowerCase = {"trace",   "debug", "info", "notice", "warn",
                                                               "warning", "error", "err",  "crit",   "critical",
                                                               "fatal",   "alert", "emerg"};

char closing_of(char opening) {
  switch (opening) {
    case '[':
      return ']';
    case '(':
      return ')';
    case '<':
      return '>';
    default:
      return '\0';
  }
}

}  // namespace

BareToken bare_token(std::string_view token) {
  BareToken bare{.text = token};
  if (bare.text.ends_with(':')) {
    bare.colon = true;
    bare.text.remove_suffix(1);
  }
  if (bare.text.size() >= 2 && closing_of(bare.text.front()) != '\0' &&
      bare.text.back() == closing_of(bare.text.front())) {
    bare.bracketed = true;
    bare.text.remove_prefix(1);
    bare.text.remove_suffix(1);
    while (!bare.text.empty() && is_blank(bare.text.front())) bare.text.remove_prefix(1);
    bare.text = without_blanks_behind(bare.text);
  }
  return bare;
}

LevelToken read_level_token(std::string_view token) {
  const BareToken bare = bare_token(token);
  LevelToken out{.word = bare.text};
  const std::size_t dot = bare.text.rfind('.');
  if (bare.colon && dot != std::string_view::npos && dot > 0) {
    out.before = bare.text.substr(0, dot);
    out.word = bare.text.substr(dot + 1);
  }
  if (out.word.empty() || !std::ranges::all_of(out.word, is_letter)) return {};
  const bool capitals = std::ranges::all_of(out.word, is_upper);
  const bool marked = bare.bracketed || bare.colon;
  if (!out.before.empty() && !capitals) return {};
  if (!marked && out.word.size() == 1) return {};
  if (!marked && !capitals && std::ranges::find(kSureInLowerCase, out.word) == kSureInLowerCase.end()) return {};
  out.level = parse_level(out.word);
  if (out.level == Level::kNone) return {};
  out.sure = marked || capitals;
  return out;
}

}  // namespace tocsin
