// Cuts a filter pattern into tokens. The two kinds of pattern have tokens of their own: next() reads those of a JSON
// pattern, next_term() those of a list of terms. What the language has and tocsin does not know yet is refused here, by
// name.
#pragma once

#include <string>
#include <string_view>

#include "engine/event/projection.h"
#include "engine/pattern/filter_pattern.h"

namespace tocsin {

enum class PatternTokenKind {
  kEnd,
  kLeftBrace,
  kRightBrace,
  kLeftParenthesis,
  kRightParenthesis,
  kAnd,
  kOr,
  kOperator,  // = != < <= > >=
  kSelector,  // $.a.b[0]['k.k'], with its path
  kWord,      // IS, ERROR, 10, 4*
  kString,    // "some text", unescaped
};

struct PatternToken {
  PatternTokenKind kind = PatternTokenKind::kEnd;
  std::size_t column = 0;
  std::string text;
  FieldPath path;
  char prefix = 0;  // of a term: '-', '?' or none
};

class PatternLexer {
 public:
  explicit PatternLexer(std::string_view pattern) : text_(pattern) {}

  // False, and `error` filled, where no token can be read. After the last token comes kEnd, for ever.
  bool next(PatternToken& token, PatternError& error);
  bool next_term(PatternToken& token, PatternError& error);

 private:
  bool at_end() const { return at_ >= text_.size(); }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  void skip_blanks();
  void start(PatternToken& token);
  bool read_symbol(PatternToken& token);
  bool read_quoted(char quote, std::string& out, PatternError& error);
  bool read_selector(PatternToken& token, PatternError& error);
  bool read_brackets(FieldPath& path, PatternError& error);
  bool read_index(FieldPath& path, PatternError& error);
  bool read_key(FieldPath& path, PatternError& error);

  std::string_view text_;
  std::size_t at_ = 0;
};

// Fills `error` and answers false, so that a caller can return it.
bool fail_pattern(PatternError& error, std::size_t column, std::string message, std::string hint = {});

}  // namespace tocsin
