// Files that are copied and emptied (logrotate's copytruncate), or just emptied, while they are followed.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "replay/tail_source.h"
#include "test/replay/archives.h"
#include "test/replay/fake_live_sink.h"
#include "test/replay/tail_fixture.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;
using test::TailTest;

TEST_F(TailTest, CopiedAndEmptied) {
  write("a.log", long_lines(0, 10));
  start();
  ASSERT_TRUE(sink_->wait_for_lines(10));
  fs::copy_file(path("a.log"), path("a.log.1"));
  fs::resize_file(path("a.log"), 0);
  append("a.log", long_lines(10, 12));
  ASSERT_TRUE(sink_->wait_for_lines(12));
  EXPECT_EQ(numbers(), range(0, 12));
  ASSERT_TRUE(sink_->wait_for_closed(1));
  EXPECT_EQ(source_->status().lost_bytes, 0u);
  restart();
  append("a.log", long_lines(12, 13));
  ASSERT_TRUE(sink_->wait_for_lines(1));
  EXPECT_EQ(numbers(), range(12, 13));
}

// A notice of an older file of that name comes when the copy has it: the original is unknown yet.
TEST_F(TailTest, TheCopyIsFoundBeforeItsOriginal) {
  write("a.log", long_lines(0, 10));
  fs::copy_file(path("a.log"), path("a-1.log"));  // the first in the order of names
  start();
  ASSERT_TRUE(sink_->wait_for_caught_up(10));
  fs::resize_file(path("a.log"), 0);
  append("a.log", long_lines(10, 12));
  ASSERT_TRUE(sink_->wait_for_lines(12));
  ASSERT_TRUE(sink_->wait_for_closed(1));
  EXPECT_EQ(numbers(), range(0, 12));
}

// Too short for a full fingerprint; and the copy is looked at before the original's new name.
TEST_F(TailTest, AShortFileIsCopiedEmptiedAndRenamedAtOnce) {
  write("a.log", "one line\n");
  write("b.log", "");
  start();
  ASSERT_TRUE(sink_->wait_for_lines(1));
  sink_->hold(true);
  append("b.log", "another\n");
  ASSERT_TRUE(sink_->wait_for_blocked());
  fs::copy_file(path("a.log"), path("a.log.1"));
  fs::resize_file(path("a.log"), 0);
  append("a.log", "a new one\n");
  rename("a.log", "a.log.2");
  write("a.log", "the newest\n");
  sink_->hold(false);
  ASSERT_TRUE(sink_->wait_for_lines(4));
  ASSERT_TRUE(sink_->wait_for_closed(1));
  EXPECT_THAT(sink_->texts(), testing::UnorderedElementsAre("one line", "another", "a new one", "the newest"));
}

// What was not read before the file was emptied is read from the copy.
TEST_F(TailTest, TheCopyHasTheRest) {
  options_.batch_bytes = 1000;
  hold_at_start_ = true;
  write("a.log", long_lines(0, 20));
  start();
  ASSERT_TRUE(sink_->wait_for_blocked());
  fs::copy_file(path("a.log"), path("a.log.1"));
  fs::resize_file(path("a.log"), 0);
  append("a.log", long_lines(20, 60));  // further than the old content went
  sink_->hold(false);
  ASSERT_TRUE(sink_->wait_for_lines(60));
  ASSERT_TRUE(sink_->wait_for_closed(1));
  std::vector<int> all = numbers();
  std::ranges::sort(all);
  EXPECT_EQ(all, range(0, 60));
}

// The copy was made before the last lines were written.
TEST_F(TailTest, WhatTheCopyLacksIsALossThatIsTold) {
  options_.batch_bytes = 1000;
  hold_at_start_ = true;
  write("a.log", long_lines(0, 20));
  start();
  ASSERT_TRUE(sink_->wait_for_blocked());
  write("a.log.1", long_lines(0, 15));
  fs::resize_file(path("a.log"), 0);
  append("a.log", long_lines(20, 21));
  sink_->hold(false);
  ASSERT_TRUE(sink_->wait_for_told("may be lost"));
  ASSERT_TRUE(sink_->wait_for_told("they were not read and are lost"));
  EXPECT_EQ(source_->status().lost_bytes, long_lines(15, 20).size());
  EXPECT_EQ(source_->status().truncations, 1u);
  ASSERT_TRUE(sink_->wait_for_lines(16));
  std::vector<int> all = numbers();
  std::ranges::sort(all);
  std::vector<int> expected = range(0, 15);
  expected.push_back(20);
  EXPECT_EQ(all, expected);
}

// The line that was being written when it was copied had been looked at further than the copy has it.
TEST_F(TailTest, TheCopyLacksTheEndOfAPart) {
  write("a.log", long_lines(0, 10) + "line 10 and");
  start();
  ASSERT_TRUE(sink_->wait_until([&] { return source_->status().lag_bytes == 11; }));
  write("a.log.1", long_lines(0, 10) + "line 10");
  fs::resize_file(path("a.log"), 0);
  append("a.log", long_lines(11, 12));
  ASSERT_TRUE(sink_->wait_for_closed(1));
  ASSERT_TRUE(sink_->wait_for_lines(12));
  EXPECT_EQ(sink_->texts().size(), 12u);
  EXPECT_EQ(source_->status().truncations, 1u);
  EXPECT_EQ(source_->status().lost_bytes, 4u);
}

TEST_F(TailTest, EmptiedWithoutACopyIsALossThatIsTold) {
  options_.batch_bytes = 1000;
  hold_at_start_ = true;
  write("a.log", long_lines(0, 20));
  start();
  ASSERT_TRUE(sink_->wait_for_blocked());
  fs::resize_file(path("a.log"), 0);
  append("a.log", long_lines(20, 60));
  sink_->hold(false);
  ASSERT_TRUE(sink_->wait_for_told("were not read and are lost"));
  ASSERT_TRUE(sink_->wait_until([this] {
    const std::uint64_t lost = source_->status().lost_bytes;
    return lost > 0 && lost < 20 * 320;
  }));
  EXPECT_EQ(source_->status().truncations, 1u);
  ASSERT_TRUE(sink_->wait_for_lines(40));
  const std::vector<int> all = numbers();
  EXPECT_EQ(std::vector<int>(all.end() - 40, all.end()), range(20, 60));
}

TEST_F(TailTest, EmptiedWhileStopped) {
  write("a.log", long_lines(0, 10));
  start();
  ASSERT_TRUE(sink_->wait_for_lines(10));
  stop();
  fs::copy_file(path("a.log"), path("a.log.1"));
  append("a.log.1", long_lines(10, 11));  // what came until it was copied
  fs::resize_file(path("a.log"), 0);
  append("a.log", long_lines(11, 40));
  start();
  ASSERT_TRUE(sink_->wait_for_lines(30));
  std::vector<int> all = numbers();
  std::ranges::sort(all);
  EXPECT_EQ(all, range(10, 40));
}

// A writer that keeps its place leaves a hole where the old content was.
TEST_F(TailTest, EmptiedUnderAWriterThatKeepsItsPlace) {
  std::ofstream writer(path("a.log"));
  writer << long_lines(0, 10) << std::flush;
  start();
  ASSERT_TRUE(sink_->wait_for_lines(10));
  fs::resize_file(path("a.log"), 0);
  writer << long_lines(10, 12) << std::flush;
  ASSERT_TRUE(sink_->wait_for_lines(12));
  EXPECT_EQ(numbers(), range(0, 12));
}

// --- what else happens to files ---

}  // namespace
}  // namespace tocsin
