// A run of whole lines of one file, and what they were parsed into. The unit that moves between threads: a reader makes
// the bytes, a parser fills the rest, the engine reads it; one owner at a time, no locks inside.
//
// Lines are numbered from 1 within the batch; whoever consumes the batches in order adds the lines of the earlier ones.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/event/dead_letter.h"
#include "engine/event/log_event.h"

namespace tocsin {

// Bytes that may be read (not used) behind the last line, so that wide loads need no bounds check.
inline constexpr std::size_t kBatchPadding = 64;

struct RawBatch {
  std::uint32_t file = 0;
  std::uint64_t first_offset = 0;   // of bytes[0] in the decompressed file
  std::string bytes;                // whole lines with their ends; only a file's last batch may lack the last newline
  std::uint64_t dropped_bytes = 0;  // of the last line, which was longer than max_line: what was not kept of it
  bool last = false;                // the file ends here
};

struct ParsedBatch {
  RawBatch raw;
  std::vector<LogEvent> events;
  // Dead letters in order; `before` is the number of this batch's events that stand before it.
  struct Dead {
    std::size_t before = 0;
    DeadLetter letter;
  };
  std::vector<Dead> dead;
  std::uint64_t lines = 0;  // = events.size() + dead.size()
  // What the views point into beside raw.bytes: field values and unescaped strings. Owned by the parser's arena.
  std::shared_ptr<void> arena;
};

}  // namespace tocsin
