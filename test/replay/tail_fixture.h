// A folder of files that are tailed, for tests of how they are followed.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "replay/source_registry.h"
#include "test/replay/archives.h"
#include "test/replay/fake_live_sink.h"

namespace tocsin::test {

namespace fs = std::filesystem;

// A folder that is tailed, stopped and tailed again with the checkpoints of before.
class TailTest : public testing::Test {
 protected:
  TailTest() {
    definition_.name = "logs";
    definition_.paths = {folder_.path("*.log*")};
    options_.poll = Period{20};
    options_.quiet = Period{40};
  }
  ~TailTest() override { stop(); }

  void start() {
    LiveSourceOptions options = options_;
    if (sink_) options.checkpoints = sink_->committed();
    sink_ = std::make_unique<FakeLiveSink>(options.checkpoints);
    if (hold_at_start_) sink_->hold(true);
    source_.emplace(make_live_source(definition_, std::move(options)), *sink_);
  }
  void stop() { source_.reset(); }
  void restart() {
    stop();
    start();
  }

  std::string path(const std::string& name) const { return folder_.path(name); }
  void write(const std::string& name, std::string_view text) { std::ofstream(path(name), std::ios::binary) << text; }
  void append(const std::string& name, std::string_view text) {
    std::ofstream(path(name), std::ios::binary | std::ios::app) << text;
  }
  void rename(const std::string& from, const std::string& to) { fs::rename(path(from), path(to)); }
  // A file that looks old enough to be read at once.
  void write_archive(const std::string& name, std::string_view text) {
    write(name, text);
    fs::last_write_time(path(name), fs::file_time_type::clock::now() - std::chrono::hours(1));
  }
  // A line that takes more than a fingerprint's length together with its like.
  static std::string long_line(int number) {
    return "line " + std::to_string(number) + " " + std::string(300, static_cast<char>('a' + number % 26)) + "\n";
  }
  static std::string long_lines(int from, int to) {
    std::string text;
    for (int i = from; i < to; ++i) text += long_line(i);
    return text;
  }
  // The numbers of long_lines, as they came.
  std::vector<int> numbers() const {
    std::vector<int> all;
    for (const std::string& text : sink_->texts()) all.push_back(std::stoi(text.substr(5)));
    return all;
  }
  static std::vector<int> range(int from, int to) {
    std::vector<int> all;
    for (int i = from; i < to; ++i) all.push_back(i);
    return all;
  }

  TemporaryFolder folder_;
  SourceDefinition definition_;
  LiveSourceOptions options_;
  bool hold_at_start_ = false;
  std::unique_ptr<FakeLiveSink> sink_;
  std::optional<RunningSource> source_;
};

}  // namespace tocsin::test
