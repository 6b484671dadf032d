#include "engine/workflow/jsonpath_reader.h"

#include <charconv>
#include <utility>

#include "engine/workflow/jsonpath_filter.h"

namespace tocsin {
namespace {

constexpr std::size_t kMaxSteps = 200;

bool ends_bare_name(char c, bool nested) {
  if (c == '\0' || c == '.' || c == '[') return true;
  return nested && std::string_view(" =!<>&|)],").find(c) != std::string_view::npos;
}

}  // namespace

bool JsonPathReader::fail(std::string problem) {
  if (problem_.empty()) problem_ = std::move(problem);
  return false;
}

bool JsonPathReader::accept(char c) {
  if (position_ >= text_.size() || text_[position_] != c) return false;
  ++position_;
  return true;
}

void JsonPathReader::skip_blanks() {
  while (accept(' ')) {
  }
}

std::optional<JsonPath> JsonPathReader::read(bool nested) {
  nested_ = nested;
  const std::size_t start = position_;
  JsonPath path;
  if (!(nested && accept('@'))) {
    if (!accept('$')) {
      fail("a path begins with '$'");
      return std::nullopt;
    }
    path.in_context_ = accept('$');
  }
  while (position_ < text_.size() && (peek() == '.' || peek() == '[')) {
    if (path.steps_.size() == kMaxSteps) fail("the path has too many steps");
    if (!problem_.empty() || !read_step(path)) return std::nullopt;
  }
  if (!nested && position_ < text_.size()) {
    fail(path.steps_.empty() ? "expected '.' or '[' after '$'; variables are not supported"
                             : "unexpected '" + std::string(1, peek()) + "' in the path");
    return std::nullopt;
  }
  path.text_ = std::string(text_.substr(start, position_ - start));
  return path;
}

bool JsonPathReader::read_step(JsonPath& path) {
  PathStep step;
  if (accept('.')) {
    step.descend = accept('.');
    if (peek() != '[') {
      if (!read_bare(step)) return false;
      path.steps_.push_back(std::move(step));
      return true;
    }
  }
  ++position_;  // '['
  if (!read_bracket(step)) return false;
  path.steps_.push_back(std::move(step));
  return true;
}

bool JsonPathReader::read_bare(PathStep& step) {
  const std::size_t start = position_;
  while (!ends_bare_name(peek(), nested_)) {
    const char c = text_[position_];
    if (c == ' ' || c == '(' || c == ')' || c == '\'' || c == '"') {
      return fail("a name with '" + std::string(1, c) + "' needs brackets: ['name']");
    }
    ++position_;
  }
  step.name = std::string(text_.substr(start, position_ - start));
  if (step.name.empty()) return fail("a name is missing after '.'");
  if (step.name == "*") step.kind = PathStep::Kind::kAll;
  return true;
}

bool JsonPathReader::read_bracket(PathStep& step) {
  skip_blanks();
  if (peek() == '\'' || peek() == '"') {
    std::optional<std::string> name = read_quoted();
    if (!name) return false;
    step.name = std::move(*name);
    skip_blanks();
    if (peek() == ',') return fail("a list of names in brackets is not supported");
  } else if (accept('*')) {
    step.kind = PathStep::Kind::kAll;
    skip_blanks();
  } else if (accept('?')) {
    step.kind = PathStep::Kind::kFilter;
    step.filter = JsonPathFilter::read(text_, position_, problem_);
    if (!step.filter) return false;
    skip_blanks();
  } else if (!read_numbers(step)) {
    return false;
  }
  return accept(']') || fail("']' is missing");
}

std::optional<std::string> JsonPathReader::read_quoted() {
  const char quote = text_[position_++];
  std::string name;
  while (position_ < text_.size() && text_[position_] != quote) {
    // A backslash stands for itself except before the closing quote and another backslash: recorded so.
    const char next = position_ + 1 < text_.size() ? text_[position_ + 1] : '\0';
    if (text_[position_] == '\\' && (next == quote || next == '\\')) ++position_;
    name += text_[position_++];
  }
  if (!accept(quote)) {
    fail("the closing quote is missing");
    return std::nullopt;
  }
  return name;
}

std::optional<std::int64_t> JsonPathReader::read_integer() {
  std::int64_t value = 0;
  const char* begin = text_.data() + position_;
  const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
  constexpr std::int64_t kLimit = 1'000'000'000;
  if (error != std::errc() || value > kLimit || value < -kLimit) return std::nullopt;
  position_ += static_cast<std::size_t>(end - begin);
  skip_blanks();
  return value;
}

bool JsonPathReader::read_numbers(PathStep& step) {
  step.first = read_integer();
  if (accept(':')) {
    step.kind = PathStep::Kind::kSlice;
    skip_blanks();
    step.last = read_integer();
    if (peek() == ':') return fail("a slice with a step is not supported");
    return true;
  }
  if (!step.first) return fail("expected an index, a quoted name, '*', a slice or a filter in the brackets");
  step.kind = PathStep::Kind::kIndexes;
  step.indexes.push_back(*std::exchange(step.first, std::nullopt));
  while (accept(',')) {
    skip_blanks();
    const std::optional<std::int64_t> index = read_integer();
    if (!index) return fail("expected an index after ','");
    step.indexes.push_back(*index);
  }
  return true;
}

}  // namespace tocsin
