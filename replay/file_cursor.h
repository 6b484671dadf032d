// Where the reading of a growing file stands, and how whole lines are cut from what is there: one look gives the lines
// between the offset and the file's end, up to a budget of bytes. What has no newline yet stays unread, and is not read
// over and over either. A line of more than max_line bytes is given with its first max_line as soon as it has them, and
// skipped up to its newline, whenever that comes. Holds no bytes. One thread; the descriptor is the caller's.
#pragma once

#include <cstdint>
#include <string>

#include "engine/event/parsed_batch.h"

namespace tocsin {

class FileCursor {
 public:
  FileCursor() = default;
  FileCursor(std::uint64_t offset, std::size_t max_line, bool skipping)
      : offset_(offset), scanned_(offset), max_line_(max_line), skipping_(skipping) {}

  struct Look {
    RawBatch batch;         // without bytes: no whole line
    bool more = false;      // there is more to look at now
    bool skipping = false;  // LiveSink::Push::skipping
    bool cut = false;       // a line was cut
    int error = 0;          // errno of a read that failed; nothing changed
  };
  // `size`: of the file, as it was a moment ago.
  Look look(int descriptor, std::uint64_t size, std::size_t budget);
  // The file will not grow any more: what stands behind its last newline is its last line. batch.last is set.
  Look rest(int descriptor, std::uint64_t size);

  std::uint64_t offset() const { return offset_; }    // behind the last byte that was given or skipped
  std::uint64_t scanned() const { return scanned_; }  // behind the last byte that was looked at
  bool skipping() const { return skipping_; }

 private:
  Look find_end(int descriptor, std::uint64_t size, std::size_t budget);
  Look read_lines(int descriptor, std::uint64_t size, std::size_t budget);
  Look cut_line(int descriptor, std::uint64_t line_end, bool ended);
  bool skip_hole(int descriptor, std::uint64_t size);

  std::uint64_t offset_ = 0;
  std::uint64_t scanned_ = 0;  // no newline in [offset_, scanned_)
  std::size_t max_line_ = 1 << 20;
  bool skipping_ = false;
};

// All bytes of [from, from + size) that the file has; short where it ends. Sets `error` where it can't be read.
std::string read_at(int descriptor, std::uint64_t from, std::size_t size, int& error);

}  // namespace tocsin
