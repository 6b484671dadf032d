// Cuts what comes through a pipe into whole lines, as soon as they are whole: the counterpart of FileCursor for bytes
// that come once. Keeps the beginning of a line, at most max_line bytes of it. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/event/parsed_batch.h"

namespace tocsin {

class StreamLines {
 public:
  explicit StreamLines(std::size_t max_line) : max_line_(max_line) {}

  struct Piece {
    RawBatch batch;
    bool skipping = false;  // LiveSink::Push::skipping
    bool cut = false;       // its last line was cut
  };
  // The lines that are whole now; one piece, but for lines that are cut.
  std::vector<Piece> feed(std::string_view bytes);
  // Nothing more comes: the last line without its newline, perhaps empty. batch.last is set.
  Piece finish();

  std::size_t held() const { return held_.size(); }

 private:
  Piece take(std::size_t size, std::uint64_t dropped);

  std::size_t max_line_;
  std::string held_;
  std::uint64_t offset_ = 0;  // of held_[0]
  bool skipping_ = false;
};

}  // namespace tocsin
