#include "engine/pattern/regex.h"

#include <re2/re2.h>

#include <utility>

#include "engine/base/text.h"
#include "engine/pattern/characters.h"
#include "engine/pattern/lexer.h"

namespace tocsin {
namespace {

// Of one compiled expression, in bytes; RE2 refuses what needs more.
constexpr int kMaxMemory = 1 << 20;

bool is_hexadecimal(char c) {
  return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || is_digit(c);
}

bool is_literal(char c) {
  return is_alphanumeric(c) || std::string_view("_:#=@/;,- ").find(c) != std::string_view::npos;
}

bool is_operator(char c) {
  return std::string_view("^$?[]{}|*+.").find(c) != std::string_view::npos;
}

// Goes through an expression once, refuses what CloudWatch refuses, and writes it as RE2 understands it.
class Translator {
 public:
  Translator(std::string_view text, std::size_t column, PatternError& error)
      : text_(text), column_(column), error_(error) {}

  bool translate(std::string& out) {
    while (at_ < text_.size()) {
      if (!translate_one(out)) return false;
    }
    return true;
  }

 private:
  char peek(std::size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  bool fail(std::string message, std::string hint = {}) {
    return fail_pattern(error_, column_ + at_, std::move(message), std::move(hint));
  }

  bool translate_one(std::string& out) {
    const char c = text_[at_];
    if (c == '\\') return translate_escape(out);
    if (c == '(' || c == ')') {
      return fail("a regular expression has no groups", "write a parenthesis itself as \\x28 or \\x29");
    }
    if (!is_literal(c) && !is_operator(c)) {
      std::size_t end = at_ + 1;
      while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xC0) == 0x80) ++end;
      return fail("'" + printable(text_.substr(at_, end - at_)) + "' can't stand in a regular expression",
                  "it has letters, digits, blanks, _:#=@/;,- and ^$?[]{}|\\*+. ; others as \\xhh");
    }
    if (c == '[' && !in_class_) {
      in_class_ = true;
      out += c;
      ++at_;
      // A bracket that comes first is a member of the class.
      if (peek(0) == '^') out += text_[at_++];
      if (peek(0) == ']') return fail("the character class is empty", "write a bracket itself as \\]");
      return true;
    }
    if (c == ']' && in_class_) in_class_ = false;
    if (in_class_ && c == '[') out += '\\';
    out += c;
    ++at_;
    if (c == '{' && !in_class_ && peek(0) == ',') out += '0';  // {,n}
    return true;
  }

  bool translate_escape(std::string& out) {
    const char c = peek(1);
    if (c == '\0') return fail("nothing stands behind the '\\'");
    if (c == 'x') {
      if (!is_hexadecimal(peek(2)) || !is_hexadecimal(peek(3)))
        return fail("expected two hexadecimal digits behind \\x");
      out += text_.substr(at_, 4);
      at_ += 4;
      return true;
    }
    if (is_alphanumeric(c) && std::string_view("dDsSwW").find(c) == std::string_view::npos) {
      return fail(std::string("'\\") + c + "' is no escape", "there are \\d \\D \\s \\S \\w \\W and \\xhh");
    }
    if (static_cast<unsigned char>(c) >= 0x80) return fail("only ASCII characters can be escaped");
    at_ += 2;
    if (c == 's') {  // RE2's leaves out the vertical tab
      out += in_class_ ? "\\s\\x0b" : "[\\s\\x0b]";
    } else if (c == 'S' && !in_class_) {
      out += "[^\\s\\x0b]";
    } else if (is_alphanumeric(c)) {
      out += '\\';
      out += c;
    } else {
      out += RE2::QuoteMeta(re2::StringPiece(&c, 1));
    }
    return true;
  }

  std::string_view text_;
  std::size_t column_;
  PatternError& error_;
  std::size_t at_ = 0;
  bool in_class_ = false;
};

RE2::Options options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxMemory);
  options.set_never_capture(true);
  options.set_dot_nl(false);
  return options;
}

}  // namespace

struct Regex::Compiled {
  explicit Compiled(const std::string& text) : re2(text, options()) {}
  RE2 re2;
};

Regex::Regex() = default;
Regex::~Regex() = default;

std::shared_ptr<const Regex> Regex::parse(std::string_view text, std::size_t column, PatternError& error) {
  if (text.empty()) {
    fail_pattern(error, column, "the regular expression is empty");
    return nullptr;
  }
  std::string translated;
  if (!Translator(text, column, error).translate(translated)) return nullptr;
  auto compiled = std::make_unique<const Compiled>(translated);
  if (!compiled->re2.ok()) {
    fail_pattern(error, column, "the regular expression is wrong: " + compiled->re2.error());
    return nullptr;
  }
  const std::shared_ptr<Regex> regex(new Regex);
  regex->text_ = text;
  regex->compiled_ = std::move(compiled);
  return regex;
}

bool Regex::found_in(std::string_view text) const {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled_->re2);
}

}  // namespace tocsin
