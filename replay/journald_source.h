// Follows the systemd journal. What is committed is told by an offset, as for files: the sum of the lines' bytes. The
// journal knows no such offset, only cursors; so the identity keeps a cursor for every few megabytes, and a restart
// goes to the last one before the committed offset and passes over the lines between, which come out the same again.
//
// Where the build has no libsystemd, available() says so. Threads: run() on one; stop() and status() from any.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "replay/descriptor.h"
#include "replay/source_counters.h"
#include "replay/source_registry.h"

namespace tocsin {

// An entry behind which reading goes on at an offset; an empty cursor is the beginning.
struct JournalAnchor {
  std::uint64_t offset = 0;
  std::string cursor;
  bool operator==(const JournalAnchor&) const = default;
};

// {"anchors":"0 - 4194304 s=…;i=…"}: oldest first.
std::string to_text(const std::deque<JournalAnchor>& anchors);
std::deque<JournalAnchor> parse_journal_anchors(std::string_view identity);

class JournaldSource final : public LiveSource {
 public:
  // `folder`: of journal files, instead of the machine's. Throws SourceError where the journal can't be opened.
  JournaldSource(const SourceDefinition& definition, LiveSourceOptions options, const std::string& folder = {});
  ~JournaldSource() override;

  void run(LiveSink& sink) override;
  void stop() override;
  SourceStatus status() const override { return counters_.status(); }

  // Why there is no journal to be read; empty: there is.
  static std::string problem(const SourceDefinition& definition);

 private:
  struct Journal;

  void work(LiveSink& sink);
  void seek();
  bool read_batch(std::string& lines, std::string& cursor);

  SourceDefinition definition_;
  LiveSourceOptions options_;
  Descriptor wake_;
  SourceCounters counters_;
  std::unique_ptr<Journal> journal_;
  StreamCheckpoint checkpoint_;
  std::deque<JournalAnchor> anchors_;
  std::uint64_t offset_ = 0;  // of what has been read
};

}  // namespace tocsin
