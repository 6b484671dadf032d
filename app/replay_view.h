// How a replay is shown while it runs and when it ends. One view per kind of output; the run calls it from one thread,
// in event order. Machine output goes to stdout, everything else to stderr.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.h"
#include "engine/event/dead_letter.h"
#include "engine/pipeline/effect.h"
#include "engine/pipeline/engine.h"

namespace tocsin {

// One input file, as it was opened.
struct OpenedFile {
  std::string path;
  std::string format;           // "ndjson"
  std::string compression;      // "", "gzip", "zstd"
  bool years_inferred = false;  // its stamps name no year
  bool zone_assumed = false;    // its format names no zone: read as UTC (or --zone)
};

struct ReplayProgress {
  std::optional<EventTime> now;  // event time reached
  std::uint64_t lines = 0;
  std::uint64_t dead_letters = 0;
  std::uint64_t late = 0;
  std::uint64_t consumed_bytes = 0;          // of the (compressed) files
  std::optional<std::uint64_t> total_bytes;  // unknown for a pipe
  std::size_t services = 0;
  double wall_s = 0;
};

struct DeliveryCounts {
  std::uint64_t delivered = 0, pending = 0, dead = 0;
};

struct ReplaySummary {
  EngineCounters counters;  // events: those within --from/--to
  std::uint64_t lines = 0;
  std::uint64_t events = 0;   // lines = events + dead letters
  std::uint64_t skipped = 0;  // events outside --from/--to
  std::map<std::string, std::uint64_t> dead_letters_by_reason;
  std::size_t services = 0;
  double wall_s = 0;
  std::string digest;
  bool interrupted = false;
  bool notified = false;  // --notify: something was really sent
  DeliveryCounts deliveries;
};

// A dead letter with its place as the user knows it.
struct ShownDeadLetter {
  DeadReason reason = DeadReason::kEmpty;
  std::string_view file;
  std::uint64_t line = 0, offset = 0;
  std::string_view raw;
};

class ReplayView {
 public:
  virtual ~ReplayView() = default;
  // `line` is the effect's line in the effect log (empty for a RunTask).
  virtual void on_effect(const Effect& effect, const std::string& line) = 0;
  virtual void on_dead_letter(const ShownDeadLetter& letter, const std::string& line) = 0;
  // Often; the view decides what it redraws.
  virtual void on_progress(const ReplayProgress& progress) = 0;
  // `line` is the summary's line in the effect log.
  virtual void on_end(const ReplaySummary& summary, const std::string& line) = 0;
};

struct ViewOptions {
  std::vector<OpenedFile> files;
  std::string speed;  // "max" or "60"
  bool colour = false;
  bool utf8 = true;  // the locale can show it; else ASCII
};

// The effect log as it is, a line each; progress on stderr every 5 s.
std::unique_ptr<ReplayView> make_ndjson_view(const ViewOptions& options);
// One JSON document: {"effects": […], "summary": {…}}.
std::unique_ptr<ReplayView> make_json_view(const ViewOptions& options);
// Not a terminal: a stable line per transition on stdout, a status line every 5 s on stderr, the incident report at the
// end.
std::unique_ptr<ReplayView> make_text_view(const ViewOptions& options);
// A terminal: progress bar, clock, rate and ETA, a ribbon for each alarm that has left OK, the incident report at the
// end.
std::unique_ptr<ReplayView> make_terminal_view(const ViewOptions& options);

}  // namespace tocsin
