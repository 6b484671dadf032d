// Bytes of a file, standard input, or a compressed file, decompressed while reading. One thread reads; consumed(),
// total() and stop() may be called from any.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include "engine/base/time.h"

namespace tocsin {

// What the world did wrong, in one line for the user: "incident.ndjson: no such file".
class SourceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // At least one byte, or 0 at the end. Throws SourceError. A truncated or damaged archive gives all it holds, then
  // throws.
  virtual std::size_t read(std::span<char> into) = 0;
  // Compressed bytes read so far and in all, for progress; the total is unknown for a pipe.
  virtual std::uint64_t consumed() const = 0;
  virtual std::optional<std::uint64_t> total() const = 0;
  // Wakes a read() that waits for a pipe, from another thread or a signal handler's thread; it then returns 0.
  virtual void stop() = 0;
};

struct OpenedSource {
  std::unique_ptr<ByteSource> bytes;
  std::optional<EventTime> modified;  // of a regular file
  std::string compression;            // "", "gzip", "zstd"; "" also for a pipe, which tells only while it is read
};

// "-" is standard input. The compression is told by the first bytes, not by the name. Throws SourceError for a file
// that is missing, unreadable, or a directory. A gzip file may have several members, a zstd file several frames.
OpenedSource open_source(const std::string& path);

}  // namespace tocsin
