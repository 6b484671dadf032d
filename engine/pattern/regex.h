// A regular expression of a filter pattern, %...%: CloudWatch's small dialect, searched for anywhere in a text, in time
// linear in its length (RE2). See "Using regular expressions" in "Filter and pattern syntax" of the CloudWatch Logs
// user guide. Constant after construction; any thread may match.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/pattern/filter_pattern.h"

namespace tocsin {

class Regex {
 public:
  // nullptr, and `error` filled, where the text between the percent signs is no expression. `column` is that of its
  // first character.
  static std::shared_ptr<const Regex> parse(std::string_view text, std::size_t column, PatternError& error);
  ~Regex();

  const std::string& text() const { return text_; }
  // '^' and '$' are the ends of the text, also where it holds line feeds.
  bool found_in(std::string_view text) const;

 private:
  struct Compiled;
  Regex();

  std::string text_;
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace tocsin
