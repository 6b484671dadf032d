// Cuts a ByteSource into RawBatches of whole lines. What the batches hold together, line by line, does not depend on
// how the bytes arrive: a batch ends where batch_bytes are full or the file ends, never because a read() was short. One
// thread at a time.
//
// A line of more than max_line bytes keeps its first max_line and is the last of its batch, without a newline;
// dropped_bytes counts the rest with the newline, so the next batch's first_offset is first_offset + bytes.size() +
// dropped_bytes.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/event/parsed_batch.h"
#include "replay/byte_source.h"

namespace tocsin {

class BatchReader {
 public:
  struct Options {
    std::uint32_t file = 0;
    std::size_t batch_bytes = 256 << 10;
    std::size_t max_line = 1 << 20;
  };
  BatchReader(ByteSource& source, Options options);
  ~BatchReader();

  // The first bytes of the file (64 KiB, or all), for detecting its format; they are still part of the first batch.
  std::string_view sample();
  // The next batch; nullopt behind the last. An empty file gives one empty batch that is last. Where the source fails,
  // the batch with the last bytes it gave is marked last, and the call after it throws the SourceError (so call next()
  // until it gives nullopt).
  std::optional<RawBatch> next();
  // The bytes of a batch that nobody needs any more, whatever they hold: a later batch is read into their memory, which
  // then need not be fetched from the system and cleared again.
  void recycle(std::string bytes);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// True where the sample is no text at all (an image, an archive, a database).
bool looks_binary(std::string_view sample);

}  // namespace tocsin
