// The journal: entries as lines everywhere; a real journal where libsystemd and systemd-journal-remote are there.
#include "replay/journald_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "replay/journal_line.h"
#include "test/replay/archives.h"
#include "test/replay/fake_live_sink.h"

namespace tocsin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(JournalLine, IsOneObject) {
  JournalEntry entry{.received_us = 2'000'000, .message = "hello\n\"you\"\xff"};
  EXPECT_EQ(journal_line(entry),
            "{\"timestamp\":\"1970-01-01T00:00:02.000Z\",\"message\":\"hello\\n\\\"you\\\"\uFFFD\"}\n");
  entry.sent_us = "1500000";
  entry.priority = "3";
  entry.unit = "nginx.service";
  entry.identifier = "nginx";
  entry.host = "web";
  entry.pid = "12";
  entry.message = "x";
  EXPECT_EQ(journal_line(entry),
            "{\"timestamp\":\"1970-01-01T00:00:01.500Z\",\"level\":\"ERROR\",\"service\":\"nginx\",\"message\":\"x\","
            "\"unit\":\"nginx.service\",\"identifier\":\"nginx\",\"host\":\"web\",\"pid\":\"12\"}\n");
}

TEST(JournalLine, TakesWhatThereIs) {
  const auto part = [](const JournalEntry& entry) { return journal_line(entry); };
  EXPECT_THAT(part({.identifier = "sshd", .command = "sshd-session"}), HasSubstr("\"service\":\"sshd\""));
  EXPECT_THAT(part({.command = "cron"}), HasSubstr("\"service\":\"cron\""));
  EXPECT_THAT(part({.unit = "user@1000.slice"}), HasSubstr("\"service\":\"user@1000.slice\""));
  EXPECT_THAT(part({.received_us = 7, .sent_us = "soon"}), HasSubstr("1970-01-01T00:00:00.000Z"));
  EXPECT_THAT(part({.received_us = 1000, .sent_us = "99999999999999999999"}), HasSubstr("1970-01-01T00:00:00.001Z"));
  const std::vector<std::string> levels{"FATAL", "FATAL", "FATAL", "ERROR", "WARN", "INFO", "INFO", "DEBUG"};
  for (std::size_t i = 0; i < levels.size(); ++i) {
    EXPECT_THAT(part({.priority = std::to_string(i)}), HasSubstr("\"level\":\"" + levels[i] + "\""));
  }
  EXPECT_THAT(part({.priority = "8"}), testing::Not(HasSubstr("level")));
}

TEST(JournalAnchors, AreWrittenAndRead) {
  const std::deque<JournalAnchor> anchors{{0, ""}, {4096, "s=a;i=1"}, {9000, "s=a;i=2"}};
  EXPECT_EQ(to_text(anchors), "{\"anchors\":\"0 - 4096 s=a;i=1 9000 s=a;i=2\"}");
  EXPECT_EQ(parse_journal_anchors(to_text(anchors)), anchors);
  for (const std::string bad :
       {"", "{}", "{\"anchors\":\"x -\"}", "{\"anchors\":\"1\"}", "{\"anchors\":\"5 a 4 b\"}"}) {
    EXPECT_THAT(parse_journal_anchors(bad), IsEmpty()) << bad;
  }
}

// A journal folder made of text in the journal's export format.
class JournalTest : public testing::Test {
 protected:
  static constexpr const char* kRemote = "/lib/systemd/systemd-journal-remote";

