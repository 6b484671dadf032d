// Follows the files that match globs, for months: through rotation by renaming, by copying and emptying, and by
// compressing; whatever is deleted, swapped or forbidden for a while. Each file with its content is a stream of its own
// (see StreamLedger). Lines come within a moment of being written, by notices of the system; where there are none, and
// as a safety net, it looks from time to time.
//
// Fair and bounded: files that have something to read take turns of batch_bytes; at most max_open_files descriptors are
// open, but for files without a name, which could not be opened again; nothing is buffered for a file.
//
// Threads: run() on one; stop() and status() from any.
#pragma once

#include <chrono>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "replay/archive_queue.h"
#include "replay/descriptor.h"
#include "replay/directory_watch.h"
#include "replay/file_cursor.h"
#include "replay/path_glob.h"
#include "replay/source_counters.h"
#include "replay/source_registry.h"
#include "replay/stream_ledger.h"

namespace tocsin {

class TailSource final : public LiveSource {
 public:
  TailSource(const SourceDefinition& definition, LiveSourceOptions options);
  ~TailSource() override;

  void run(LiveSink& sink) override;
  void stop() override;
  SourceStatus status() const override { return counters_.status(); }

 private:
  using Clock = std::chrono::steady_clock;

  // What stat(2) says.
  struct FileFacts {
    FileNumber number;
    std::uint64_t size = 0;
    std::int64_t changed_ns = 0;  // modification time
    std::uint64_t links = 0;
    bool is_regular = false, is_folder = false;
  };

  struct Followed {
    std::uint64_t id;
    KnownStream& known;
    Descriptor descriptor;
    FileCursor cursor;
    std::uint64_t size = 0;  // as last seen
    std::int64_t changed_ns = 0;
    Clock::time_point grew{};
    std::optional<std::uint32_t> stream;  // opened with the first line, or once it matters where it began
    bool queued = false, told_more = false, identity_changed = false;
    std::uint64_t owed = 0;    // a copy of what was emptied: how much that held, as far as is known
    bool began_empty = false;  // and has given nothing: it may still turn out to be no log
    bool displaced = false;    // its name is another file's, or nobody's
    std::string first_path;    // the name it had before it was displaced
    bool is_closable = false;  // listed in open_, at `place`
    std::list<Followed*>::iterator place{};

    const std::string& path() const { return known.identity.path; }
    std::uint64_t lag() const { return size > cursor.offset() ? size - cursor.offset() : 0; }
    std::uint64_t counted_lag = 0;
    std::vector<std::string> names;  // in by_path_
  };

  // What need not be looked into again while its facts stay the same.
  struct Settled {
    FileNumber number;
    std::uint64_t size = 0;
    std::int64_t changed_ns = 0;
  };

  // A compressed file that may still be written.
  struct Unquiet {
    std::uint64_t size = 0;
    std::int64_t changed_ns = 0;
    Clock::time_point since{};
  };

  // --- tail_source.cc: the loop, reading ---
  void work();
  void handle(const DirectoryWatch::Event& event);
  void tick(Clock::time_point now);
  bool take_turn();
  static bool is_no_log(const Followed& file, const FileCursor::Look& look);
  bool read_some(Followed& file);
  bool verify(Followed& file, FileCursor before, FileCursor::Look& look);
  bool grow_print(Followed& file, int& error);
  void forget(Followed& file);
  bool give(Followed& file, FileCursor::Look look);
  void emptied(Followed& file);
  void finish(Followed& file);
  void end_stream(KnownStream& known, std::optional<std::uint32_t> stream, RawBatch rest);
  void check_displaced(Followed& file, Clock::time_point now);
  bool ensure_open(Followed& file);
  void close_some(std::size_t most_open);
  void keep_open(Followed& file);
  void count_lag(Followed& file);
  std::uint32_t open_known(KnownStream& known, std::optional<EventTime> modified);
  void note_size(Followed& file, std::uint64_t size);
  void queue(Followed& file);
  void open_stream(Followed& file);
  void drop(Followed& file);
  bool push(LiveSink::Push push);
  void tell_no_more(Followed& file);
  void problem(const std::string& path, const std::string& message);

