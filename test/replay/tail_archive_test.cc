// Files that are compressed after their rotation: read once, plain or not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "test/replay/tail_fixture.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;
using test::TailTest;
using testing::ElementsAre;

struct Compression {
  std::string name;
  std::string ending;
  std::string (*compress)(std::string_view text);
};
void PrintTo(const Compression& compression, std::ostream* out) {
  *out << compression.name;
}

class CompressedTest : public TailTest, public testing::WithParamInterface<Compression> {};
INSTANTIATE_TEST_SUITE_P(, CompressedTest,
                         testing::Values(Compression{"gzip", ".gz", test::gzip},
                                         Compression{"zstd", ".zst", test::zstd}),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(CompressedTest, WhatWasReadPlainIsNotReadAgain) {
  write("a.log", long_lines(0, 5));
  start();
  ASSERT_TRUE(sink_->wait_for_lines(5));
  rename("a.log", "a.log.1");
  write("a.log", long_lines(5, 6));
  ASSERT_TRUE(sink_->wait_for_closed(1));
  write_archive("a.log.2" + GetParam().ending, GetParam().compress(long_lines(0, 5)));
  fs::remove(path("a.log.1"));
  append("a.log", long_lines(6, 7));
  ASSERT_TRUE(sink_->wait_for_lines(7));
  restart();
  append("a.log", long_lines(7, 8));
  ASSERT_TRUE(sink_->wait_for_lines(1));
  EXPECT_EQ(numbers(), range(7, 8));
}

TEST_P(CompressedTest, ShortFilesAreKnownToo) {
  write("a.log", "one line\n");
  start();
  ASSERT_TRUE(sink_->wait_for_lines(1));
  fs::remove(path("a.log"));
  write("a.log", "one line more\n");
  ASSERT_TRUE(sink_->wait_for_closed(1));
  write_archive("a.log.1" + GetParam().ending, GetParam().compress("one line\n"));
  write_archive("a.log.2" + GetParam().ending, GetParam().compress("one line\nof another file\n"));
  ASSERT_TRUE(sink_->wait_for_lines(4));
  EXPECT_THAT(sink_->texts(), ElementsAre("one line", "one line more", "one line", "of another file"));
}

TEST_P(CompressedTest, ReadOnceWhereItWasNeverSeenPlain) {
  write_archive("a.log.2" + GetParam().ending, GetParam().compress(long_lines(0, 50)));
  options_.batch_bytes = 4000;
  start();
  ASSERT_TRUE(sink_->wait_for_closed(1));
  EXPECT_EQ(numbers(), range(0, 50));
  rename("a.log.2" + GetParam().ending, "a.log.3" + GetParam().ending);
  restart();
  write("b.log", long_lines(50, 51));
  ASSERT_TRUE(sink_->wait_for_lines(1));
  EXPECT_EQ(numbers(), range(50, 51));
}

// The highest number is the oldest one.
TEST_P(CompressedTest, TheOldestIsReadFirst) {
  for (int i = 0; i < 5; ++i) {
    const std::string name = "a.log." + std::to_string(5 - i) + GetParam().ending;
    write(name, GetParam().compress(long_lines(3 * i, 3 * i + 3)));
    fs::last_write_time(path(name), fs::file_time_type::clock::now() - std::chrono::hours(5 - i));
  }
  start();
  ASSERT_TRUE(sink_->wait_for_closed(5));
  EXPECT_EQ(numbers(), range(0, 15));
}

// Its clock runs ahead of ours, or ours has been set back.
TEST_P(CompressedTest, ReadAlsoWhereItSeemsToBeOfTheFuture) {
  write("a.log.1" + GetParam().ending, GetParam().compress(long_lines(0, 5)));
  fs::last_write_time(path("a.log.1" + GetParam().ending), fs::file_time_type::clock::now() + std::chrono::hours(1));
  start();
  ASSERT_TRUE(sink_->wait_for_lines(5));
  EXPECT_EQ(numbers(), range(0, 5));
}

TEST_P(CompressedTest, CompressedWhileStoppedItGoesOnWhereItWas) {
  definition_.max_line = 1000;
  write("a.log", long_lines(0, 5) + std::string(2000, 'x'));
  start();
  ASSERT_TRUE(sink_->wait_for_lines(6));
  stop();
  write_archive("a.log.1" + GetParam().ending,
                GetParam().compress(long_lines(0, 5) + std::string(3000, 'x') + "\n" + long_lines(5, 9)));
  fs::remove(path("a.log"));
  start();
  ASSERT_TRUE(sink_->wait_for_closed(1));
  EXPECT_EQ(numbers(), range(5, 9));
}

// It is found before it is noticed that what it was made of has been emptied; and it holds more than was read of that.
TEST_P(CompressedTest, GrownCompressedAndEmptiedAtOnce) {
  write("a.log", "one line\n");
  write("b.log", "");
  start();
  ASSERT_TRUE(sink_->wait_for_lines(1));
  sink_->hold(true);
  append("b.log", "another\n");
  ASSERT_TRUE(sink_->wait_for_blocked());
  write_archive("a.log.1" + GetParam().ending, GetParam().compress("one line\nand its rest\n"));
  fs::resize_file(path("a.log"), 0);
  sink_->hold(false);
  ASSERT_TRUE(sink_->wait_for_closed(2));
  EXPECT_THAT(sink_->texts(), ElementsAre("one line", "another", "and its rest"));
}

TEST_P(CompressedTest, ADamagedOneGivesWhatItHasAndIsTold) {
  std::string bytes = GetParam().compress(long_lines(0, 2000));
  bytes.resize(bytes.size() - 6);
  write_archive("a.log.1" + GetParam().ending, bytes);
  start();
  ASSERT_TRUE(sink_->wait_for_closed(1));
  EXPECT_FALSE(sink_->told().empty());
  EXPECT_GT(source_->status().errors, 0u);
}

}  // namespace
}  // namespace tocsin
