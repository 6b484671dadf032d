// Following files: each case on real files in a folder of its own.
#include "replay/tail_source.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "test/replay/archives.h"
#include "test/replay/fake_live_sink.h"
#include "test/replay/tail_fixture.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;
using test::FakeLiveSink;
using test::TailTest;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

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

// --- lines ---

TEST_F(TailTest, APartialLineWaitsForItsRest) {
  write("a.log", "one\nhal");
  start();
  ASSERT_TRUE(sink_->wait_for_lines(1));
  restart();
  append("a.log", "f a line\nnext\n");
  ASSERT_TRUE(sink_->wait_for_lines(2));
  EXPECT_THAT(sink_->texts(), ElementsAre("half a line", "next"));
}

TEST_F(TailTest, ALongLineIsCutOnceAndSkippedAlsoOverARestart) {
  definition_.max_line = 100;
  write("a.log", "one\n" + std::string(150, 'x'));
  start();
  ASSERT_TRUE(sink_->wait_for_lines(2));
  EXPECT_EQ(source_->status().truncated_lines, 1u);
  restart();
  append("a.log", std::string(5000, 'y'));
  restart();
  append("a.log", "z\nafter\n" + std::string(101, 'v') + "\nlast\n");
  ASSERT_TRUE(sink_->wait_for_lines(3));
  EXPECT_THAT(sink_->texts(), ElementsAre("after", std::string(100, 'v'), "last"));
  EXPECT_TRUE(sink_->lines()[1].cut);
}

TEST_F(TailTest, AnEndlessLineTakesNoMemory) {
  definition_.max_line = 1000;
  options_.batch_bytes = 4096;
  write("a.log", std::string(1 << 20, 'x'));
  start();
  ASSERT_TRUE(sink_->wait_for_lines(1));
  append("a.log", "\nnext\n");
  ASSERT_TRUE(sink_->wait_for_lines(2));
  EXPECT_THAT(sink_->texts(), ElementsAre(std::string(1000, 'x'), "next"));
}

TEST_F(TailTest, SaysWhetherThereIsMore) {
  options_.batch_bytes = 64;
  write("a.log", long_lines(0, 20) + "an unfinished line");
  start();
  ASSERT_TRUE(sink_->wait_for_caught_up(20));
  EXPECT_EQ(source_->status().lag_bytes, 18u);
}

TEST_F(TailTest, FilesTakeTurns) {
  options_.batch_bytes = 400;
  hold_at_start_ = true;
  write("a.log", long_lines(0, 100));
  write("b.log", long_lines(100, 200));
  start();
  sink_->hold(false);
  ASSERT_TRUE(sink_->wait_for_lines(200));
  int changes = 0;
  const std::vector<FakeLiveSink::Line> lines = sink_->lines();
  for (std::size_t i = 1; i < lines.size(); ++i) changes += lines[i].name != lines[i - 1].name ? 1 : 0;
  EXPECT_GT(changes, 100);
}

TEST_F(TailTest, WaitsWhileTheSinkIsFull) {
  options_.batch_bytes = 400;
  hold_at_start_ = true;
  write("a.log", long_lines(0, 100));
  start();
  ASSERT_TRUE(sink_->wait_for_blocked());
  append("a.log", long_lines(100, 110));
  EXPECT_THAT(sink_->texts(), IsEmpty());
  sink_->hold(false);
  ASSERT_TRUE(sink_->wait_for_lines(110));
  EXPECT_EQ(numbers(), range(0, 110));
}

// --- where it begins ---

TEST_F(TailTest, FromTheEndOnlyWhatComesLater) {
  definition_.from = SourceDefinition::From::kEnd;
  write("a.log", "old\nha");
  start();
  ASSERT_TRUE(sink_->wait_for_open(1));
  append("a.log", "lf\nnew\n");
  write("b.log", "all of it\n");
  ASSERT_TRUE(sink_->wait_for_lines(3));
  EXPECT_THAT(sink_->texts(), UnorderedElementsAre("half", "new", "all of it"));
}

TEST_F(TailTest, FromTheEndIsTheEndAsItWasFirst) {
  definition_.from = SourceDefinition::From::kEnd;
  write("a.log", "old\n");
  start();
  ASSERT_TRUE(sink_->wait_for_open(1));
  stop();
  append("a.log", "while stopped\n");
  write("b.log", "new while stopped\n");
  start();
  ASSERT_TRUE(sink_->wait_for_lines(2));
  EXPECT_THAT(sink_->texts(), UnorderedElementsAre("while stopped", "new while stopped"));
}