  // --- tail_archives.cc: compressed files ---
  bool is_quiet(const std::string& path, const FileFacts& facts);
  void adopt_archive(const std::string& path, const FileFacts& facts);
  Descriptor open_archive(KnownStream& known);
  void read_archive();
  void give_up_archive(KnownStream& known);

  // --- tail_discovery.cc: which file is which ---
  void scan(bool initial);
  void look_at(const std::string& path);
  void look_later(const std::string& path, Period delay);
  void vanished(const std::string& path);
  void displace(Followed& file);
  void renamed(Followed& file, const std::string& path);
  void lost(Followed& file);
  void name(Followed& file, const std::string& path);
  void adopt(const std::string& path);
  void adopt_new(const std::string& path, const FileFacts& facts, Descriptor descriptor, const std::string& head);
  // A stream that has read this content under another name. `copying`: it is a copy of a followed file in the making.
  KnownStream* read_before(const std::string& path, const FileFacts& facts, int descriptor, const std::string& head,
                           bool& copying);
  bool is_copy_of_followed(const Followed& file, const FileFacts& facts, int descriptor, const std::string& head) const;
  bool resume(KnownStream& known, const std::string& path, const FileFacts& facts, Descriptor& descriptor);
  Followed& follow(KnownStream& known, const FileFacts& facts, Descriptor descriptor);
  std::uint64_t start_of(const std::string& path, int descriptor, std::uint64_t size) const;
  void find_missing(KnownStream& known);
  std::string copy_of(const KnownStream& known, Descriptor& descriptor, FileFacts& facts) const;
  std::string path_by_number(const std::string& folder, FileNumber number) const;
  void leave_alone(const std::string& path, const FileFacts& facts, const std::string& reason);
  void look_again(const KnownStream& known);
  void settle(const std::string& path, const FileFacts& facts);
  bool is_settled(const std::string& path, const FileFacts& facts) const;
  void forget_stale(Clock::time_point now);
  static std::optional<FileFacts> facts_of(const std::string& path, int& error);
  static FileFacts facts_of(int descriptor);
  static Descriptor open_to_read(const std::string& path);

  SourceDefinition definition_;
  LiveSourceOptions options_;
  PathSelection selection_;
  DirectoryWatch watch_;
  SourceCounters counters_;
  StreamLedger ledger_;
  ArchiveQueue archives_;
  LiveSink* sink_ = nullptr;
  bool had_checkpoints_ = false;
  bool initial_ = false;     // the files that are found now were there before the program
  bool watches_all_ = true;  // false: some folder gives no notice
  bool scan_due_ = false;
  bool ended_ = false;  // the sink takes no more

  std::map<std::uint64_t, std::unique_ptr<Followed>> files_;
  std::uint64_t files_made_ = 0;
  std::unordered_map<std::string, Followed*> by_path_;
  std::map<FileNumber, Followed*> by_number_;
  std::unordered_map<std::string, Settled> settled_;
  std::map<std::string, Unquiet> unquiet_;
  std::map<std::string, Clock::time_point> later_;   // files that are to be looked at again
  std::map<std::string, std::string> problems_;      // told, until they are over
  std::set<std::string, std::less<>> told_missing_;  // keys of streams whose files have not been found
  std::deque<std::uint64_t> ready_;
  std::list<Followed*> open_;  // those that may be closed, the least recently used first
  std::size_t open_count_ = 0;
  std::map<std::uint64_t, Followed*> displaced_;
  Clock::time_point next_scan_{}, next_tick_{};
  bool archive_turn_ = false;
  std::optional<std::uint32_t> archive_stream_;
};

}  // namespace tocsin
