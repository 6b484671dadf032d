// How a replay is doing, in words: what was opened, and a status line every five seconds of wall time, on stderr. The
// wall time comes from the caller. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "app/replay_view.h"
#include "app/text_layout.h"

namespace tocsin {

// What a file was taken for: "ndjson, gzip; no zone: UTC, or what --zone says".
std::string file_description(const OpenedFile& file);
// "max speed" or "60×".
std::string speed_text(const ViewOptions& options, const TextStyle& style);
// One line for the run and one for each file.
std::string opening_text(const ViewOptions& options, const TextStyle& style);

// Lines a second over the last seconds, and the time left by the bytes that remain.
class ReplayRate {
 public:
  void on_progress(const ReplayProgress& progress);
  std::optional<double> lines_per_second() const;
  std::optional<double> seconds_left() const;
  static std::optional<double> done(const ReplayProgress& progress);  // 0 to 1

 private:
  static constexpr double kSampleEvery_s = 0.25;
  static constexpr std::size_t kSamples = 12;  // three seconds
  struct Sample {
    double wall_s = 0;
    std::uint64_t lines = 0, bytes = 0;
  };
  std::deque<Sample> samples_;
  ReplayProgress last_;
};

class StatusLine {
 public:
  explicit StatusLine(const ViewOptions& options);  // prints the opening
  void on_progress(const ReplayProgress& progress);

 private:
  TextStyle style_;
  ReplayRate rate_;
  double next_s_ = 5;
};

}  // namespace tocsin