// What had no whole line yet had its end, too: at its beginning.
TEST_F(TailTest, FromTheEndOfWhatHoldsNoLine) {
  definition_.from = SourceDefinition::From::kEnd;
  write("a.log", "");
  write("b.log", "ha");
  start();
  ASSERT_TRUE(sink_->wait_for_open(2));
  stop();
  append("a.log", "first\n");
  append("b.log", "lf\n");
  start();
  ASSERT_TRUE(sink_->wait_for_lines(2));
  EXPECT_THAT(sink_->texts(), UnorderedElementsAre("first", "half"));
}

TEST_F(TailTest, FromTheEndWhatBeginsEmptyMayStillBeNoLog) {
  definition_.from = SourceDefinition::From::kEnd;
  write("a.log", "");
  start();
  ASSERT_TRUE(sink_->wait_for_open(1));
  append("a.log", std::string("\x89PNG") + std::string(100, '\1'));
  ASSERT_TRUE(sink_->wait_for_told("a.log is no text"));
  ASSERT_TRUE(sink_->wait_for_closed(1));
  EXPECT_THAT(sink_->texts(), IsEmpty());
  EXPECT_THAT(sink_->committed(), IsEmpty());
}

TEST_F(TailTest, FromATimeTheSinkLeavesOut) {
  definition_.from = SourceDefinition::From::kTime;
  definition_.from_time = EventTime{5};
  write("a.log", "one\n");
  start();
  ASSERT_TRUE(sink_->wait_for_lines(1));
  EXPECT_EQ(sink_->infos()[0].from, EventTime{5});
}

// --- rotation ---

TEST_F(TailTest, RenamedAndStillWrittenTo) {
  write("a.log", long_lines(0, 5));
  start();
  ASSERT_TRUE(sink_->wait_for_lines(5));
  std::ofstream writer(path("a.log"), std::ios::app);
  rename("a.log", "a.log.1");
  writer << long_lines(5, 10) << std::flush;
  ASSERT_TRUE(sink_->wait_for_lines(10));
  write("a.log", long_lines(10, 15));
  ASSERT_TRUE(sink_->wait_for_lines(15));
  writer << "unfinished" << std::flush;
  ASSERT_TRUE(sink_->wait_for_closed(1));
  ASSERT_TRUE(sink_->wait_for_lines(16));
  std::vector<std::string> texts = sink_->texts();
  EXPECT_EQ(texts.back(), "unfinished");
  append("a.log", long_lines(15, 20));
  ASSERT_TRUE(sink_->wait_for_lines(21));
  restart();
  append("a.log", long_lines(20, 21));
  ASSERT_TRUE(sink_->wait_for_lines(1));
  EXPECT_EQ(numbers(), range(20, 21));
}

// The program is in the middle of a line when its file is renamed, and tocsin is started again meanwhile.
TEST_F(TailTest, ALineIsJoinedOverARotation) {
  write("a.log", long_lines(0, 5));
  std::ofstream writer(path("a.log"), std::ios::app);
  start();
  ASSERT_TRUE(sink_->wait_for_lines(5));
  const std::string split = long_line(5);
  writer << split.substr(0, 100) << std::flush;
  rename("a.log", "a.log.1");
  restart();
  writer << split.substr(100) << std::flush;
  ASSERT_TRUE(sink_->wait_for_lines(1));
  write("a.log", long_lines(6, 7));
  ASSERT_TRUE(sink_->wait_for_lines(2));
  EXPECT_EQ(numbers(), range(5, 7));
  EXPECT_EQ(sink_->texts()[0] + "\n", split);
}

TEST_F(TailTest, RenamedToANameNobodyAskedFor) {
  definition_.paths = {path("a.log")};
  write("a.log", long_lines(0, 5));
  start();
  ASSERT_TRUE(sink_->wait_for_lines(5));
  rename("a.log", "old");
  append("old", long_lines(5, 6));
  write("a.log", long_lines(6, 7));
  ASSERT_TRUE(sink_->wait_for_lines(7));
  ASSERT_TRUE(sink_->wait_until([this] { return source_->status().streams == 1; }));
}

TEST_F(TailTest, RenamedWhileStoppedAlsoToANameNobodyAskedFor) {
  definition_.paths = {path("a.log")};
  write("a.log", long_lines(0, 5));
  start();
  ASSERT_TRUE(sink_->wait_for_lines(5));
  stop();
  append("a.log", long_lines(5, 6) + "rest");
  rename("a.log", "old");
  write("a.log", long_lines(6, 7));
  start();
  ASSERT_TRUE(sink_->wait_for_closed(1));
  ASSERT_TRUE(sink_->wait_for_lines(3));
  EXPECT_THAT(sink_->texts(), UnorderedElementsAre(HasSubstr("line 5 "), HasSubstr("line 6 "), "rest"));
}

