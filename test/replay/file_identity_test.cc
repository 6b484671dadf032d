#include "replay/file_identity.h"

#include <gtest/gtest.h>

#include "replay/stream_ledger.h"

namespace tocsin {
namespace {

TEST(Fingerprint, GrowsWithTheFile) {
  const std::string text(2000, 'x');
  const Fingerprint none = fingerprint_of("");
  const Fingerprint some = fingerprint_of(text.substr(0, 100));
  const Fingerprint full = fingerprint_of(text);
  EXPECT_TRUE(none.fits("anything"));
  EXPECT_TRUE(some.fits(text.substr(0, 100)) && some.fits(text.substr(0, 1024)));
  EXPECT_FALSE(some.fits(text.substr(0, 99)));
  EXPECT_FALSE(some.fits("y" + text));
  EXPECT_TRUE(full.is_full() && full.fits(text) && !some.is_full());
  EXPECT_EQ(full, fingerprint_of(text.substr(0, 1024)));
  EXPECT_NE(fingerprint_of("a"), fingerprint_of(std::string("a\0", 2)));
}

TEST(FileIdentity, IsWrittenAndRead) {
  const FileIdentity identity{{12, 34}, fingerprint_of("hello"), "/var/log/\"a b\"/\xff{},%.log", 1700000000};
  const std::string text = identity.to_text();
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const std::optional<FileIdentity> read = FileIdentity::parse(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->number, identity.number);
  EXPECT_EQ(read->print, identity.print);
  EXPECT_EQ(read->path, identity.path);
  EXPECT_EQ(read->finished, identity.finished);
  for (std::size_t size = 0; size < text.size() - 2; ++size) {
    const std::optional<FileIdentity> part = FileIdentity::parse(std::string_view(text).substr(0, size));
    EXPECT_TRUE(!part || part->path != identity.path) << size;
  }
  for (const std::string bad : {"", "{}", "{\"device\":-1,\"inode\":1,\"length\":1,\"hash\":\"1\",\"path\":\"a\"}",
                                "{\"device\":1,\"inode\":1,\"length\":9999,\"hash\":\"1\",\"path\":\"a\"}",
                                "{\"device\":1,\"inode\":1,\"length\":1,\"hash\":\"xyz\",\"path\":\"a\"}",
                                "{\"device\":1,\"inode\":1,\"length\":1,\"hash\":\"1\",\"path\":\"%4\"}"}) {
    EXPECT_FALSE(FileIdentity::parse(bad)) << bad;
  }
}

TEST(FamilyOf, IsThePathWithoutWhatRotationAdds) {
  for (const std::string path : {"/l/app.log", "/l/app.log.1", "/l/app.log.12.gz", "/l/app.log-20240101",
                                 "/l/app-20240101.log", "/l/app.log-20240101-1704067200.zst", "/l/app.log.old",
                                 "/l/app.log.2024-01-01T13", "/l/app.1.log", "/l/app.log.1.old.bak.xz"}) {
    EXPECT_EQ(family_of(path), "/l/app.log") << path;
  }
  EXPECT_EQ(family_of("/l/app"), "/l/app");
  EXPECT_EQ(family_of("/l/1"), "/l/1");
  EXPECT_EQ(family_of("/l/.1"), "/l/.1");
  EXPECT_EQ(family_of("/m/app.log.1"), "/m/app.log");
}

TEST(IsRotatedForm, OfOneFileNotOfItsNeighbour) {
  EXPECT_TRUE(is_rotated_form("/l/app.log.1", "/l/app.log"));
  EXPECT_TRUE(is_rotated_form("/l/app-20240101.log", "/l/app.log"));
  EXPECT_TRUE(is_rotated_form("/l/web-1.log.1", "/l/web-1.log"));
  EXPECT_FALSE(is_rotated_form("/l/web-2.log", "/l/web-1.log"));
  EXPECT_FALSE(is_rotated_form("/l/app.log", "/l/app.log"));
  EXPECT_FALSE(is_rotated_form("/m/app.log.1", "/l/app.log"));
  EXPECT_FALSE(is_rotated_form("/l/app.log", "/l/app.log.1"));
  EXPECT_TRUE(are_rotated_siblings("/l/app.log.1", "/l/app.log.2"));
  EXPECT_FALSE(are_rotated_siblings("/l/app.log.1", "/l/web.log.1"));
  EXPECT_FALSE(are_rotated_siblings("/l/app.log", "/l/app.log"));
}

class StreamLedgerTest : public testing::Test {
 protected:
  using Clock = StreamLedger::Clock;
  static StreamCheckpoint row(const std::string& key, std::uint64_t inode, const std::string& head, bool done) {
    StreamCheckpoint checkpoint;
    checkpoint.source = "logs";
    checkpoint.key = key;
    checkpoint.identity = FileIdentity{{1, inode}, fingerprint_of(head), "/l/a.log", done ? 5 : 0}.to_text();
    checkpoint.offset = head.size();
    checkpoint.done = done;
    return checkpoint;
  }
  Clock::time_point now_{};
};

TEST_F(StreamLedgerTest, KeysAreNeverUsedAgain) {
  StreamLedger ledger("logs", {row("1:7:99:1", 7, "old", true)}, now_);
  EXPECT_EQ(ledger.add({{1, 7}, {}, "/l/a.log"}, 99).checkpoint.key, "1:7:99:2");
  EXPECT_EQ(ledger.add({{1, 7}, {}, "/l/a.log"}, 100).checkpoint.key, "1:7:100:1");
}

TEST_F(StreamLedgerTest, AFileIsFoundByItsNumberAndContent) {
  StreamLedger ledger("logs", {row("a", 7, "old", true), row("b", 7, "new", false), row("c", 8, "new", false)}, now_);
  EXPECT_EQ(ledger.find({1, 7}, "old and more")->checkpoint.key, "a");
  EXPECT_EQ(ledger.find({1, 7}, "new and more")->checkpoint.key, "b");
  EXPECT_EQ(ledger.find({1, 7}, "other"), nullptr);
  EXPECT_EQ(ledger.find({2, 7}, "new"), nullptr);
  EXPECT_EQ(ledger.waiting().size(), 2u);
  EXPECT_TRUE(ledger.knows_folder("/l"));
  EXPECT_FALSE(ledger.knows_folder("/m"));
}

TEST_F(StreamLedgerTest, WhatIsLongGoneIsStale) {
  std::vector<StreamCheckpoint> rows;
  for (std::size_t i = 0; i < StreamLedger::kMostGone + 3; ++i) rows.push_back(row(std::to_string(i), i, "x", true));
  rows.push_back(row("open", 1, "x", false));
  StreamLedger ledger("logs", rows, now_);
  EXPECT_TRUE(ledger.stale(now_).empty());
  EXPECT_EQ(ledger.stale(now_ + std::chrono::hours(1)).size(), 3u);
  EXPECT_EQ(ledger.stale(now_ + std::chrono::hours(25)).size(), StreamLedger::kMostGone + 3);
}

TEST_F(StreamLedgerTest, RowsOfAnotherKindAreNotItsBusiness) {
  StreamCheckpoint other = row("x", 1, "x", false);
  other.identity = "{\"peer\":\"x\"}";
  EXPECT_EQ(StreamLedger("logs", {other}, now_).size(), 0u);
}

}  // namespace
}  // namespace tocsin
