// Cuts a filter pattern into tokens. The kinds of pattern have tokens of their own: next() reads those of a JSON
// pattern, next_in_brackets() those of a space-delimited one, next_term() those of a list of terms.
#pragma once

#include <string>
#include <string_view>

#include "engine/pattern/filter_pattern.h"
#include "engine/pattern/pattern_tree.h"

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
  kLeftBracket,
  kRightBracket,
  kComma,
  kEllipsis,
  kSelector,  // $.a.b[0]['k.k'].*
  kWord,      // IS, ERROR, 10, 4*
  kString,    // "some text", unescaped
  kRegex,     // %some.*expression%, what is between the signs
};

struct PatternToken {
  PatternTokenKind kind = PatternTokenKind::kEnd;
  std::size_t column = 0;
  std::string text;
  FieldSelector selector;
  char prefix = 0;  // of a term: '-', '?' or none
};

class PatternLexer {
 public:
  explicit PatternLexer(std::string_view pattern) : text_(pattern) {}

  // False, and `error` filled, where no token can be read. After the last token comes kEnd, for ever.
  bool next(PatternToken& token, PatternError& error);
  bool next_in_brackets(PatternToken& token, PatternError& error);
  bool next_term(PatternToken& token, PatternError& error);

 private:
  bool at_end() const { return at_ >= text_.size(); }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  void skip_blanks();
  void start(PatternToken& token);
  bool read_symbol(PatternToken& token);
  bool read_value(PatternToken& token, PatternError& error);
  bool read_regex(std::string& out, PatternError& error);
  bool read_quoted(char quote, std::string& out, PatternError& error);
  bool read_selector(PatternToken& token, PatternError& error);
  bool read_star(FieldSelector& selector, PatternError& error);
  bool read_brackets(FieldSelector& selector, PatternError& error);
  bool read_index(FieldPath& path, PatternError& error);
  bool read_key(FieldSelector& selector, PatternError& error);

  std::string_view text_;
  std::size_t at_ = 0;
};

// Fills `error` and answers false, so that a caller can return it.
bool fail_pattern(PatternError& error, std::size_t column, std::string message, std::string hint = {});

}  // namespace tocsin
