// One replay from its files to its exit code: wires ingest, engine, stores, delivery and view together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/alarm/alarm_definition.h"
#include "engine/base/time.h"
#include "engine/event/line_format.h"
#include "engine/pipeline/rule_set.h"

namespace tocsin {

enum class Output { kText, kJson, kNdjson };

struct ReplayOptions {
  std::vector<std::string> paths;
  double speed = 0;                   // 0: max
  std::optional<EventTime> from, to;  // from inclusive, to exclusive
  std::optional<LineFormat> format;
  Period zone_offset;
  std::string data_dir;
  std::string report;  // a file's path: .md or .json
  std::string mocks;   // a file's path
  bool notify = false;
  Period wait_delivery = Period::seconds(60);
  std::optional<Severity> fail_on;
  std::optional<std::uint64_t> max_bad_lines;
  unsigned threads = 0;  // parse threads; 0: by the machine
  Output output = Output::kText;
  bool colour = false;
  bool terminal = false;  // stderr is one: draw on it
  bool utf8 = true;
};

// The exit code. Errors of the world are told on stderr.
int run_replay(const ReplayOptions& options, const RuleSet& rules);

}  // namespace tocsin
