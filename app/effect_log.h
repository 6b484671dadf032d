// The effect log's lines and their digest: a SHA-256 over all lines, each with its newline, with the names of the input
// files blanked, so that a log and its compressed copy have the same one. Wall times are never given to it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/replay_view.h"
#include "engine/base/sha256.h"

namespace tocsin {

// A dead letter's line in the effect log, with at most `most_raw` bytes of the line itself.
std::string dead_letter_line(const ShownDeadLetter& letter, std::optional<EventTime> now, std::size_t most_raw);

class EffectLog {
 public:
  explicit EffectLog(std::vector<std::string> files);

  std::string line_of(const Effect& effect);  // "" for a RunTask
  std::string line_of(const ShownDeadLetter& letter, std::optional<EventTime> now);
  // Ends the log: fills `summary.digest`.
  std::string line_of(ReplaySummary& summary);

 private:
  void add(std::string_view line);

  std::vector<std::string> files_;
  std::vector<std::string> file_members_;  // "file":"name", as it stands in the lines
  Sha256 sha_;
};

}  // namespace tocsin
