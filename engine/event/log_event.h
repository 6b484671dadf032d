// One parsed log line. All views point into the batch that the line came in and die with it; whoever keeps an event
// longer copies what it needs. Nothing here allocates.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "engine/base/time.h"
#include "engine/event/field_value.h"
#include "engine/event/projection.h"

namespace tocsin {

// Severity words of all formats, folded: "warning", "W" and 4 (syslog) are kWarn; critical, alert, emerg and panic are
// kFatal.
enum class Level : std::uint8_t { kNone, kTrace, kDebug, kInfo, kWarn, kError, kFatal };

std::string_view to_text(Level level);     // "ERROR"; "" for kNone
Level parse_level(std::string_view text);  // any case; kNone where it is no level word

// Where a line stands: an index into the run's list of files, the line's number from 1, and the offset of its first
// byte in the (decompressed) file.
struct LineOrigin {
  std::uint32_t file = 0;
  std::uint64_t line = 0;
  std::uint64_t offset = 0;
};

struct LogEvent {
  EventTime time;
  Level level = Level::kNone;
  bool truncated = false;  // the line was longer than max_line and has been cut
  double latency_ms = std::numeric_limits<double>::quiet_NaN();
  std::string_view service;  // never empty after parsing
  std::string_view message;
  std::string_view trace;
  std::string_view upstream;           // the service that called this one
  std::string_view raw;                // the whole line without its end
  std::span<const FieldValue> fields;  // indexed by FieldSlot
  LineOrigin origin;

  bool has_latency() const { return !std::isnan(latency_ms); }
  const FieldValue& field(FieldSlot slot) const { return fields[slot.index]; }
};

}  // namespace tocsin
