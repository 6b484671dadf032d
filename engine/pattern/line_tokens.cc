#include "engine/pattern/line_tokens.h"

#include "engine/base/ensure.h"

namespace tocsin {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// The place of the mark that closes the field opened at line[begin], where a blank or the end of the line follows it.
std::size_t closing_mark(std::string_view line, std::size_t begin, char close) {
  for (std::size_t at = line.find(close, begin + 1); at != std::string_view::npos; at = line.find(close, at + 1)) {
    if (at + 1 == line.size() || is_blank(line[at + 1])) return at;
  }
  return std::string_view::npos;
}

}  // namespace

void LineTokens::read(std::string_view line) {
  while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
  line_ = line;
  tokens_.clear();
  // Once a mark is not closed in the rest of the line, no later one is.
  bool quotes_close = true;
  bool brackets_close = true;
  for (std::size_t at = 0; at < line.size();) {
    if (is_blank(line[at])) {
      ++at;
      continue;
    }
    const bool quote = line[at] == '"' && quotes_close;
    const bool bracket = line[at] == '[' && brackets_close;
    const std::size_t close = quote || bracket ? closing_mark(line, at, quote ? '"' : ']') : std::string_view::npos;
    if (close != std::string_view::npos) {
      tokens_.push_back({at, line.substr(at + 1, close - at - 1)});
      at = close + 1;
      continue;
    }
    if (quote) quotes_close = false;
    if (bracket) brackets_close = false;
    const std::size_t begin = at;
    while (at < line.size() && !is_blank(line[at])) ++at;
    tokens_.push_back({begin, line.substr(begin, at - begin)});
  }
}

std::string_view LineTokens::at(TokenPlace place) const {
  ENSURE(place.index < tokens_.size());
  switch (place.kind) {
    case TokenPlace::Kind::kFront:
      return tokens_[place.index].text;
    case TokenPlace::Kind::kBack:
      return tokens_[tokens_.size() - 1 - place.index].text;
    case TokenPlace::Kind::kRest:
      if (place.index + 1 == tokens_.size()) return tokens_.back().text;
      return line_.substr(tokens_[place.index].begin);
  }
  ENSURE(false);
}

}  // namespace tocsin
