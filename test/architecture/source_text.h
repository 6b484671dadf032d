// A C++ file as the house rules see it: the text without comments and literals, its words, and its includes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tocsin::test {

struct Include {
  int line = 0;
  std::string target;   // engine/base/time.h, vector
  bool quoted = false;  // "…" rather than <…>
};

struct Word {
  int line = 0;
  std::string_view text;  // into SourceText::code
  std::size_t begin = 0;  // in SourceText::code
};

struct SourceText {
  std::string path;  // from the root of the project
  std::string raw;
  std::string code;  // raw with comments, strings and characters blanked; same length, same lines
  std::vector<Include> includes;
  int lines = 0;
};

SourceText read_source(std::string path, std::string text);
// The identifiers of source.code.
std::vector<Word> words_of(const SourceText& source);
int line_at(std::string_view text, std::size_t position);

}  // namespace tocsin::test
