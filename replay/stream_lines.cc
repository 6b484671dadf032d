#include "replay/stream_lines.h"

#include <algorithm>
#include <utility>

namespace tocsin {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

}  // namespace

StreamLines::Piece StreamLines::take(std::size_t size, std::uint64_t dropped) {
  Piece piece;
  piece.batch.first_offset = offset_;
  piece.batch.bytes.reserve(size + kBatchPadding);
  piece.batch.bytes.assign(held_, 0, size);
  piece.batch.dropped_bytes = dropped;
  piece.cut = dropped > 0;
  held_.erase(0, size + dropped);
  offset_ += size + dropped;
  return piece;
}

std::vector<StreamLines::Piece> StreamLines::feed(std::string_view bytes) {
  std::vector<Piece> pieces;
  std::size_t begin = held_.size();  // before it is no newline
  held_ += bytes;
  std::size_t line = 0, newline = 0;
  while (true) {
    newline = held_.find('\n', std::max(begin, line));
    if (skipping_) {
      const std::size_t passed = newline == kNone ? held_.size() : newline + 1;
      held_.erase(0, passed);
      offset_ += passed;
      begin = 0;
      skipping_ = newline == kNone;
      if (skipping_) return pieces;
      continue;
    }
    const std::size_t end = newline == kNone ? held_.size() : newline;
    if (end - line > max_line_) {
      const std::size_t behind = newline == kNone ? end : end + 1;
      pieces.push_back(take(line + max_line_, behind - line - max_line_));
      skipping_ = newline == kNone;
      pieces.back().skipping = skipping_;
      if (skipping_) return pieces;
      begin = line = 0;
      continue;
    }
    if (newline == kNone) break;
    line = newline + 1;
  }
  if (line > 0) pieces.push_back(take(line, 0));
  return pieces;
}

StreamLines::Piece StreamLines::finish() {
  Piece piece = take(held_.size(), 0);
  piece.batch.last = true;
  return piece;
}

}  // namespace tocsin