  void SetUp() override {
    definition_.type = SourceType::kJournald;
    definition_.name = "journal";
    if (!JournaldSource::problem(definition_).empty()) GTEST_SKIP() << JournaldSource::problem(definition_);
    if (!std::filesystem::exists(kRemote)) GTEST_SKIP() << "systemd-journal-remote is not installed";
  }
  // Adds entries to the journal; systemd-journal-remote appends to the file.
  void add(int from, int to) {
    std::string text;
    for (int i = from; i < to; ++i) {
      const std::string time = std::to_string(1'700'000'000'000'000 + i * 1000);
      text += "__REALTIME_TIMESTAMP=" + time + "\n__MONOTONIC_TIMESTAMP=" + std::to_string(1000 + i) +
              "\n_BOOT_ID=0123456789abcdef0123456789abcdef\nPRIORITY=3\n_SYSTEMD_UNIT=" +
              (i % 2 == 0 ? "even.service" : "odd.service") + "\nMESSAGE=entry " + std::to_string(i) + "\n\n";
    }
    folder_.write("export", text);
    std::filesystem::create_directories(folder_.path("journal"));
    const std::string command = std::string(kRemote) + " --split-mode=none -o " + folder_.path("journal/x.journal") +
                                " " + folder_.path("export") + " >/dev/null 2>&1";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  std::unique_ptr<LiveSource> make(std::vector<StreamCheckpoint> checkpoints) {
    return std::make_unique<JournaldSource>(
        definition_, LiveSourceOptions{.checkpoints = std::move(checkpoints), .batch_bytes = 300, .poll = Period{20}},
        folder_.path("journal"));
  }
  static std::vector<int> numbers(const test::FakeLiveSink& sink) {
    std::vector<int> all;
    for (const std::string& text : sink.texts()) all.push_back(std::stoi(text.substr(text.find("entry ") + 6)));
    return all;
  }
  static std::vector<int> range(int from, int to) {
    std::vector<int> all;
    for (int i = from; i < to; ++i) all.push_back(i);
    return all;
  }

  test::TemporaryFolder folder_;
  SourceDefinition definition_;
};

TEST_F(JournalTest, GivesItsEntriesAndGoesOnBehindWhateverWasCommitted) {
  add(0, 30);
  test::FakeLiveSink sink;
  sink.keep_commits();
  {
    test::RunningSource source(make({}), sink);
    ASSERT_TRUE(sink.wait_for_lines(30));
    add(30, 35);
    ASSERT_TRUE(sink.wait_for_lines(35));
  }
  EXPECT_EQ(numbers(sink), range(0, 35));
  EXPECT_THAT(sink.texts()[0], HasSubstr("\"level\":\"ERROR\",\"service\":\"even\""));
  for (const test::FakeLiveSink::Commit& commit : sink.commits()) {
    test::FakeLiveSink rest(commit.checkpoints);
    test::RunningSource source(make(commit.checkpoints), rest);
    ASSERT_TRUE(rest.wait_for_lines(35 - commit.lines));
    source.stop();
    EXPECT_EQ(numbers(rest), range(static_cast<int>(commit.lines), 35));
  }
}

TEST_F(JournalTest, OnlyTheUnitsThatAreNamed) {
  add(0, 6);
  definition_.units = {"odd"};
  test::FakeLiveSink sink;
  test::RunningSource source(make({}), sink);
  ASSERT_TRUE(sink.wait_for_lines(3));
  EXPECT_THAT(numbers(sink), ElementsAre(1, 3, 5));
}

TEST_F(JournalTest, FromTheEndOrATime) {
  add(0, 6);
  definition_.from = SourceDefinition::From::kTime;
  definition_.from_time = EventTime{1'700'000'000'004};
  test::FakeLiveSink sink;
  {
    test::RunningSource source(make({}), sink);
    ASSERT_TRUE(sink.wait_for_lines(2));
  }
  EXPECT_THAT(numbers(sink), ElementsAre(4, 5));
  definition_.from = SourceDefinition::From::kEnd;
  test::FakeLiveSink later;
  test::RunningSource source(make({}), later);
  ASSERT_TRUE(later.wait_for_open(1));
  add(6, 8);
  ASSERT_TRUE(later.wait_for_lines(2));
  EXPECT_THAT(numbers(later), ElementsAre(6, 7));
}

}  // namespace
}  // namespace tocsin
