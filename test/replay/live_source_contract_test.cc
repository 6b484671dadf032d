// What every live source promises to its sink.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "test/replay/fake_live_sink.h"
#include "test/replay/live_feeds.h"

namespace tocsin {
namespace {

using test::FakeLiveSink;
using test::LiveFeed;
using test::RunningSource;
using test::SyslogFeed;

struct FeedCase {
  std::string name;
  std::function<std::unique_ptr<LiveFeed>()> make;
};
void PrintTo(const FeedCase& one, std::ostream* out) {
  *out << one.name;
}

std::function<std::unique_ptr<LiveFeed>()> syslog(SyslogFeed::Kind kind) {
  return [kind] { return std::make_unique<SyslogFeed>(kind); };
}

class LiveSourceContract : public testing::TestWithParam<FeedCase> {
 protected:
  LiveSourceContract() : feed_(GetParam().make()) {}

  // Lines that are the same for all: as a sender of syslog writes them.
  static std::string line(int number) {
    return "<13>1 2024-01-01T00:00:00Z host app - - - message " + std::to_string(number);
  }
  void write(int from, int to) {
    std::string text;
    for (int i = from; i < to; ++i) text += line(i) + "\n";
    feed_->write(text);
  }
  static std::vector<std::string> lines(int from, int to) {
    std::vector<std::string> all;
    for (int i = from; i < to; ++i) all.push_back(line(i));
    return all;
  }

