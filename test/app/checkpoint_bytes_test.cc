#include "app/checkpoint_bytes.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

StreamCheckpoint example() {
  StreamCheckpoint checkpoint;
  checkpoint.source = "tail";
  checkpoint.key = "1:2:3";
  checkpoint.identity = R"({"inode":2})";
  checkpoint.offset = 1'234'567'890'123;
  checkpoint.lines = 42;
  checkpoint.skipping = true;
  checkpoint.done = true;
  checkpoint.format = LineFormat::kSyslog5424;
  checkpoint.order = std::string("\0\1\2", 3);
  return checkpoint;
}

TEST(CheckpointBytes, ComeBackAsTheyWere) {
  for (const bool full : {true, false}) {
    StreamCheckpoint checkpoint;
    if (full) checkpoint = example();
    const std::optional<StreamCheckpoint> read = checkpoint_of(row_of(checkpoint));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->source, checkpoint.source);
    EXPECT_EQ(read->key, checkpoint.key);
    EXPECT_EQ(read->identity, checkpoint.identity);
    EXPECT_EQ(read->offset, checkpoint.offset);
    EXPECT_EQ(read->lines, checkpoint.lines);
    EXPECT_EQ(read->skipping, checkpoint.skipping);
    EXPECT_EQ(read->done, checkpoint.done);
    EXPECT_EQ(read->format, checkpoint.format);
    EXPECT_EQ(read->order, checkpoint.order);
  }
}

TEST(CheckpointBytes, WhatIsCutOrOfAnotherVersionIsNone) {
  CheckpointRow row = row_of(example());
  const std::string whole = row.value;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    row.value = whole.substr(0, size);
    EXPECT_FALSE(checkpoint_of(row)) << size;
  }
  row.value = whole + "x";
  EXPECT_FALSE(checkpoint_of(row));
  row.value = whole;
  row.value[0] = 9;
  EXPECT_FALSE(checkpoint_of(row));
}

}  // namespace
}  // namespace tocsin
