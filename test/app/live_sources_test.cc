#include "app/live_sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <stdexcept>

#include "replay/byte_source.h"

namespace tocsin {
namespace {

using Clock = LiveSources::Clock;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

std::string line(int second, const std::string& text) {
  char stamp[32];
  std::snprintf(stamp, sizeof stamp, "2026-11-20T10:%02d:%02dZ", second / 60 % 60, second % 60);
  return std::string(R"({"time":")") + stamp + R"(","message":")" + text + "\"}\n";
}

// Does what the test says; stop() only tells it.
class ScriptedSource final : public LiveSource {
 public:
  using Script = std::function<void(ScriptedSource&, LiveSink&)>;
  ScriptedSource(SourceDefinition definition, std::vector<StreamCheckpoint> checkpoints, Script script)
      : definition_(std::move(definition)), checkpoints_(std::move(checkpoints)), script_(std::move(script)) {}

  void run(LiveSink& sink) override { script_(*this, sink); }
  void stop() override {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  SourceStatus status() const override { return {.streams = 1, .truncations = 1}; }

  void wait_for_stop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_; });
  }
  std::uint32_t open(LiveSink& sink, const std::string& key) const {
    StreamInfo info;
    info.checkpoint.source = definition_.name;
    info.checkpoint.key = key;
    for (const StreamCheckpoint& one : checkpoints_) {
      if (one.key == key) info.checkpoint = one;
    }
    info.name = key;
    return sink.open(std::move(info));
  }
  const std::vector<StreamCheckpoint>& checkpoints() const { return checkpoints_; }

 private:
  SourceDefinition definition_;
  std::vector<StreamCheckpoint> checkpoints_;
  Script script_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
};

class LiveSourcesTest : public testing::Test {
 protected:
  LiveSourcesTest() {
    LiveIngest::Options options;
    options.fields.timestamp = {FieldPath{{"time"}}};
    options.fields.message = {FieldPath{{"message"}}};
    options.most_waiting = 2000;
    ingest_ = std::make_unique<LiveIngest>(options);
    sources_ = std::make_unique<LiveSources>(
        *ingest_, [this](const SourceDefinition& definition, LiveSourceOptions source_options) {
          return std::make_unique<ScriptedSource>(definition, std::move(source_options.checkpoints), script_);
        });
  }
  ~LiveSourcesTest() override { sources_.reset(); }

  static SourceDefinition source(SourceType type) {
    SourceDefinition definition;
    definition.name = "one";
    definition.type = type;
    return definition;
  }
  static bool push(LiveSink& sink, std::uint32_t stream, std::uint64_t offset, const std::string& bytes) {
    RawBatch batch;
    batch.file = stream;
    batch.first_offset = offset;
    batch.bytes = bytes;
    return sink.push({.batch = std::move(batch), .identity = {}, .more = false, .skipping = false});
  }
  // Takes lines until `enough`; at most ten seconds.
  void take_until(const std::function<bool()>& enough) {
    const Clock::time_point deadline = Clock::now() + seconds(10);
    while (!enough() && Clock::now() < deadline) {
      const LiveIngest::Item item = ingest_->front(Clock::now() + milliseconds(5));
      if (item.event != nullptr) taken_.emplace_back(item.event->message);
      if (item.event != nullptr || item.dead != nullptr) {
        ingest_->pop();
      } else {
        ingest_->settle_held(EventTime{}, Clock::now());
      }
    }
    ASSERT_TRUE(enough());
  }
  void end(const std::string& name) {
    sources_->request_stop(name);
    take_until([&] { return sources_->has_ended(name); });
  }

  ScriptedSource::Script script_;
  std::vector<std::string> taken_;
  std::unique_ptr<LiveIngest> ingest_;
  std::unique_ptr<LiveSources> sources_;
};

// More than there is room for, and the most of it pushed when it was asked to end.
TEST_F(LiveSourcesTest, WhatCannotBeReadAgainIsTakenToItsLastLine) {
  constexpr int kLines = 300;
  script_ = [](ScriptedSource& self, LiveSink& sink) {
    const std::uint32_t stream = self.open(sink, "connection");
    self.wait_for_stop();
    std::uint64_t offset = 0;
    for (int i = 0; i < kLines; ++i) {
      const std::string text = line(i, std::to_string(i));
      EXPECT_TRUE(push(sink, stream, offset, text));
      offset += text.size();
    }
  };
  sources_->start(source(SourceType::kSyslog), {});
  end("one");
  EXPECT_FALSE(sources_->remove("one"));
  const std::vector<StreamCheckpoint> committed = ingest_->take_changes().changed;
  ASSERT_EQ(committed.size(), 1U);

  // The next one of its name must not think that its streams are those of a run that died.
  std::atomic<int> given = -1;
  script_ = [&](ScriptedSource& self, LiveSink&) {
    given = static_cast<int>(self.checkpoints().size());
    self.wait_for_stop();
  };
  sources_->start(source(SourceType::kSyslog), committed);
  take_until([&] { return taken_.size() == kLines && given >= 0; });
  EXPECT_EQ(given, 0);
  for (int i = 0; i < kLines; ++i) EXPECT_EQ(taken_[static_cast<std::size_t>(i)], std::to_string(i));
  std::vector<StreamCheckpoint> forgotten;
  take_until([&] {
    for (StreamCheckpoint& one : ingest_->take_changes().forgotten) forgotten.push_back(std::move(one));
    return !forgotten.empty();
  });
  EXPECT_EQ(forgotten[0].key, "connection");
  EXPECT_EQ(forgotten[0].lines, kLines);
}

