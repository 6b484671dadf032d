// Following files: each case on real files in a folder of its own.
#include "replay/tail_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "replay/source_registry.h"
#include "test/replay/archives.h"
#include "test/replay/fake_live_sink.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;
using test::FakeLiveSink;
using test::RunningSource;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

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

  test::TemporaryFolder folder_;
  SourceDefinition definition_;
  LiveSourceOptions options_;
  bool hold_at_start_ = false;
  std::unique_ptr<FakeLiveSink> sink_;
  std::optional<RunningSource> source_;
};

TEST_F(TailTest, ReadsWhatIsThereAndWhatComes) {
  write("a.log", "one\ntwo\n");
  start();
  ASSERT_TRUE(sink_->wait_for_lines(2));
  append("a.log", "three\n");
  ASSERT_TRUE(sink_->wait_for_lines(3));
  write("b.log", "four\n");
  ASSERT_TRUE(sink_->wait_for_lines(4));
  EXPECT_THAT(sink_->texts(), ElementsAre("one", "two", "three", "four"));
  stop();
  append("a.log", "five\n");
  start();
  ASSERT_TRUE(sink_->wait_for_lines(1));
  EXPECT_THAT(sink_->texts(), ElementsAre("five"));
}

}  // namespace
}  // namespace tocsin
