// Compressed files that were never read plain, or not to their end: read once, one after the other, in turns with the
// followed files. Those that were changed first come first: whatever a rotation names them, that is the order of their
// lines. One thread.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "replay/descriptor.h"
#include "replay/stream_ledger.h"

namespace tocsin {

class ArchiveQueue {
 public:
  explicit ArchiveQueue(std::size_t batch_bytes, std::size_t max_line);
  ~ArchiveQueue();

  // Reads on at the stream's offset, in the decompressed bytes. `changed_ns`: the file's time of modification.
  void add(KnownStream& stream, std::int64_t changed_ns);
  bool is_empty() const { return waiting_.empty(); }
  std::size_t size() const { return waiting_.size(); }
  KnownStream& front() { return *waiting_.front().stream; }

  // Whether the front's file is open; where it is not, begin() comes before next(). The file is what `descriptor`
  // stands for, whatever it is called by now.
  bool is_reading() const { return reading_ != nullptr; }
  void begin(Descriptor descriptor);

  struct Step {
    RawBatch batch;
    bool has_batch = false;
    bool over = false;    // nothing more comes
    bool cut = false;     // a line was cut
    std::string problem;  // why it ended too early
  };
  // Of the front; perhaps nothing yet, while bytes that were read before are passed over.
  Step next();
  // Behind its end.
  void pop();

 private:
  struct Reading;
  struct Waiting {
    KnownStream* stream;
    std::int64_t changed_ns;
  };
  std::size_t batch_bytes_;
  std::size_t max_line_;
  std::deque<Waiting> waiting_;
  std::unique_ptr<Reading> reading_;  // of the front
};

// The first decompressed bytes, at most Fingerprint::kBytes; nullopt for a file that is damaged, or not complete yet.
std::optional<std::string> archive_head(const std::string& path);
bool begins_compressed(std::string_view head);

}  // namespace tocsin
