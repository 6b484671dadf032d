// A CloudWatch Logs filter pattern, parsed: lexer.h makes tokens, parser.cc the tree (pattern_tree.h),
// compiled_pattern.h what runs. See "Filter and pattern syntax" of the CloudWatch Logs user guide.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tocsin {

struct PatternError {
  std::size_t column = 0;  // byte of the pattern, from 0
  std::string message;
  std::string hint;
};

struct PatternTree;  // pattern_tree.h

// An immutable parsed pattern; copies share the tree.
class FilterPattern {
 public:
  FilterPattern();  // the empty pattern: matches every event
  // nullopt and `error` filled where the text is no valid pattern.
  static std::optional<FilterPattern> parse(std::string_view text, PatternError& error);

  const PatternTree& tree() const { return *tree_; }
  const std::string& text() const { return text_; }
  std::string to_text() const;  // the tree printed; the language of the parser's tests

 private:
  std::string text_;
  std::shared_ptr<const PatternTree> tree_;
};

}  // namespace tocsin
