// Cuts a ByteSource into RawBatches of whole lines. What the batches hold together, line by line, does not depend on how the
// bytes arrive. Lines over max_line keep their first max_line bytes. One thread at a time.
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
  // The next batch; nullopt behind the last. An empty file gives one empty batch that is last.
  std::optional<RawBatch> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// True where the sample is no text at all (an image, an archive, a database).
bool looks_binary(std::string_view sample);

}  // namespace tocsin
