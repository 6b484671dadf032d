// The fields of a space-delimited line: runs of characters between blanks and tabs; "..." and [...] that end at a blank
// are one field without their marks. A quote that never closes is ordinary text. Reused from line to line without
// allocating.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace tocsin {

// Which fields of a line are meant, counted from 0.
struct TokenPlace {
  enum class Kind {
    kFront,  // the index-th
    kBack,   // the index-th from the end
    kRest,   // everything from the index-th on: that field alone, or the text as it stands where more follow
  };
  Kind kind = Kind::kFront;
  std::size_t index = 0;
  bool operator==(const TokenPlace&) const = default;
};

class LineTokens {
 public:
  void read(std::string_view line);

  std::size_t size() const { return tokens_.size(); }
  // The place must be within the line.
  std::string_view at(TokenPlace place) const;

 private:
  struct Token {
    std::size_t begin = 0;  // with its marks
    std::string_view text;  // without
  };
  std::string_view line_;
  std::vector<Token> tokens_;
};

}  // namespace tocsin