TEST_F(LiveSourcesTest, WhatCanBeReadAgainIsRefused) {
  std::atomic<bool> was_taken = true;
  script_ = [&](ScriptedSource& self, LiveSink& sink) {
    const std::uint32_t stream = self.open(sink, "file");
    self.wait_for_stop();
    was_taken = push(sink, stream, 0, line(0, "0"));
  };
  sources_->start(source(SourceType::kTail), {});
  end("one");
  EXPECT_FALSE(was_taken);
  EXPECT_TRUE(sources_->remove("one"));
  EXPECT_THAT(sources_->names(), IsEmpty());
}

// The second one goes on where the first one's lines were taken, as after a crash.
TEST_F(LiveSourcesTest, OneThatEndsByAnErrorIsStartedAgain) {
  std::string text;
  for (int i = 0; i < 10; ++i) text += line(i, std::to_string(i));
  script_ = [&](ScriptedSource& self, LiveSink& sink) {
    push(sink, self.open(sink, "file"), 0, text);
    throw std::runtime_error("out of luck");
  };
  sources_->start(source(SourceType::kTail), {});
  while (!sources_->has_ended("one")) std::this_thread::yield();
  take_until([&] { return taken_.size() == 4; });
  EXPECT_FALSE(sources_->all_ended()) << "the run would be over";
  const Clock::time_point now = Clock::now();
  const std::vector<LiveSources::Failure> failures = sources_->take_failures(now);
  ASSERT_EQ(failures.size(), 1U);
  EXPECT_EQ(failures[0].message, "out of luck");
  EXPECT_EQ(failures[0].definition, source(SourceType::kTail));
  EXPECT_THAT(sources_->take_failures(now), IsEmpty()) << "each is told once";
  EXPECT_FALSE(sources_->may_start("one", now));
  EXPECT_TRUE(sources_->may_start("one", now + seconds(1)));
  EXPECT_TRUE(sources_->may_start("another", now));

  EXPECT_TRUE(sources_->remove("one"));
  const std::vector<StreamCheckpoint> committed = ingest_->take_changes().changed;
  ASSERT_EQ(committed.size(), 1U);
  ingest_->abandon("one");
  script_ = [&](ScriptedSource& self, LiveSink& sink) {
    const std::uint64_t offset = self.checkpoints().at(0).offset;
    push(sink, self.open(sink, "file"), offset, text.substr(offset));
    self.wait_for_stop();
  };
  sources_->start(source(SourceType::kTail), committed);
  take_until([&] { return taken_.size() >= 10; });
  EXPECT_THAT(taken_, ElementsAre("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"));
  const SourceStatus status = sources_->status().at("one");
  EXPECT_EQ(status.restarts, 1U);
  EXPECT_EQ(status.errors, 1U);
  EXPECT_EQ(status.truncations, 2U) << "of both";
  EXPECT_EQ(status.streams, 1U) << "of the second";
}

TEST_F(LiveSourcesTest, AnErrorAtTheEndDoesNotHoldItUp) {
  script_ = [](ScriptedSource& self, LiveSink&) {
    self.wait_for_stop();
    throw std::bad_alloc();
  };
  sources_->start(source(SourceType::kTail), {});
  EXPECT_FALSE(sources_->all_ended());
  sources_->request_stop();
  take_until([&] { return sources_->all_ended(); });
}

// It waits to be started again.
TEST_F(LiveSourcesTest, WhereNoneRunsNoneHoldsUpTheEnd) {
  EXPECT_FALSE(sources_->all_ended());
  sources_->request_stop();
  EXPECT_TRUE(sources_->all_ended());
}

TEST_F(LiveSourcesTest, PausesBecomeLongerUntilItHasWorkedForAMinute) {
  struct Case {
    int worked_s, pause_s;
  };
  constexpr Case kCases[] = {{0, 1},  {5, 2},   {59, 4}, {0, 8},  {0, 16},  {0, 32},
                             {0, 60}, {59, 60}, {60, 1}, {10, 2}, {600, 1}, {0, 2}};
  Clock::time_point now = Clock::now();
  for (const Case& one : kCases) {
    EXPECT_EQ(sources_->note_failure("one", now, seconds(one.worked_s)), seconds(one.pause_s));
    EXPECT_FALSE(sources_->may_start("one", now + seconds(one.pause_s) - milliseconds(1)));
    now += seconds(one.pause_s);
    EXPECT_TRUE(sources_->may_start("one", now));
  }
  sources_->note_failure("one", now, {});
  sources_->forget_failures();
  EXPECT_TRUE(sources_->may_start("one", now));
}

}  // namespace
}  // namespace tocsin
