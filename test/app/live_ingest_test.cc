#include "app/live_ingest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <random>

namespace tocsin {
namespace {

using Clock = LiveIngest::Clock;
using std::chrono::milliseconds;

EventFields fields_with(const std::string& timestamp) {
  EventFields fields;
  fields.timestamp = {FieldPath{{timestamp}}};
  fields.message = {FieldPath{{"message"}}};
  return fields;
}

LiveIngest::Options options() {
  LiveIngest::Options options;
  options.fields = fields_with("time");
  return options;
}

std::string line(int second, const std::string& text) {
  char stamp[32];
  std::snprintf(stamp, sizeof stamp, "2026-11-20T10:%02d:%02dZ", second / 60 % 60, second % 60);
  return std::string(R"({"time":")") + stamp + R"(","message":")" + text + "\"}\n";
}

class Fixture : public testing::Test {
 protected:
  std::uint32_t open(const std::string& key, std::uint64_t offset = 0) {
    StreamInfo info;
    info.checkpoint.source = "s";
    info.checkpoint.key = key;
    info.checkpoint.offset = offset;
    info.name = key + ".log";
    return ingest().open(std::move(info));
  }
  void push(std::uint32_t stream, const std::string& bytes, bool more = false) {
    RawBatch batch;
    batch.file = stream;
    batch.first_offset = offsets_[stream];
    offsets_[stream] += bytes.size();
    batch.bytes = bytes;
    EXPECT_TRUE(ingest().push({.batch = std::move(batch), .identity = {}, .more = more, .skipping = false}));
  }
  // All that can be had now.
  std::vector<std::string> take(std::size_t most = 1'000'000) {
    std::vector<std::string> taken;
    while (taken.size() < most) {
      const LiveIngest::Item item = ingest().front(Clock::now() + milliseconds(150));
      if (item.event != nullptr) {
        taken.emplace_back(item.event->message);
      } else if (item.dead != nullptr) {
        taken.emplace_back("dead");
      } else {
        break;
      }
      ingest().pop();
    }
    return taken;
  }
  LiveIngest& ingest() {
    if (!ingest_) ingest_ = std::make_unique<LiveIngest>(options());
    return *ingest_;
  }
  std::map<std::uint32_t, std::uint64_t> offsets_;
  std::unique_ptr<LiveIngest> ingest_;
};

using LiveIngestTest = Fixture;

TEST_F(LiveIngestTest, StreamsAreMergedByTime) {
  const std::uint32_t a = open("a");
  const std::uint32_t b = open("b");
  push(a, line(1, "a1") + line(3, "a3"), true);
  push(b, line(2, "b2") + line(4, "b4"));
  push(a, line(5, "a5"));
  EXPECT_EQ(take(), (std::vector<std::string>{"a1", "b2", "a3", "b4", "a5"}));
  EXPECT_TRUE(ingest().caught_up());
}

TEST_F(LiveIngestTest, AStreamThatIsBehindIsWaitedForAMoment) {
  const std::uint32_t a = open("a");
  const std::uint32_t b = open("b");
  push(b, "", true);  // knows of more, has not given it yet
  push(a, line(2, "a2") + line(3, "a3"));
  std::jthread later([&] { push(b, line(1, "b1") + line(4, "b4")); });
  const LiveIngest::Item first = ingest().front(Clock::now() + std::chrono::seconds(5));
  ASSERT_NE(first.event, nullptr);
  EXPECT_EQ(first.event->message, "b1");
  later.join();
  EXPECT_EQ(take(), (std::vector<std::string>{"b1", "a2", "a3", "b4"}));
}

TEST_F(LiveIngestTest, AStreamThatNeverGivesHoldsUpNobody) {
  const std::uint32_t a = open("a");
  push(open("b"), "", true);
  push(a, line(1, "a1") + line(2, "a2"));
  const LiveIngest::Item first = ingest().front(Clock::now() + std::chrono::seconds(5));
  ASSERT_NE(first.event, nullptr);
  EXPECT_EQ(first.event->message, "a1");
}

TEST_F(LiveIngestTest, TheOnlyLineOfAFileWaitsForTheNextOrForAPause) {
  push(open("a"), line(1, "a1"));
  EXPECT_TRUE(take().empty());
  ingest().settle_held(EventTime{}, Clock::time_point{});
  EXPECT_TRUE(take().empty()) << "it has been silent for too short a time";
  ingest().settle_held(EventTime{}, Clock::now());
  EXPECT_EQ(take(), std::vector<std::string>{"a1"});
}

TEST_F(LiveIngestTest, CheckpointsStandBehindWhatWasTaken) {
  const std::uint32_t a = open("a");
  const std::string first = line(1, "a1");
  push(a, first + line(2, "a2") + "no json\n" + line(3, "a3"));
  EXPECT_EQ(take(1), std::vector<std::string>{"a1"});
  LiveIngest::Changes changes = ingest().take_changes();
  ASSERT_EQ(changes.changed.size(), 1U);
  EXPECT_EQ(changes.changed[0].key, "a");
  EXPECT_EQ(changes.changed[0].offset, first.size());
  EXPECT_EQ(changes.changed[0].lines, 1U);
  EXPECT_EQ(changes.changed[0].format, LineFormat::kNdjson);
  EXPECT_EQ(take(), (std::vector<std::string>{"a2", "dead", "a3"}));
  changes = ingest().take_changes();
  ASSERT_EQ(changes.changed.size(), 1U);
  EXPECT_EQ(changes.changed[0].offset, offsets_[a]);
  EXPECT_EQ(changes.changed[0].lines, 4U);
  EXPECT_TRUE(ingest().take_changes().changed.empty());
}

// What is taken behind a checkpoint from a stream that then waits for its turn is in the next one.
TEST_F(LiveIngestTest, CheckpointsAlsoStandBehindLinesOfAStreamThatYielded) {
  const std::uint32_t a = open("a");
  const std::uint32_t b = open("b");
  push(a, line(1, "a1") + line(2, "a2") + line(50, "a50") + line(51, "a51"), true);
  push(b, line(3, "b3") + line(4, "b4") + line(60, "b60"), true);
  EXPECT_EQ(take(1), std::vector<std::string>{"a1"});
  ingest().take_changes();
  EXPECT_EQ(take(2), (std::vector<std::string>{"a2", "b3"}));
  std::uint64_t offset = 0;
  for (const StreamCheckpoint& checkpoint : ingest().take_changes().changed) {
    if (checkpoint.key == "a") offset = checkpoint.offset;
  }
  EXPECT_EQ(offset, line(1, "a1").size() + line(2, "a2").size());
}

TEST_F(LiveIngestTest, AClosedStreamIsDoneWhenItsLinesAreTaken) {
  const std::uint32_t kept = open("kept");
  const std::uint32_t gone = open("gone");
  push(kept, line(1, "k1") + line(2, "k2"));
  push(gone, line(1, "g1") + line(2, "g2"));
  ingest().close(kept, true);
  ingest().close(gone, false);
  EXPECT_EQ(take(1).size(), 1U);
  LiveIngest::Changes changes = ingest().take_changes();
  for (const StreamCheckpoint& checkpoint : changes.changed) EXPECT_FALSE(checkpoint.done);
  EXPECT_TRUE(changes.forgotten.empty());
  EXPECT_EQ(take().size(), 3U);
  changes = ingest().take_changes();
  ASSERT_EQ(changes.changed.size(), 1U);
  EXPECT_EQ(changes.changed[0].key, "kept");
  EXPECT_TRUE(changes.changed[0].done);
  ASSERT_EQ(changes.forgotten.size(), 1U);
  EXPECT_EQ(changes.forgotten[0].key, "gone");
}

TEST_F(LiveIngestTest, PushesWaitWhileTooMuchIsWaiting) {
  LiveIngest::Options bounded = options();
  bounded.most_waiting = 10'000;
  ingest_ = std::make_unique<LiveIngest>(bounded);
  const std::uint32_t a = open("a");
  std::atomic<int> pushed = 0;
  constexpr int kPushes = 300;
  std::jthread source([&] {
    for (int i = 0; i < kPushes; ++i, ++pushed) push(a, line(i, std::to_string(i)) + line(i, "x"));
  });
  while (!ingest().is_full()) std::this_thread::yield();
  EXPECT_LT(pushed, kPushes);
  EXPECT_LT(ingest().waiting_bytes(), 20'000U);
  std::vector<std::string> all;
  while (all.size() < 2 * kPushes) {
    const std::vector<std::string> some = take();
    all.insert(all.end(), some.begin(), some.end());
  }
  for (int i = 0; i < kPushes; ++i) EXPECT_EQ(all[2 * static_cast<std::size_t>(i)], std::to_string(i));
  source.join();
  EXPECT_EQ(ingest().waiting_bytes(), 0U);
}

TEST_F(LiveIngestTest, StopEndsAPushThatWaits) {
  LiveIngest::Options bounded = options();
  bounded.most_waiting = 1;
  ingest_ = std::make_unique<LiveIngest>(bounded);
  const std::uint32_t a = open("a");
  push(a, line(1, "a1"));
  std::atomic<bool> taken = true;
  std::jthread source([&] {
    RawBatch batch;
    batch.file = a;
    batch.bytes = line(2, "a2");
    taken = ingest().push({.batch = std::move(batch), .identity = {}, .more = false, .skipping = false});
  });
  while (!ingest().is_full()) std::this_thread::yield();
  ingest().stop();
  source.join();
  EXPECT_FALSE(taken);
}

TEST_F(LiveIngestTest, AReconfiguredParserSeesWhatWasNotTaken) {
  const std::uint32_t a = open("a");
  const auto other = [](int second, const std::string& text) {
    return R"({"when":"2026-11-20T10:00:0)" + std::to_string(second) + R"(Z","message":")" + text + "\"}\n";
  };
  push(a, line(1, "a1") + line(2, "a2") + other(3, "a3"));
  push(a, other(4, "a4") + other(5, "a5"));
  EXPECT_EQ(take(2), (std::vector<std::string>{"a1", "a2"}));
  ingest().reconfigure(fields_with("when"), Projection{});
  EXPECT_EQ(take(), (std::vector<std::string>{"a3", "a4", "a5"}));
  const LiveIngest::Changes changes = ingest().take_changes();
  ASSERT_EQ(changes.changed.size(), 1U);
  EXPECT_EQ(changes.changed[0].offset, offsets_[a]);
  EXPECT_EQ(changes.changed[0].lines, 5U);
}

// Whatever the pushes and the takes: each stream's lines in order, each once.
TEST_F(LiveIngestTest, AnyInterleavingGivesEachStreamsLinesOnceAndInOrder) {
  std::mt19937 random(7);
  for (int round = 0; round < 6; ++round) {
    LiveIngest::Options bounded = options();
    bounded.most_waiting = 2'000 + random() % 20'000;
    bounded.parsers = 1 + random() % 3;
    offsets_.clear();
    ingest_ = std::make_unique<LiveIngest>(bounded);
    std::vector<std::uint32_t> streams;
    for (int i = 0; i < 5; ++i) streams.push_back(open(std::to_string(i)));
    constexpr int kLines = 400;
    std::jthread source([&, seed = random()] {
      std::mt19937 choice(seed);
      std::vector<int> next(streams.size(), 0);
      std::size_t open_streams = streams.size();
      while (open_streams > 0) {
        const std::size_t s = choice() % streams.size();
        if (next[s] == kLines) continue;
        std::string bytes;
        const int until = std::min<int>(kLines, next[s] + 1 + static_cast<int>(choice() % 50));
        for (; next[s] < until; ++next[s]) bytes += line(next[s], std::to_string(s) + ":" + std::to_string(next[s]));
        push(streams[s], bytes, next[s] < kLines);
        if (next[s] < kLines) continue;
        ingest().close(streams[s], true);
        --open_streams;
      }
    });
    std::vector<int> seen(streams.size(), 0);
    std::size_t total = 0;
    while (total < streams.size() * kLines) {
      const std::vector<std::string> some = take(1 + random() % 300);
      total += some.size();
      for (const std::string& text : some) {
        const auto s = static_cast<std::size_t>(text[0] - '0');
        ASSERT_EQ(text.substr(2), std::to_string(seen[s]++));
      }
      ingest().take_changes();
    }
    EXPECT_TRUE(take(1).empty());
  }
}

}  // namespace
}  // namespace tocsin
