// Walks over the lines of a raw batch: takes off LF, CRLF and a BOM at the file's first byte, cuts what is longer than
// max_line, and numbers the lines. Every byte of the batch belongs to exactly one line, its end included.
#pragma once

#include <cstddef>
#include <string_view>

#include "engine/event/parsed_batch.h"

namespace tocsin {

struct Line {
  std::string_view text;  // without its end, cut at max_line
  LineOrigin origin;
  bool truncated = false;  // cut here or by the reader
};

class LineCursor {
 public:
  LineCursor(const RawBatch& raw, std::size_t max_line);

  bool next(Line& line);
  std::size_t position() const { return at_; }  // of the next line in raw.bytes

 private:
  const RawBatch& raw_;
  std::size_t max_line_;
  std::size_t at_ = 0;
  std::uint64_t number_ = 0;
};

bool is_blank_line(std::string_view text);

// `text` without a UTF-8 character that its end cuts in two.
std::string_view without_cut_character(std::string_view text);

}  // namespace tocsin