TEST_F(TailTest, DeletedWhileOpen) {
  write("a.log", long_lines(0, 5));
  start();
  ASSERT_TRUE(sink_->wait_for_lines(5));
  std::ofstream writer(path("a.log"), std::ios::app);
  fs::remove(path("a.log"));
  writer << long_lines(5, 8) << "rest" << std::flush;
  ASSERT_TRUE(sink_->wait_for_lines(9));
  ASSERT_TRUE(sink_->wait_for_closed(1));
  EXPECT_EQ(sink_->texts().back(), "rest");
  EXPECT_TRUE(sink_->wait_until([this] { return source_->status().streams == 0; }));
}

TEST_F(TailTest, ReplacedWhileStopped) {
  write("a.log", long_lines(0, 5));
  start();
  ASSERT_TRUE(sink_->wait_for_lines(5));
  stop();
  write("new", long_lines(5, 15));
  rename("new", "a.log");
  start();
  ASSERT_TRUE(sink_->wait_for_lines(10));
  EXPECT_EQ(numbers(), range(5, 15));
  EXPECT_TRUE(sink_->wait_for_told("went away before its end was read"));
}

// Another number and the same content, as a file system has it that is mounted anew, or a file that was restored.
TEST_F(TailTest, TheSameFileUnderAnotherNumber) {
  write("a.log", long_lines(0, 5));
  start();
  ASSERT_TRUE(sink_->wait_for_lines(5));
  stop();
  write("new", long_lines(0, 7));
  rename("new", "a.log");
  start();
  ASSERT_TRUE(sink_->wait_for_lines(2));
  append("a.log", long_lines(7, 8));
  ASSERT_TRUE(sink_->wait_for_lines(3));
  EXPECT_EQ(numbers(), range(5, 8));
}

// The number of a deleted file is given to the next one: on ext4 at once.
TEST_F(TailTest, TheNumberOfADeletedFileIsUsedAgain) {
  write("a.log", long_lines(0, 5));
  start();
  ASSERT_TRUE(sink_->wait_for_lines(5));
  stop();
  fs::remove(path("a.log"));
  write("b.log", long_lines(5, 15));
  start();
  ASSERT_TRUE(sink_->wait_for_lines(10));
  EXPECT_EQ(numbers(), range(5, 15));
  EXPECT_EQ(sink_->committed().size(), 2u);
}

TEST_F(TailTest, ALinkThatIsSwapped) {
  definition_.paths = {path("current")};
  write("first", long_lines(0, 5));
  write("second", long_lines(5, 10));
  fs::create_symlink("first", path("current"));
  start();
  ASSERT_TRUE(sink_->wait_for_lines(5));
  append("first", "more\n");
  ASSERT_TRUE(sink_->wait_for_lines(6));
  fs::create_symlink("second", path("next"));
  rename("next", "current");
  ASSERT_TRUE(sink_->wait_for_lines(11));
  append("second", "and more\n");
  ASSERT_TRUE(sink_->wait_for_lines(12));
  EXPECT_THAT(sink_->texts(), Contains("and more"));
}

TEST_F(TailTest, AFileOfSeveralNamesIsReadOnce) {
  definition_.paths = {path("*.log"), path("a*")};
  write("a.log", "one\n");
  fs::create_hard_link(path("a.log"), path("b.log"));
  fs::create_symlink("a.log", path("c.log"));
  start();
  append("b.log", "two\n");
  ASSERT_TRUE(sink_->wait_for_lines(2));
  fs::remove(path("a.log"));
  append("b.log", "three\n");
  ASSERT_TRUE(sink_->wait_for_lines(3));
  EXPECT_THAT(sink_->texts(), ElementsAre("one", "two", "three"));
  EXPECT_EQ(source_->status().streams, 1u);
}

// Root reads everything, so this is done as somebody else.
TEST_F(TailTest, PermissionThatComesLater) {
  constexpr uid_t kNobody = 65534;
  const bool is_root = ::geteuid() == 0;
  write("a.log", "one\n");
  fs::permissions(path(""), fs::perms::all);
  fs::permissions(path("a.log"), fs::perms::none);
  ASSERT_EQ(is_root ? ::seteuid(kNobody) : 0, 0);
  start();
  EXPECT_TRUE(sink_->wait_for_told("permission denied"));
  ASSERT_EQ(is_root ? ::seteuid(0) : 0, 0);
  fs::permissions(path("a.log"), fs::perms::owner_read | fs::perms::others_read);
  EXPECT_TRUE(sink_->wait_for_lines(1));
  EXPECT_EQ(sink_->told().size(), 1u);
}

