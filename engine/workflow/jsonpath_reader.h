// Reads the text of a JSONPath. Used by jsonpath.cc and by filters, whose operands are paths themselves.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/workflow/jsonpath.h"

namespace tocsin {

class JsonPathReader {
 public:
  JsonPathReader(std::string_view text, std::size_t position) : text_(text), position_(position) {}

  // A whole path: "$", "$$" or (in a filter) "@" and its steps. `nested` ends at what cannot continue a path; otherwise
  // the path must reach the end of the text.
  std::optional<JsonPath> read(bool nested);
  // "a quoted name", position after it.
  std::optional<std::string> read_quoted();

  std::size_t position() const { return position_; }
  const std::string& problem() const { return problem_; }

 private:
  bool read_step(JsonPath& path);
  bool read_bare(PathStep& step);
  bool read_bracket(PathStep& step);
  bool read_numbers(PathStep& step);
  std::optional<std::int64_t> read_integer();
  bool fail(std::string problem);
  char peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }
  bool accept(char c);
  void skip_blanks();

  std::string_view text_;
  std::size_t position_;
  std::string problem_;
  bool nested_ = false;
};

}  // namespace tocsin
