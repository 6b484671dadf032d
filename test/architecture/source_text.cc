#include "test/architecture/source_text.h"

#include <algorithm>

namespace tocsin::test {
namespace {

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

void blank(std::string& code, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < std::min(end, code.size()); ++i) {
    if (code[i] != '\n') code[i] = ' ';
  }
}

// Behind the quote that ends the literal which begins at `begin`, or the end of its line.
std::size_t end_of_literal(std::string_view text, std::size_t begin) {
  const char quote = text[begin];
  std::size_t i = begin + 1;
  while (i < text.size() && text[i] != quote && text[i] != '\n') i += text[i] == '\\' ? 2 : 1;
  return std::min(i + 1, text.size());
}

// Behind R"delimiter(…)delimiter" whose first quote is at `quote`.
std::size_t end_of_raw_literal(std::string_view text, std::size_t quote) {
  const std::size_t open = text.find('(', quote);
  if (open == std::string_view::npos) return text.size();
  const std::string end = ")" + std::string(text.substr(quote + 1, open - quote - 1)) + "\"";
  const std::size_t found = text.find(end, open);
  return found == std::string_view::npos ? text.size() : found + end.size();
}

// Blanks comments; with `literals`, string and character literals too.
std::string strip(std::string_view text, bool literals) {
  std::string code(text);
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i + 1;
    const bool after_word = i > 0 && is_word_char(text[i - 1]);
    if (text.substr(i, 2) == "//") {
      end = std::min(text.find('\n', i), text.size());
      blank(code, i, end);
    } else if (text.substr(i, 2) == "/*") {
      const std::size_t close = text.find("*/", i + 2);
      end = close == std::string_view::npos ? text.size() : close + 2;
      blank(code, i, end);
    } else if (text.substr(i, 2) == "R\"" && !after_word) {
      end = end_of_raw_literal(text, i + 1);
      if (literals) blank(code, i, end);
    } else if (text[i] == '"' || (text[i] == '\'' && !after_word)) {  // behind a digit, ' separates thousands
      end = end_of_literal(text, i);
      if (literals) blank(code, i, end);
    }
    i = end;
  }
  return code;
}

std::vector<Include> includes_of(std::string_view text) {
  std::vector<Include> includes;
  int line = 0;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view row = text.substr(start, end - start);
    start = end + 1;
    ++line;
    std::size_t at = row.find_first_not_of(" \t");
    if (at == std::string_view::npos || row[at] != '#') continue;
    at = row.find_first_not_of(" \t", at + 1);
    if (at == std::string_view::npos || !row.substr(at).starts_with("include")) continue;
    const std::size_t open = row.find_first_of("\"<", at);
    if (open == std::string_view::npos) continue;
    const std::size_t close = row.find(row[open] == '<' ? '>' : '"', open + 1);
    if (close == std::string_view::npos) continue;
    includes.push_back({line, std::string(row.substr(open + 1, close - open - 1)), row[open] == '"'});
  }
  return includes;
}

}  // namespace

SourceText read_source(std::string path, std::string text) {
  SourceText source;
  source.path = std::move(path);
  source.includes = includes_of(strip(text, false));
  source.code = strip(text, true);
  source.lines = static_cast<int>(std::ranges::count(text, '\n')) + (text.empty() || text.ends_with('\n') ? 0 : 1);
  source.raw = std::move(text);
  return source;
}

std::vector<Word> words_of(const SourceText& source) {
  std::vector<Word> words;
  const std::string_view code = source.code;
  int line = 1;
  for (std::size_t i = 0; i < code.size();) {
    if (code[i] == '\n') ++line;
    std::size_t end = i;
    while (end < code.size() && is_word_char(code[end])) ++end;
    if (end > i) words.push_back({line, code.substr(i, end - i), i});
    i = std::max(end, i + 1);
  }
  return words;
}

int line_at(std::string_view text, std::size_t position) {
  return 1 + static_cast<int>(std::ranges::count(text.substr(0, position), '\n'));
}

}  // namespace tocsin::test
