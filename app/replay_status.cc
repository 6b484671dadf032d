#include "app/replay_status.h"

#include <algorithm>
#include <cstdio>

namespace tocsin {

std::string file_description(const OpenedFile& file) {
  std::string text = file.format;
  if (!file.compression.empty()) text += ", " + file.compression;
  if (file.years_inferred) text += "; year from the file's date";
  if (file.zone_assumed) text += "; no zone: UTC, or what --zone says";
  return text;
}

std::string speed_text(const ViewOptions& options, const TextStyle& style) {
  if (options.speed.empty() || options.speed == "max") return "at full speed";
  return "at " + options.speed + std::string(style.times());
}

std::string opening_text(const ViewOptions& options, const TextStyle& style) {
  std::size_t widest = 0;
  for (const OpenedFile& file : options.files) widest = std::max(widest, display_width(style.safe(file.path)));
  widest = std::min<std::size_t>(widest, 60);
  std::string text = "replaying " + counted(options.files.size(), "file") + " " + speed_text(options, style) + "\n";
  for (const OpenedFile& file : options.files) {
    text += "  " + padded(style.safe(file.path), widest) + "  " + style.safe(file_description(file)) + "\n";
  }
  return text;
}

void ReplayRate::on_progress(const ReplayProgress& progress) {
  last_ = progress;
  if (!samples_.empty() && progress.wall_s - samples_.back().wall_s < kSampleEvery_s) return;
  samples_.push_back({progress.wall_s, progress.lines, progress.consumed_bytes});
  if (samples_.size() > kSamples) samples_.pop_front();
}

std::optional<double> ReplayRate::lines_per_second() const {
  if (samples_.empty()) return std::nullopt;
  const Sample& oldest = samples_.front();
  const double span = last_.wall_s - oldest.wall_s;
  if (span >= kSampleEvery_s) return static_cast<double>(last_.lines - oldest.lines) / span;
  if (last_.wall_s <= 0) return std::nullopt;
  return static_cast<double>(last_.lines) / last_.wall_s;
}

std::optional<double> ReplayRate::seconds_left() const {
  if (!last_.total_bytes || last_.consumed_bytes == 0 || last_.wall_s < 0.5) return std::nullopt;
  if (*last_.total_bytes <= last_.consumed_bytes) return std::nullopt;
  // Over the whole run: a paced replay reads in jumps, so the last seconds say little.
  return last_.wall_s * static_cast<double>(*last_.total_bytes - last_.consumed_bytes) /
         static_cast<double>(last_.consumed_bytes);
}

std::optional<double> ReplayRate::done(const ReplayProgress& progress) {
  if (!progress.total_bytes) return std::nullopt;
  if (*progress.total_bytes == 0) return 1.0;
  return std::min(1.0, static_cast<double>(progress.consumed_bytes) / static_cast<double>(*progress.total_bytes));
}

StatusLine::StatusLine(const ViewOptions& options) : style_{.colour = options.colour, .utf8 = options.utf8} {
  std::fputs(opening_text(options, style_).c_str(), stderr);
}

void StatusLine::on_progress(const ReplayProgress& progress) {
  rate_.on_progress(progress);
  if (progress.wall_s < next_s_) return;
  while (next_s_ <= progress.wall_s) next_s_ += 5;
  std::string line = "  " + (progress.now ? to_clock(*progress.now) : "no event yet");
  if (const auto done = ReplayRate::done(progress)) line += "  " + percent(*done, 1);
  line += "  " + counted(progress.lines, "line");
  if (const auto rate = rate_.lines_per_second()) line += "  " + grouped(static_cast<std::uint64_t>(*rate)) + "/s";
  line += "  " + counted(progress.services, "service");
  line += "  bad " + grouped(progress.dead_letters) + "  late " + grouped(progress.late);
  if (const auto left = rate_.seconds_left()) line += "  " + spoken_seconds(*left) + " left";
  std::fputs((line + "\n").c_str(), stderr);
}

}  // namespace tocsin