  std::unique_ptr<LiveFeed> feed_;
  FakeLiveSink sink_;
};

const FeedCase kTailFeed{"tail", [] { return std::make_unique<test::TailFeed>(); }};
const FeedCase kPipeFeed{"stdin", [] { return std::make_unique<test::PipeFeed>(); }};
const FeedCase kUdpFeed{"syslog_udp", syslog(SyslogFeed::Kind::kUdp)};
const FeedCase kLineFeed{"syslog_lines", syslog(SyslogFeed::Kind::kLines)};
const FeedCase kCountedFeed{"syslog_counted", syslog(SyslogFeed::Kind::kCounted)};

std::string name_of_case(const testing::TestParamInfo<FeedCase>& tested) {
  return tested.param.name;
}

INSTANTIATE_TEST_SUITE_P(, LiveSourceContract, testing::Values(kTailFeed, kPipeFeed, kUdpFeed, kLineFeed, kCountedFeed),
                         name_of_case);

// What ends by itself; what can be read again; what is sent once.
class EndingSourceContract : public LiveSourceContract {};
INSTANTIATE_TEST_SUITE_P(, EndingSourceContract, testing::Values(kPipeFeed), name_of_case);
class ResumableSourceContract : public LiveSourceContract {};
INSTANTIATE_TEST_SUITE_P(, ResumableSourceContract, testing::Values(kTailFeed), name_of_case);
class PassingSourceContract : public LiveSourceContract {};
INSTANTIATE_TEST_SUITE_P(, PassingSourceContract, testing::Values(kPipeFeed, kUdpFeed, kLineFeed, kCountedFeed),
                         name_of_case);

TEST_P(LiveSourceContract, GivesAllLinesOnceInOrder) {
  RunningSource source(feed_->make({}), sink_);
  for (int i = 0; i < 2000; i += 100) write(i, i + 100);
  ASSERT_TRUE(sink_.wait_for_caught_up(2000));
  EXPECT_EQ(sink_.texts(), lines(0, 2000));
}

TEST_P(LiveSourceContract, ALineComesAsSoonAsItIsWritten) {
  RunningSource source(feed_->make({}), sink_);
  for (int i = 0; i < 20; ++i) {
    write(i, i + 1);
    ASSERT_TRUE(sink_.wait_for_lines(static_cast<std::size_t>(i) + 1));
  }
  EXPECT_EQ(sink_.texts(), lines(0, 20));
}

TEST_P(LiveSourceContract, ReadsNothingWhileTheSinkIsFull) {
  sink_.hold(true);
  RunningSource source(feed_->make({}), sink_);
  write(0, 100);
  ASSERT_TRUE(sink_.wait_for_blocked());
  write(100, 200);
  EXPECT_TRUE(sink_.texts().empty());
  sink_.hold(false);
  ASSERT_TRUE(sink_.wait_for_lines(200));
  EXPECT_EQ(sink_.texts(), lines(0, 200));
}

TEST_P(LiveSourceContract, StopsWhileItWaits) {
  RunningSource source(feed_->make({}), sink_);
  write(0, 1);
  ASSERT_TRUE(sink_.wait_for_lines(1));
  source.stop();
  write(1, 2);
  EXPECT_EQ(sink_.texts(), lines(0, 1));
}

TEST_P(LiveSourceContract, StopsWhileTheSinkIsFull) {
  sink_.hold(true);
  RunningSource source(feed_->make({}), sink_);
  write(0, 100);
  ASSERT_TRUE(sink_.wait_for_blocked());
  sink_.stop();
  source.stop();
  EXPECT_TRUE(sink_.texts().empty());
}

TEST_P(LiveSourceContract, EndsWhereTheSinkTakesNoMore) {
  sink_.limit_pushes(1);
  RunningSource source(feed_->make({}), sink_);
  write(0, 1);
  ASSERT_TRUE(sink_.wait_for_lines(1));
  write(1, 2);
  source.join();
  EXPECT_EQ(sink_.texts(), lines(0, 1));
}

TEST_P(EndingSourceContract, EndsWithWhatItReads) {
  RunningSource source(feed_->make({}), sink_);
  write(0, 10);
  feed_->write("and the rest");
  feed_->end();
  source.join();
  EXPECT_EQ(sink_.texts().size(), 11u);
  EXPECT_EQ(sink_.texts().back(), "and the rest");
  EXPECT_TRUE(sink_.committed().empty());
}

TEST_P(ResumableSourceContract, GoesOnBehindWhateverWasCommitted) {
  sink_.keep_commits();
  {
    RunningSource source(feed_->make({.batch_bytes = 300}), sink_);
    write(0, 60);
    ASSERT_TRUE(sink_.wait_for_lines(60));
  }
  const std::vector<FakeLiveSink::Commit> commits = sink_.commits();
  ASSERT_GT(commits.size(), 5u);
  for (const FakeLiveSink::Commit& commit : commits) {
    FakeLiveSink rest(commit.checkpoints);
    RunningSource source(feed_->make({.checkpoints = commit.checkpoints}), rest);
    ASSERT_TRUE(rest.wait_for_lines(60 - commit.lines));
    source.stop();
    EXPECT_EQ(rest.texts(), lines(static_cast<int>(commit.lines), 60));
  }
}

// What nobody could read again: of a line that has begun, too.
TEST_P(PassingSourceContract, StoppedItGivesWhatHasArrived) {
  sink_.hold(true);
  RunningSource source(feed_->make({.batch_bytes = 300}), sink_);
  write(0, 1);
  ASSERT_TRUE(sink_.wait_for_blocked());
  write(1, 100);
  feed_->write_begun(line(100));
  source.stop();
  EXPECT_EQ(sink_.texts(), lines(0, 101));
  EXPECT_TRUE(sink_.wait_for_closed(1));
  EXPECT_TRUE(sink_.committed().empty());
}

TEST_P(PassingSourceContract, TheStreamsOfARunThatDiedAreClosed) {
  std::vector<StreamCheckpoint> left;
  {
    RunningSource source(feed_->make({}), sink_);
    write(0, 3);
    ASSERT_TRUE(sink_.wait_for_lines(3));
    left = sink_.committed();
  }
  ASSERT_EQ(left.size(), 1u);
  FakeLiveSink next(left);
  RunningSource source(feed_->make({.checkpoints = left}), next);
  ASSERT_TRUE(next.wait_for_closed(1));
  write(3, 4);
  ASSERT_TRUE(next.wait_for_lines(1));
  EXPECT_EQ(next.committed().size(), 1u);
  source.stop();
  EXPECT_EQ(next.texts(), lines(3, 4));
}

}  // namespace
}  // namespace tocsin
