// The lines of all live sources, parsed and in order, for the engine's thread: each stream's lines as they stand, the
// streams merged by time as far as they are there. A stream that is known to have more bytes is waited for (a moment),
// so that a backlog of many files is read in the order of time; one that has been read to its end holds up nobody.
//
// Threads: sources push (LiveSink), `parsers` workers parse, one thread takes. Bounded: behind most_waiting bytes of
// lines that have not been taken, pushes wait.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine/event/event_fields.h"
#include "engine/event/line_parser.h"
#include "engine/event/ordered_events.h"
#include "replay/live_source.h"

namespace tocsin {

class LiveIngest : public LiveSink {
 public:
  using Clock = std::chrono::steady_clock;

  struct Options {
    EventFields fields;
    Projection projection;
    EventTime reference;             // for stamps without a year, in streams without a modification time
    std::vector<std::string> files;  // names that already have a number
    unsigned parsers = 1;
    std::size_t most_waiting = 32 << 20;
    std::function<void(Level, const std::string&)> log;
  };
  explicit LiveIngest(Options options);
  ~LiveIngest() override;
  LiveIngest(const LiveIngest&) = delete;
  LiveIngest& operator=(const LiveIngest&) = delete;

  // LiveSink: any thread.
  std::uint32_t open(StreamInfo info) override;
  bool push(Push push) override;
  void close(std::uint32_t stream, bool keep) override;
  void tell(Level level, const std::string& message) override;

  // A line and its stream.
  struct Item {
    const LogEvent* event = nullptr;
    const DeadLetter* dead = nullptr;
    bool left_out = false;  // older than what the user asked for: read, and not to be taken in
  };

  // The rest is for one thread.
  // What comes next, valid until pop(); neither: nothing came until `deadline`, or wake() was called.
  Item front(Clock::time_point deadline);
  void pop();
  // The stream of the line that front() gave: its source and key.
  const StreamCheckpoint& stream_of_front() const;
  // Names that got a number since the last call, in the order of their numbers.
  std::vector<std::string> take_new_files();
  // The streams whose lines have been taken since the last call, or that have changed otherwise.
  struct Changes {
    std::vector<StreamCheckpoint> changed;
    std::vector<StreamCheckpoint> forgotten;  // source and key
  };
  Changes take_changes();
  // Nothing waits, and no stream is known to have more.
  bool caught_up() const;
  // Events that wait for another to confirm their time are decided now in those streams that have been silent since
  // `silent_since`; `now` by the wall's clock.
  void settle_held(EventTime now, Clock::time_point silent_since);
  // Nothing that was pushed waits to be parsed or taken, but what is held.
  bool is_drained() const;
  // There is something for take_changes() beside lines that were taken.
  bool has_changes() const;
  // Pushes of the source fail from now on, until it is abandoned; any thread.
  void refuse(const std::string& source);
  // The streams of a source that has ended take no more; they are forgotten when their lines have been taken.
  void finish(const std::string& source);
  // Forgets the streams of a source that has ended, with the lines that have not been taken. Call take_changes()
  // before.
  void abandon(const std::string& source);
  bool has_stream(const StreamCheckpoint& checkpoint) const;  // of this source and key; any thread
  // Parses what has not been taken, and all further lines, by other rules.
  void reconfigure(const EventFields& fields, const Projection& projection);

  void wake();  // ends a front() that waits; any thread
  void stop();  // pushes fail from now on; any thread
  std::size_t waiting_bytes() const { return waiting_bytes_.load(std::memory_order_relaxed); }
  bool is_full() const { return blocked_.load(std::memory_order_relaxed) > 0; }

 private:
  struct Slot;
  struct Stream;

  void parse_loop();
  std::shared_ptr<ParsedBatch> account(RawBatch raw);
  std::shared_ptr<const LineParser> make_parser(const Stream& stream) const;
  void enqueue(Stream& stream, std::shared_ptr<ParsedBatch> batch, bool skipping);
  void make_ordered(Stream& stream, const StreamCheckpoint& at) const;
  void take_ready();
  void take_slots(Stream& stream);
  void drain(Stream& stream);
  void choose();
  bool nothing_waits() const;
  bool must_wait() const;
  void update_hold(Stream& stream);
  bool refuses(const Stream& stream) const;
  static EventTime time_of(const OrderedEvents::Item& item);
  StreamCheckpoint checkpoint_of(Stream& stream) const;

  Options options_;
  std::vector<std::string> files_;  // by number; guarded by mutex_
  std::map<std::string, std::uint32_t, std::less<>> file_numbers_;
  std::size_t files_taken_ = 0;

  mutable std::mutex mutex_;  // guards the streams' shared parts, the queue and the flags
  std::condition_variable room_, work_, arrived_;
  std::map<std::uint32_t, std::unique_ptr<Stream>> streams_;
  std::uint32_t streams_made_ = 0;
  std::deque<std::pair<Stream*, std::shared_ptr<Slot>>> queue_;  // to be parsed
  std::size_t parsing_ = 0;                                      // workers at work
  std::vector<Stream*> ready_;                                   // their first slot has been parsed
  std::set<std::uint32_t> touched_;                              // closed or renamed since take_changes()
  std::size_t holding_ = 0;                                      // streams that others wait for
  bool stopping_ = false;
  std::set<std::string, std::less<>> refused_;  // sources
  std::atomic<bool> has_ready_ = false;
  std::atomic<bool> woken_ = false;
  std::atomic<std::size_t> waiting_bytes_ = 0;
  std::atomic<int> blocked_ = 0;  // pushes that wait

  // The taking thread's own.
  std::set<std::pair<EventTime, std::uint32_t>> fronts_;  // streams with a line, but the chosen one
  Stream* chosen_ = nullptr;
  Item item_;
  std::set<std::uint32_t> taken_from_;  // since take_changes()
  std::optional<Clock::time_point> waiting_since_;
  Clock::time_point no_wait_until_{};

  std::vector<std::jthread> threads_;  // last: joined first
};

}  // namespace tocsin
