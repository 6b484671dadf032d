#include "engine/pattern/lexer.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "engine/base/text.h"

namespace tocsin {
namespace {

constexpr std::string_view kRegexRefused = "regular expressions (%...%) are not supported yet";
constexpr std::string_view kWildcardRefused = "wildcards in selectors ([*], .*) are not supported yet";

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c);
}

// Of a term without quotes.
bool is_name(char c) {
  return is_alphanumeric(c) || c == '_' || c == '-';
}

// Of a field's name after a dot.
bool is_key(char c) {
  return is_name(c) || static_cast<unsigned char>(c) >= 0x80;
}

// Of a value without quotes: addresses and names of hosts, resources and paths need none.
bool is_word(char c) {
  return is_key(c) || std::string_view("*.:/@+#?~,;").find(c) != std::string_view::npos;
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
  if (read_symbol(token)) return true;
  const char c = peek();
  if (c == '"') {
    token.kind = PatternTokenKind::kString;
    return read_quoted('"', token.text, error);
  }
  if (c == '$') return read_selector(token, error);
  if (c == '%') return fail_pattern(error, at_, std::string(kRegexRefused));
  if (!is_word(c)) return fail_pattern(error, at_, "unexpected " + shown(text_, at_));
  token.kind = PatternTokenKind::kWord;
  while (!at_end() && is_word(peek())) token.text += text_[at_++];
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
  while (!at_end()) {
    if (peek() == '.' && peek(1) == '[') ++at_;
    if (peek() == '[') {
      if (!read_brackets(token.path, error)) return false;
    } else if (peek() == '.') {
      ++at_;
      if (!read_key(token.path, error)) return false;
    } else {
      break;
    }
  }
  if (token.path.steps.empty()) {
    return fail_pattern(error, begin, "the selector names no field", "write $.field");
  }
  token.text = text_.substr(begin, at_ - begin);
  return true;
}

bool PatternLexer::read_key(FieldPath& path, PatternError& error) {
  if (peek() == '*') return fail_pattern(error, at_, std::string(kWildcardRefused));
  std::string key;
  if (peek() == '@') key += text_[at_++];
  while (!at_end() && is_key(peek())) key += text_[at_++];
  if (key.empty() || key == "@") {
    return fail_pattern(error, at_, "expected a field's name after '.'", "odd names are written ['like this']");
  }
  path.steps.emplace_back(std::move(key));
  return true;
}

bool PatternLexer::read_brackets(FieldPath& path, PatternError& error) {
  ++at_;
  if (peek() == '*') return fail_pattern(error, at_, std::string(kWildcardRefused));
  if (peek() == '\'') {
    std::string key;
    if (!read_quoted('\'', key, error)) return false;
    path.steps.emplace_back(std::move(key));
  } else if (!read_index(path, error)) {
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
  if (peek() == '%') return fail_pattern(error, at_, std::string(kRegexRefused));
  if (peek() == '"') {
    token.kind = PatternTokenKind::kString;
    if (!read_quoted('"', token.text, error)) return false;
  } else {
    token.kind = PatternTokenKind::kWord;
    while (!at_end() && is_name(peek())) token.text += text_[at_++];
    if (token.text.empty() && (at_end() || is_blank(peek()))) {
      return fail_pattern(error, token.column, std::string("expected a term after '") + token.prefix + "'");
    }
  }
  if (at_end() || is_blank(peek())) return true;
  if (token.kind == PatternTokenKind::kString)
    return fail_pattern(error, at_, "expected a blank after the quoted term");
  return fail_pattern(error, at_, shown(text_, at_) + " can't stand in a term without quotes",
                      "put the term in double quotes");
}

}  // namespace tocsin
