// Random rotations, stops and deaths: whatever was committed last is where it goes on, and at the end every line has
// been committed once. A seed gives one history of what happens to the files; where it is cut is up to the threads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <span>

#include "replay/byte_source.h"
#include "replay/source_registry.h"
#include "test/replay/archives.h"
#include "test/replay/fake_live_sink.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;
using test::FakeLiveSink;

class History {
 public:
  explicit History(unsigned seed) : random_(seed) {
    definition_.name = "app";
    definition_.paths = {folder_.path("app.log*")};
  }

  void run() {
    append(3);
    for (int life = 0; life < 12; ++life) live();
    if (partial_) finish_partial();
    append(1);
    FakeLiveSink sink(checkpoints_);
    test::RunningSource source(make(), sink);
    ASSERT_TRUE(sink.wait_for_lines(written_ - accepted_.size())) << story_ << what_is_missing(sink);
    source.stop();
    const std::string missing = what_is_missing(sink);
    accept(sink, sink.lines().size());
    std::vector<std::string> expected;
    for (std::size_t i = 0; i < written_; ++i) expected.push_back(line(i));
    std::ranges::sort(accepted_);
    EXPECT_TRUE(accepted_ == expected) << story_ << missing;
  }

 private:
  // Three lines make a full fingerprint.
  static std::string line(std::size_t number) {
    std::string text = std::to_string(1'000'000 + number) + " ";
    text.append(400, static_cast<char>('a' + number % 26));
    return text;
  }
  std::string path(const std::string& name) const { return folder_.path(name); }
  void tell(const std::string& what) { story_ += what + "; "; }

  void append(std::size_t count) {
    std::ofstream file(path("app.log"), std::ios::app);
    for (std::size_t i = 0; i < count; ++i) file << line(written_++) << "\n";
    tell("append to " + std::to_string(written_));
  }
  void append_partial() {
    std::ofstream(path("app.log"), std::ios::app) << line(written_).substr(0, 20);
    partial_ = true;
    tell("append a part");
  }
  void finish_partial() {
    std::ofstream(path("app.log"), std::ios::app) << line(written_++).substr(20) << "\n";
    partial_ = false;
    tell("append its rest");
  }
  // app.log.1 becomes app.log.2, and so on; none is ever thrown away.
  void make_place() {
    for (int i = kMostRotations; i > 0; --i) {
      for (const std::string ending : {"", ".gz"}) {
        const std::string from = path("app.log." + std::to_string(i) + ending);
        if (fs::exists(from)) fs::rename(from, path("app.log." + std::to_string(i + 1) + ending));
      }
    }
  }
  void rotate() {
    make_place();
    fs::rename(path("app.log"), path("app.log.1"));
    std::ofstream(path("app.log"), std::ios::app) << "";
    tell("rename");
  }
  void copy_and_empty() {
    make_place();
    fs::copy_file(path("app.log"), path("app.log.1"));
    fs::resize_file(path("app.log"), 0);
    tell("copy and empty");
  }
  void compress() {
    for (int i = 1; i <= kMostRotations; ++i) {
      const std::string name = path("app.log." + std::to_string(i));
      if (!fs::exists(name)) continue;
      std::ifstream file(name);
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      folder_.write("new", test::gzip(text));
      fs::last_write_time(path("new"), fs::file_time_type::clock::now() - std::chrono::hours(1));
      fs::rename(path("new"), name + ".gz");
      fs::remove(name);
      tell("compress " + std::to_string(i));
      return;
    }
  }
  void happen() {
    const unsigned chance = random_() % 10;
    if (partial_) return finish_partial();
    if (chance < 4) return append(3 + random_() % 20);
    if (chance == 4) return append_partial();
    if (chance < 7) return rotate();
    if (chance < 8) return copy_and_empty();
    compress();
  }

