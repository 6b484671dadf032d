#include "engine/pattern/lexer.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "engine/base/text.h"
#include "engine/pattern/characters.h"

namespace tocsin {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
// Of a field's name after a dot.
bool is_key(char c) {
  return is_name(c) || static_cast<unsigned char>(c) >= 0x80;
}

// Of a value without quotes: addresses and names of hosts, resources and paths need none.
bool is_word(char c) {
  return is_key(c) || std::string_view("*.:/@+#?~,;").find(c) != std::string_view::npos;
}

// Of a value without quotes between brackets: what is no blank and does not end it.
bool is_word_in_brackets(char c) {
  return !is_blank(c) && std::string_view(",[]()=!<>&|\"%").find(c) == std::string_view::npos;
}

// The character that begins at text[at], for a message.
std::string shown(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  return "'" + printable(text.substr(at, end - at)) + "'";
}

}  // namespace

bool fail_pattern(PatternError& error, std::size_t column, std::string message, std::string hint) {
  error = {column, std::move(message), std::move(hint)};
  return false;
}

void PatternLexer::skip_blanks() {
  while (!at_end() && is_blank(peek())) ++at_;
}

void PatternLexer::start(PatternToken& token) {
  skip_blanks();
  token = PatternToken{};
  token.column = at_;
}

bool PatternLexer::next(PatternToken& token, PatternError& error) {
  start(token);
  if (at_end()) return true;
  if (peek() != '[' && peek() != ']' && peek() != ',' && read_symbol(token)) return true;
  if (peek() == '$') return read_selector(token, error);
  if (peek() == '"' || peek() == '%') return read_value(token, error);
  if (!is_word(peek())) return fail_pattern(error, at_, "unexpected " + shown(text_, at_));
  token.kind = PatternTokenKind::kWord;
  while (!at_end() && is_word(peek())) token.text += text_[at_++];
  return true;
}

bool PatternLexer::next_in_brackets(PatternToken& token, PatternError& error) {
  start(token);
  if (at_end()) return true;
  if (read_symbol(token)) return true;
  if (peek() == '"' || peek() == '%') return read_value(token, error);
  if (!is_word_in_brackets(peek())) return fail_pattern(error, at_, "unexpected " + shown(text_, at_));
  token.kind = PatternTokenKind::kWord;
  while (!at_end() && is_word_in_brackets(peek())) token.text += text_[at_++];
  if (token.text == "...") token.kind = PatternTokenKind::kEllipsis;
  return true;
}

bool PatternLexer::read_value(PatternToken& token, PatternError& error) {
  if (peek() == '"') {
    token.kind = PatternTokenKind::kString;
    return read_quoted('"', token.text, error);
  }
  token.kind = PatternTokenKind::kRegex;
  return read_regex(token.text, error);
}

bool PatternLexer::read_regex(std::string& out, PatternError& error) {
  const std::size_t open = at_++;
  const std::size_t close = text_.find('%', at_);
  if (close == std::string_view::npos) {
    return fail_pattern(error, open, "the regular expression is never closed", "add the closing %");
  }
  out = text_.substr(at_, close - at_);
  at_ = close + 1;
  return true;
}

bool PatternLexer::read_symbol(PatternToken& token) {
  struct Symbol {
    std::string_view text;
    PatternTokenKind kind;
  };
  // Longer symbols first.
  static constexpr Symbol kSymbols[] = {
      {"&&", PatternTokenKind::kAnd},
      {"||", PatternTokenKind::kOr},
      {"!=", PatternTokenKind::kOperator},
      {"<=", PatternTokenKind::kOperator},
      {">=", PatternTokenKind::kOperator},
      {"=", PatternTokenKind::kOperator},
      {"<", PatternTokenKind::kOperator},
      {">", PatternTokenKind::kOperator},
      {"{", PatternTokenKind::kLeftBrace},
      {"}", PatternTokenKind::kRightBrace},
      {"(", PatternTokenKind::kLeftParenthesis},
      {")", PatternTokenKind::kRightParenthesis},
      {"[", PatternTokenKind::kLeftBracket},
      {"]", PatternTokenKind::kRightBracket},
      {",", PatternTokenKind::kComma},
  };
  for (const Symbol& symbol : kSymbols) {
    if (text_.substr(at_).starts_with(symbol.text)) {
      token.kind = symbol.kind;
      token.text = symbol.text;
      at_ += symbol.text.size();
      return true;
    }
  }
  return false;
}

