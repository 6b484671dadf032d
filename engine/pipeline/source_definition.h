// A live source of lines, as its user writes it under `sources:`. Data only; `replay/` runs it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/event/line_format.h"

namespace tocsin {

enum class SourceType { kTail, kStdin, kSyslog, kJournald };

struct SourceDefinition {
  // Where files without a checkpoint are begun. kTime: at the first line whose time is not before `from_time`.
  enum class From { kBeginning, kEnd, kTime };

  SourceType type = SourceType::kTail;
  std::string name;                  // unique; its checkpoints are kept under it. Default: derived from what follows
  std::vector<std::string> paths;    // kTail: globs, `**` for any depth
  std::vector<std::string> exclude;  // kTail: globs of what is left out
  std::vector<std::string> listen;   // kSyslog: "udp://127.0.0.1:5514", "tcp://[::1]:5514"
  std::vector<std::string> units;    // kJournald: empty: all
  std::optional<LineFormat> format;  // empty: detected, for each file or connection
  std::string service;               // of events that name none; empty: by the file's, program's or unit's name
  Period zone_offset;                // of time stamps without a zone
  From from = From::kBeginning;
  EventTime from_time;
  std::size_t max_line = 1 << 20;  // bytes; what is longer is cut and counted

  bool operator==(const SourceDefinition&) const = default;
};

}  // namespace tocsin
