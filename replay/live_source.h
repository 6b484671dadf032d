// The contract of sources that have no end: followed files, sockets, a pipe, the journal. A source runs on a thread of
// its own and pushes raw lines into a sink; the sink parses, judges and commits them, and remembers for each stream how
// far it has come, in the same transaction as everything that the lines caused. After a restart the source gets those
// checkpoints back and goes on behind the last committed line.
//
// A stream is one file (one inode with one content, whatever it is called now), one connection, one socket. Its lines
// stand in order; streams are merged by time where more than one has lines waiting.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/event/line_format.h"
#include "engine/event/parsed_batch.h"

namespace tocsin {

// How far a stream has been committed. Kept by the store as it is.
struct StreamCheckpoint {
  std::string source;        // SourceDefinition::name
  std::string key;           // names the stream within its source, for as long as it exists; never reused for another
  std::string identity;      // the source's own words: what it needs to find the stream again (JSON text)
  std::uint64_t offset = 0;  // of the first byte that is not committed
  std::uint64_t lines = 0;   // committed
  bool skipping = false;     // offset lies within a line that was longer than max_line: skip to the line's end
  bool done = false;         // read to its end and closed; kept so that it is recognized, and not read again
  std::optional<LineFormat> format;  // as it was told
  std::string order;                 // state of OrderedEvents (StateWriter bytes)
};

struct StreamInfo {
  StreamCheckpoint checkpoint;       // where reading begins; identity filled
  std::string name;                  // as a user knows it: the path, "syslog udp 127.0.0.1:5514"
  std::string service;               // of events that name none
  std::optional<LineFormat> format;  // empty: the sink tells it by the first bytes
  Period zone_offset;
  std::size_t max_line = 1 << 20;
  std::optional<EventTime> modified;  // of a file: the reference for stamps without a year
  std::optional<EventTime> from;      // events before it are counted as lines but left out
};

// Implemented by app/; all functions may be called from any thread, each stream from one thread at a time.
class LiveSink {
 public:
  virtual ~LiveSink() = default;
  // A stream begins. Returns its number, to be used as RawBatch::file.
  virtual std::uint32_t open(StreamInfo info) = 0;
  // Whole lines (RawBatch as of BatchReader). Waits while too much is waiting (the backpressure); false: the run ends,
  // and the batch was not taken. `identity`, where not empty, replaces the checkpoint's: a file that was renamed.
  // It counts at once, whatever has been committed. A push without bytes only tells the rest.
  // `more`: the source knows of further bytes, so that other streams' later lines may wait for them; false: caught up.
  struct Push {
    RawBatch batch;
    std::string identity;
    bool more = false;
    bool skipping = false;  // the batch's last line was cut, and its end has not been seen: it goes on behind the batch
  };
  virtual bool push(Push push) = 0;
  // The stream ends: its last bytes have been pushed. `keep`: remember it as done; else forget it once it is committed.
  virtual void close(std::uint32_t stream, bool keep) = 0;
  // Something that went wrong, or was done about it, in one line for the log. `level` as in Level.
  virtual void tell(Level level, const std::string& message) = 0;
};

struct SourceStatus {
  std::uint64_t streams = 0;    // followed now
  std::uint64_t lag_bytes = 0;  // known but not yet pushed
  std::uint64_t truncated_lines = 0;
  std::uint64_t truncations = 0;      // files that were found shorter than they were (copytruncate)
  std::uint64_t lost_bytes = 0;       // known to have been written and never seen: announced as well
  std::uint64_t dropped_packets = 0;  // by the system, where it tells (UDP)
  std::uint64_t errors = 0;
  std::uint64_t restarts = 0;  // after it had ended by an error; counted by its owner
  std::string last_error;
};

class LiveSource {
 public:
  virtual ~LiveSource() = default;
  // Works until stop(), or until what it reads has ended. What the world does wrong is told, counted and tried again;
  // what is thrown nevertheless ends it, and its owner starts another one at the last checkpoints.
  virtual void run(LiveSink& sink) = 0;
  // Any thread. A source that can't read anything again gives what has been received so far before run() returns.
  virtual void stop() = 0;
  virtual SourceStatus status() const = 0;  // any thread
};

}  // namespace tocsin
