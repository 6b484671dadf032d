// Memory for what the views of a ParsedBatch point into beside the raw bytes: field values and texts that had to be
// unescaped or composed. It only grows while a batch is parsed and is given back as a whole, so nothing in it ever
// moves. Owned by ParsedBatch::arena; a batch that is parsed into again reuses it. One owner at a time, no locks.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "engine/event/field_value.h"
#include "engine/event/parsed_batch.h"
#include "engine/event/timestamp.h"

namespace tocsin {

// What one parse() call needs besides: kept with the arena so that it is allocated once per batch object, not per call.
// A parser that wants some derives from it.
class ParseScratch {
 public:
  virtual ~ParseScratch() = default;
};

class BatchArena {
 public:
  // The batch's arena, emptied; made if it has none or shares it.
  static BatchArena& prepare(ParsedBatch& batch);

  std::span<FieldValue> copy(std::span<const FieldValue> values);
  std::string_view copy(std::string_view text);
  // At least `size` bytes to write into; keep() what was used of them before the next call.
  char* room(std::size_t size) { return static_cast<char*>(reserve(size)); }
  std::string_view keep(const char* begin, std::size_t size);

  std::unique_ptr<ParseScratch>& scratch() { return scratch_; }
  TimestampReader& timestamps() { return timestamps_; }

 private:
  struct Chunk {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size = 0;
  };
  void* reserve(std::size_t size);  // aligned for a FieldValue
  void grow(std::size_t size);

  std::vector<Chunk> chunks_;
  std::size_t next_chunk_ = 0;  // chunks before it are in use
  std::byte* at_ = nullptr;
  std::byte* end_ = nullptr;
  std::unique_ptr<ParseScratch> scratch_;
  TimestampReader timestamps_;
};

}  // namespace tocsin