// A backslash takes the quote or another backslash literally; before anything else it is an ordinary character.
bool PatternLexer::read_quoted(char quote, std::string& out, PatternError& error) {
  const std::size_t open = at_++;
  while (!at_end()) {
    const char c = text_[at_++];
    if (c == quote) return true;
    if (c == '\\' && (peek() == quote || peek() == '\\')) {
      out += text_[at_++];
    } else {
      out += c;
    }
  }
  return fail_pattern(error, open, "the quote is never closed", std::string("add the closing ") + quote);
}

bool PatternLexer::read_selector(PatternToken& token, PatternError& error) {
  const std::size_t begin = at_++;
  token.kind = PatternTokenKind::kSelector;
  FieldSelector& selector = token.selector;
  while (!at_end()) {
    if (peek() == '.' && peek(1) == '[') ++at_;
    if (peek() == '[') {
      if (!read_brackets(selector, error)) return false;
    } else if (peek() == '.') {
      ++at_;
      if (!read_key(selector, error)) return false;
    } else {
      break;
    }
  }
  if (selector.path.steps.empty() && !selector.each) {
    return fail_pattern(error, begin, "the selector names no field", "write $.field");
  }
  token.text = text_.substr(begin, at_ - begin);
  return true;
}

bool PatternLexer::read_star(FieldSelector& selector, PatternError& error) {
  if (selector.each) return fail_pattern(error, at_, "a selector has one wildcard at most");
  ++at_;
  selector.each = true;
  return true;
}

bool PatternLexer::read_key(FieldSelector& selector, PatternError& error) {
  if (peek() == '*') return read_star(selector, error);
  std::string key;
  if (peek() == '@') key += text_[at_++];
  while (!at_end() && is_key(peek())) key += text_[at_++];
  if (key.empty() || key == "@") {
    return fail_pattern(error, at_, "expected a field's name after '.'", "odd names are written ['like this']");
  }
  selector.end().steps.emplace_back(std::move(key));
  return true;
}

bool PatternLexer::read_brackets(FieldSelector& selector, PatternError& error) {
  ++at_;
  if (peek() == '*') {
    if (!read_star(selector, error)) return false;
  } else if (peek() == '\'') {
    std::string key;
    if (!read_quoted('\'', key, error)) return false;
    selector.end().steps.emplace_back(std::move(key));
  } else if (!read_index(selector.end(), error)) {
    return false;
  }
  if (peek() != ']') return fail_pattern(error, at_, "expected ']'");
  ++at_;
  return true;
}

bool PatternLexer::read_index(FieldPath& path, PatternError& error) {
  const std::size_t begin = at_;
  std::uint64_t index = 0;
  while (is_digit(peek())) {
    index = index * 10 + static_cast<std::uint64_t>(text_[at_++] - '0');
    if (index > std::numeric_limits<std::uint32_t>::max()) return fail_pattern(error, begin, "the index is too large");
  }
  if (at_ == begin) {
    return fail_pattern(error, begin, "expected an index or a quoted name", "write [0] or ['name']");
  }
  path.steps.emplace_back(static_cast<std::uint32_t>(index));
  return true;
}

bool PatternLexer::next_term(PatternToken& token, PatternError& error) {
  start(token);
  if (at_end()) return true;
  if (peek() == '-' || peek() == '?') token.prefix = text_[at_++];
  if (peek() == '"' || peek() == '%') {
    if (!read_value(token, error)) return false;
  } else {
    token.kind = PatternTokenKind::kWord;
    while (!at_end() && is_name(peek())) token.text += text_[at_++];
    if (token.text.empty() && (at_end() || is_blank(peek()))) {
      return fail_pattern(error, token.column, std::string("expected a term after '") + token.prefix + "'");
    }
  }
  if (at_end() || is_blank(peek())) return true;
  if (token.kind != PatternTokenKind::kWord) {
    return fail_pattern(error, at_,
                        std::string("expected a blank after the ") +
                            (token.kind == PatternTokenKind::kString ? "quoted term" : "regular expression"));
  }
  return fail_pattern(error, at_, shown(text_, at_) + " can't stand in a term without quotes",
                      "put the term in double quotes");
}

}  // namespace tocsin