TEST_F(TailTest, FoldersThatAppearLater) {
  definition_.paths = {path("logs/**/x.log"), path("there/is/none/*.log")};
  start();
  fs::create_directories(path("logs/a/b"));
  write("logs/a/b/x.log", "one\n");
  fs::create_directories(path("there/is/none"));
  write("there/is/none/y.log", "two\n");
  ASSERT_TRUE(sink_->wait_for_lines(2));
  append("logs/a/b/x.log", "three\n");
  ASSERT_TRUE(sink_->wait_for_lines(3));
}

TEST_F(TailTest, WhatIsNoTextIsLeftAlone) {
  write("a.log", std::string("\x7f") + "ELF" + std::string(2000, '\0'));
  write("b.log", "");
  fs::create_directory(path("c.log"));
  start();
  ASSERT_TRUE(sink_->wait_for_told("a.log is no text"));
  append("b.log", std::string("\x89PNG") + std::string(100, '\1'));
  ASSERT_TRUE(sink_->wait_for_told("b.log is no text"));
  EXPECT_THAT(sink_->texts(), IsEmpty());
}

TEST_F(TailTest, ExcludedFilesAreLeftOut) {
  definition_.exclude = {"*.gz", "debug*"};
  write("debug.log", "no\n");
  write_archive("a.log.gz", test::gzip("no\n"));
  write("a.log", "yes\n");
  start();
  ASSERT_TRUE(sink_->wait_for_lines(1));
  EXPECT_THAT(sink_->texts(), ElementsAre("yes"));
}

// --- many ---

TEST_F(TailTest, AThousandFilesWithFewDescriptors) {
  options_.max_open_files = 8;
  for (int i = 0; i < 1000; ++i) write(std::to_string(i) + ".log", "first of " + std::to_string(i) + "\n");
  start();
  ASSERT_TRUE(sink_->wait_for_lines(1000));
  for (int i = 0; i < 1000; i += 10) append(std::to_string(i) + ".log", "second of " + std::to_string(i) + "\n");
  ASSERT_TRUE(sink_->wait_for_lines(1100));
  rename("0.log", "0.log.1");
  write("0.log", "third of 0\n");
  ASSERT_TRUE(sink_->wait_for_lines(1101));
  std::size_t open = 0;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    const std::string target = fs::read_symlink(entry.path(), error).string();
    open += target.find(fs::path(path("")).string()) == 0 ? 1 : 0;
  }
  EXPECT_LE(open, 10u);
  EXPECT_EQ(source_->status().streams, 1001u);
}

// Fewer than it may take: it does with what there are.
TEST_F(TailTest, DescriptorsRunOut) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  for (int i = 0; i < 200; ++i) write(std::to_string(i) + ".log", "first of " + std::to_string(i) + "\n");
  const Descriptor highest(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  rlimit few = before;
  few.rlim_cur = static_cast<rlim_t>(highest.get()) + 16;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  start();
  EXPECT_TRUE(sink_->wait_for_lines(200));
  // This test needs one, too.
  std::ofstream writer;
  for (int i = 0; i < 200; i += 10) {
    const std::string name = path(std::to_string(i) + ".log");
    EXPECT_TRUE(sink_->wait_until([&] {
      writer.open(name, std::ios::app);
      return writer.is_open();
    }));
    writer << "second of " << i << "\n";
    writer.close();
  }
  EXPECT_TRUE(sink_->wait_for_lines(220));
  stop();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(sink_->texts().size(), 220u);
}

// Where the system gives no notices (here: no more of its watchers can be made) it looks by itself.
TEST_F(TailTest, WithoutNoticesItLooksByItself) {
  std::vector<Descriptor> used;
  for (int i = 0; i < 100'000; ++i) {
    Descriptor one(::inotify_init1(IN_CLOEXEC));
    if (!one.is_open()) break;
    used.push_back(std::move(one));
  }
  write("a.log", "one\n");
  start();
  used.clear();
  ASSERT_TRUE(sink_->wait_for_told("gives no notices"));
  append("a.log", "two\n");
  ASSERT_TRUE(sink_->wait_for_lines(2));
  rename("a.log", "a.log.1");
  write("a.log", "three\n");
  ASSERT_TRUE(sink_->wait_for_lines(3));
  EXPECT_THAT(sink_->texts(), ElementsAre("one", "two", "three"));
}

}  // namespace
}  // namespace tocsin
