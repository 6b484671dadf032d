// The raw bytes of a file descriptor: a regular file, a pipe, a terminal. Waits for a pipe in poll(2) together with a
// wake-up descriptor, so that another thread can end the wait. One thread reads; stop() and consumed() may be called
// from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/time.h"

namespace tocsin {

class InputFile {
 public:
  // "-" is standard input. Throws SourceError for what can't be read, and for a directory.
  explicit InputFile(const std::string& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  // At least one byte, or 0 at the end and after stop(). Throws SourceError.
  std::size_t read(std::span<char> into);
  // The first bytes, at most `size` of them (fewer only where the file is shorter). They are still read afterwards.
  // To be called before the first read().
  std::string_view peek(std::size_t size);

  void stop();
  bool stopped() const { return stopped_; }

  bool regular() const { return size_.has_value(); }
  std::uint64_t consumed() const { return consumed_; }
  std::optional<std::uint64_t> size() const { return size_; }      // of a regular file
  std::optional<EventTime> modified() const { return modified_; }  // of a regular file
  const std::string& name() const { return name_; }                // as shown to a user

 private:
  std::size_t read_descriptor(std::span<char> into);
  bool wait_readable();
  [[noreturn]] void fail(int error) const;

  std::string name_;
  int descriptor_ = -1;
  bool owned_ = false;
  int wake_ = -1;
  std::optional<std::uint64_t> size_;
  std::optional<EventTime> modified_;
  std::string peeked_;
  std::size_t peeked_used_ = 0;
  std::atomic<bool> stopped_ = false;
  std::atomic<std::uint64_t> consumed_ = 0;
};

}  // namespace tocsin
