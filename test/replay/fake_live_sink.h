// A LiveSink that keeps what it gets: the lines in order, and for each stream the checkpoint that a store would have.
// It can hold pushes up, refuse them, and waits for what a test wants to see. All functions from any thread.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "replay/live_source.h"

namespace tocsin::test {

class FakeLiveSink final : public LiveSink {
 public:
  struct Line {
    std::string stream;  // its key
    std::string name;
    std::uint64_t offset = 0;
    std::string text;  // without its newline
    bool cut = false;
  };

  explicit FakeLiveSink(std::vector<StreamCheckpoint> committed = {}) {
    for (StreamCheckpoint& one : committed) checkpoints_[one.key] = std::move(one);
  }

  std::uint32_t open(StreamInfo info) override {
    const std::lock_guard lock(mutex_);
    const std::uint32_t number = ++opened_;
    const auto known = checkpoints_.find(info.checkpoint.key);
    if (known != checkpoints_.end()) {
      EXPECT_EQ(known->second.offset, info.checkpoint.offset) << "resumed elsewhere than it was committed";
      EXPECT_EQ(known->second.lines, info.checkpoint.lines);
    }
    for (const auto& [other, stream] : streams_) {
      EXPECT_TRUE(stream.closed || stream.info.checkpoint.key != info.checkpoint.key) << "opened twice";
    }
    EXPECT_FALSE(info.checkpoint.done);
    checkpoints_[info.checkpoint.key] = info.checkpoint;
    Stream& stream = streams_[number];
    stream.end = info.checkpoint.offset;
    stream.info = std::move(info);
    changed_.notify_all();
    return number;
  }

