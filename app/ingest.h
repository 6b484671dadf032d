// Reads the input files of a replay with threads of its own and gives their lines back in order: each file's lines as
// they stand, the files merged by time. What comes out depends only on the files' bytes, never on threads or chunks.
//
// Threads: one reader takes batches of bytes from the files, `parsers` workers parse them, the caller's thread
// consumes. Each file may be a few batches ahead, then the reader waits; so memory is bounded. A file that fails
// half-way ends there; errors() says so when all has been consumed.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/batch_pool.h"
#include "app/replay_view.h"
#include "engine/event/event_fields.h"
#include "engine/event/line_format.h"
#include "engine/event/ordered_events.h"

namespace tocsin {

class Ingest {
 public:
  struct Options {
    std::vector<std::string> paths;
    EventFields fields;
    Projection projection;
    std::optional<LineFormat> format;  // else detected for each file
    Period zone_offset;
    EventTime reference;  // "now" for stamps without a year in input that has no modification time
    unsigned parsers = 1;
    std::size_t max_line = 1 << 20;
  };

  // Opens all files and tells their formats. Throws SourceError.
  explicit Ingest(Options options);
  ~Ingest();
  Ingest(const Ingest&) = delete;
  Ingest& operator=(const Ingest&) = delete;

  const std::vector<OpenedFile>& files() const { return files_; }

  // What comes next, valid until pop(); neither event nor dead letter: the end. Waits for the threads where needed.
  OrderedEvents::Item front() {
    if (chosen_ == nullptr) choose_front();
    return item_;
  }
  void pop();
  // What went wrong with files that could not be read to their end.
  std::vector<std::string> errors() const;
  std::uint64_t consumed_bytes() const { return consumed_.load(std::memory_order_relaxed); }
  std::optional<std::uint64_t> total_bytes() const { return total_; }
  // Ends the input early: front() soon gives the end. Any thread.
  void stop();

 private:
  struct Slot {
    std::shared_ptr<ParsedBatch> batch;
    bool parsed = false;
  };
  struct File;

  void read_loop();
  void parse_loop();
  File* next_to_read();
  bool all_read() const;  // locked
  // Pushes the file's next parsed batch into its OrderedEvents, waiting for it; false where there will be none.
  bool refill(File& file);
  void choose_front();

  Options options_;
  std::vector<OpenedFile> files_;
  BatchPool batches_;
  std::vector<std::unique_ptr<File>> open_;
  std::optional<std::uint64_t> total_;
  std::atomic<std::uint64_t> consumed_{0};
  std::size_t depth_ = 4;   // batches a file may be ahead
  File* chosen_ = nullptr;  // whose item front() gave
  OrderedEvents::Item item_;

  mutable std::mutex mutex_;  // guards all slots, the work queue and the flags below
  std::condition_variable room_, work_, parsed_;
  std::deque<std::pair<File*, std::shared_ptr<Slot>>> queue_;
  std::vector<std::string> errors_;
  bool stopping_ = false;
  std::vector<std::jthread> threads_;  // last: joined before anything else goes
};

}  // namespace tocsin