  std::unique_ptr<LiveSource> make() const {
    return make_live_source(
        definition_, {.checkpoints = checkpoints_, .batch_bytes = 2000, .poll = Period{10}, .quiet = Period{20}});
  }

  void accept(const FakeLiveSink& sink, std::size_t count) {
    const std::vector<std::string> texts = sink.texts();
    accepted_.insert(accepted_.end(), texts.begin(), texts.begin() + static_cast<std::ptrdiff_t>(count));
  }

  // For whoever has to find out why.
  std::string what_is_missing(const FakeLiveSink& sink) const {
    std::vector<std::string> all = accepted_;
    for (const std::string& text : sink.texts()) all.push_back(text);
    std::string text = "\nmissing:";
    for (std::size_t i = 0; i < written_; ++i) {
      const auto count = std::ranges::count(all, line(i));
      if (count != 1) text += " " + std::to_string(i) + (count > 1 ? " (twice)" : "");
    }
    for (const StreamCheckpoint& one : checkpoints_) {
      text += "\n" + one.key + " at " + std::to_string(one.offset) + (one.done ? " done " : " ") + one.identity;
    }
    for (const std::string& one : sink.told()) text += "\n" + one;
    std::set<std::string> files;
    for (const auto& entry : fs::directory_iterator(folder_.path(""))) {
      std::string held(1 << 20, '\0');
      const OpenedSource file = open_source(entry.path().string());
      std::size_t used = 0;
      while (const std::size_t count = file.bytes->read(std::span(held).subspan(used))) used += count;
      held.resize(used);
      files.insert(entry.path().filename().string() + ": " + held.substr(0, 7) + " to " +
                   held.substr(held.rfind('\n', held.size() - std::min<std::size_t>(2, held.size())) + 1, 7));
    }
    for (const std::string& file : files) text += "\n" + file;
    return text;
  }

  // A run that ends somewhere: what counts is one of its commits.
  void live() {
    if (random_() % 3 == 0) happen();  // while nobody looks
    FakeLiveSink sink(checkpoints_);
    sink.keep_commits();
    {
      test::RunningSource source(make(), sink);
      for (unsigned i = random_() % 5; i > 0; --i) happen();
      if (random_() % 2 == 0) {
        const std::size_t left = written_ - accepted_.size();
        ASSERT_TRUE(sink.wait_for_lines(left > 0 ? random_() % left : 0)) << story_;
      }
    }
    const std::vector<FakeLiveSink::Commit> commits = sink.commits();
    if (commits.empty()) return;
    if (random_() % 4 == 0) {
      checkpoints_ = sink.committed();
      accept(sink, sink.lines().size());
      tell("stop");
      return;
    }
    const FakeLiveSink::Commit& commit = commits[random_() % commits.size()];
    checkpoints_ = commit.checkpoints;
    // What a file is called counts at once, whatever has been committed.
    for (StreamCheckpoint& one : checkpoints_) {
      for (const StreamCheckpoint& later : sink.committed()) {
        if (later.key != one.key) continue;
        one.identity = later.identity;
        // And it is done only once all of it has been committed, whatever it was before it was opened again.
        one.done = later.done && later.offset == one.offset;
      }
    }
    accept(sink, commit.lines);
    tell("die at line " + std::to_string(accepted_.size()));
  }

  static constexpr int kMostRotations = 99;

  std::mt19937 random_;
  test::TemporaryFolder folder_;
  SourceDefinition definition_;
  std::size_t written_ = 0;
  bool partial_ = false;
  std::vector<StreamCheckpoint> checkpoints_;
  std::vector<std::string> accepted_;
  std::string story_;
};

class TailRestartTest : public testing::TestWithParam<unsigned> {};
INSTANTIATE_TEST_SUITE_P(, TailRestartTest, testing::Range(0U, 30U));

TEST_P(TailRestartTest, EveryLineOnce) {
  History(GetParam()).run();
}

}  // namespace
}  // namespace tocsin