  bool push(Push push) override {
    std::unique_lock lock(mutex_);
    Stream& stream = streams_.at(push.batch.file);
    EXPECT_FALSE(stream.closed) << "a push behind the end";
    EXPECT_FALSE(stream.last) << "a push behind the last";
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !held_ || stopped_; });
    --waiting_;
    if (stopped_ || pushes_left_ == 0) {
      changed_.notify_all();
      return false;
    }
    if (pushes_left_ > 0 && !push.batch.bytes.empty()) --pushes_left_;
    take(stream, push);
    changed_.notify_all();
    return true;
  }

  void close(std::uint32_t number, bool keep) override {
    const std::lock_guard lock(mutex_);
    Stream& stream = streams_.at(number);
    EXPECT_FALSE(stream.closed) << "closed twice";
    EXPECT_TRUE(stream.last) << "closed without a last batch";
    stream.closed = true;
    if (keep) {
      checkpoints_[stream.info.checkpoint.key].done = true;
    } else {
      checkpoints_.erase(stream.info.checkpoint.key);
    }
    ++closed_;
    changed_.notify_all();
  }

  void tell(Level level, const std::string& message) override {
    const std::lock_guard lock(mutex_);
    told_.push_back(std::string(to_text(level)) + " " + message);
    changed_.notify_all();
  }

  // --- the test's side ---

  // Pushes wait from now on, or go on.
  void hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  // Takes so many pushes with lines, then none.
  void limit_pushes(int count) { pushes_left_ = count; }

  // Waits until `reached` is true of this object, at most ten seconds; called under the lock.
  bool wait_until(const std::function<bool()>& reached) {
    std::unique_lock lock(mutex_);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!reached()) {
      // Not all that a test waits for is told here: a status changes behind it.
      if (std::chrono::steady_clock::now() >= deadline) return false;
      changed_.wait_for(lock, std::chrono::milliseconds(5));
    }
    return true;
  }
  bool wait_for_lines(std::size_t count) {
    return wait_until([&] { return lines_.size() >= count; });
  }
  bool wait_until_lines(const std::function<bool(const std::vector<Line>&)>& reached) {
    return wait_until([&] { return reached(lines_); });
  }
  bool wait_for_told(const std::string& part) {
    return wait_until([&] {
      for (const std::string& one : told_) {
        if (one.find(part) != std::string::npos) return true;
      }
      return false;
    });
  }
  bool wait_for_closed(std::size_t count) {
    return wait_until([&] { return closed_ >= count; });
  }
  // And no stream says that it has more.
  bool wait_for_caught_up(std::size_t lines) {
    return wait_until([&] {
      for (const auto& [number, stream] : streams_) {
        if (!stream.closed && stream.more) return false;
      }
      return lines_.size() >= lines;
    });
  }
  bool wait_for_blocked() {
    return wait_until([&] { return waiting_ > 0; });
  }
  bool wait_for_open(std::size_t count) {
    return wait_until([&] { return opened_ >= count; });
  }

  std::vector<Line> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  std::vector<std::string> texts() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> texts;
    for (const Line& line : lines_) texts.push_back(line.text);
    return texts;
  }
  std::vector<std::string> told() const {
    const std::lock_guard lock(mutex_);
    return told_;
  }
  std::vector<StreamInfo> infos() const {
    const std::lock_guard lock(mutex_);
    std::vector<StreamInfo> infos;
    for (const auto& [number, stream] : streams_) infos.push_back(stream.info);
    return infos;
  }
  // What a store would hold now.
  std::vector<StreamCheckpoint> committed() const {
    const std::lock_guard lock(mutex_);
    return snapshot();
  }
  // The same behind every push, with the number of lines that had been taken.
  struct Commit {
    std::vector<StreamCheckpoint> checkpoints;
    std::size_t lines = 0;
  };
  void keep_commits() { keeps_commits_ = true; }
  std::vector<Commit> commits() const {
    const std::lock_guard lock(mutex_);
    return commits_;
  }

 private:
  struct Stream {
    StreamInfo info;
    std::uint64_t end = 0;
    bool more = false, last = false, closed = false, skipping = false;
  };

  void take(Stream& stream, Push& push) {
    StreamCheckpoint& checkpoint = checkpoints_[stream.info.checkpoint.key];
    if (!push.identity.empty()) checkpoint.identity = push.identity;
    const RawBatch& batch = push.batch;
    stream.more = push.more;
    stream.last = batch.last;
    if (batch.bytes.empty()) return;
    EXPECT_GE(batch.first_offset, stream.end) << "bytes were given twice";
    EXPECT_GE(batch.bytes.capacity(), batch.bytes.size() + kBatchPadding);
    EXPECT_TRUE(batch.bytes.ends_with('\n') || batch.last || batch.dropped_bytes > 0) << "half a line";
    for (std::size_t start = 0; start < batch.bytes.size();) {
      const std::size_t end = std::min(batch.bytes.find('\n', start), batch.bytes.size());
      lines_.push_back({stream.info.checkpoint.key, stream.info.name, batch.first_offset + start,
                        batch.bytes.substr(start, end - start), batch.dropped_bytes > 0 && end == batch.bytes.size()});
      ++checkpoint.lines;
      start = end + 1;
    }
    stream.end = batch.first_offset + batch.bytes.size() + batch.dropped_bytes;
    checkpoint.offset = stream.end;
    checkpoint.skipping = push.skipping;
    if (keeps_commits_) commits_.push_back({snapshot(), lines_.size()});
  }

  std::vector<StreamCheckpoint> snapshot() const {
    std::vector<StreamCheckpoint> all;
    for (const auto& [key, checkpoint] : checkpoints_) all.push_back(checkpoint);
    return all;
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint32_t, Stream> streams_;
  std::map<std::string, StreamCheckpoint> checkpoints_;
  std::vector<Line> lines_;
  std::vector<std::string> told_;
  std::vector<Commit> commits_;
  std::uint32_t opened_ = 0;
  std::size_t closed_ = 0;
  int waiting_ = 0;
  int pushes_left_ = -1;
  bool held_ = false, stopped_ = false, keeps_commits_ = false;
};

// A source that runs on a thread of its own until it is stopped, or dies.
class RunningSource {
 public:
  RunningSource(std::unique_ptr<LiveSource> source, FakeLiveSink& sink)
      : source_(std::move(source)), sink_(sink), thread_([this] { source_->run(sink_); }) {}
  ~RunningSource() { stop(); }

  void stop() {
    if (!thread_.joinable()) return;
    source_->stop();
    sink_.hold(false);
    thread_.join();
  }
  // Until run() returns by itself.
  void join() { thread_.join(); }
  SourceStatus status() const { return source_->status(); }
  LiveSource& source() { return *source_; }

 private:
  std::unique_ptr<LiveSource> source_;
  FakeLiveSink& sink_;
  std::thread thread_;
};

}  // namespace tocsin::test
