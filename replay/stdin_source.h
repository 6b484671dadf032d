// Lines that come through standard input, as they come. They can't be read again, so a restart begins with what comes
// then; run() ends when the pipe does. stop() still takes what waits in the pipe, and the beginning of a line as a
// line: its rest comes to nobody who knows of it. Threads: run() on one; stop() and status() from any.
#pragma once

#include "replay/descriptor.h"
#include "replay/source_counters.h"
#include "replay/source_registry.h"
#include "replay/stream_lines.h"

namespace tocsin {

class StdinSource final : public LiveSource {
 public:
  // `descriptor` stays open.
  StdinSource(const SourceDefinition& definition, LiveSourceOptions options, int descriptor = 0);

  void run(LiveSink& sink) override;
  void stop() override;
  SourceStatus status() const override { return counters_.status(); }

 private:
  enum class Step { kRead, kEnded, kRefused };
  void read_all(LiveSink& sink);
  std::uint32_t open(LiveSink& sink) const;
  Step read_some(LiveSink& sink, std::uint32_t stream);
  bool push(LiveSink& sink, std::uint32_t stream, StreamLines::Piece piece, bool more);

  SourceDefinition definition_;
  LiveSourceOptions options_;
  int descriptor_;
  Descriptor wake_;
  SourceCounters counters_;
  StreamLines lines_;
  std::string buffer_;
  std::uint64_t read_bytes_ = 0;
  bool told_more_ = false;
};

// Of streams that died with the process: their lines are complete, nothing comes any more. False: the sink has ended.
bool close_leftovers(LiveSink& sink, const std::vector<StreamCheckpoint>& checkpoints);
// A key that no stream had before: of the clock.
std::string unique_stream_key(const std::string& begin);

}  // namespace tocsin
