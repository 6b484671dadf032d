// FileCursor and StreamLines against the plain way of cutting lines.
#include "replay/file_cursor.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "replay/descriptor.h"
#include "replay/stream_lines.h"
#include "test/replay/archives.h"

namespace tocsin {
namespace {

struct Line {
  std::uint64_t offset = 0;
  std::string text;
  bool cut = false;
  bool operator==(const Line&) const = default;
};
void PrintTo(const Line& line, std::ostream* out) {
  *out << line.offset << ":" << testing::PrintToString(line.text) << (line.cut ? "~" : "");
}

std::vector<Line> plain_lines(const std::string& text, std::size_t max_line) {
  std::vector<Line> lines;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    lines.push_back({start, text.substr(start, std::min(end - start, max_line)), end - start > max_line});
    start = end + 1;
  }
  return lines;
}

void add_lines(const RawBatch& batch, std::vector<Line>& lines) {
  for (std::size_t start = 0; start < batch.bytes.size();) {
    const std::size_t end = std::min(batch.bytes.find('\n', start), batch.bytes.size());
    lines.push_back({batch.first_offset + start, batch.bytes.substr(start, end - start),
                     end == batch.bytes.size() && batch.dropped_bytes > 0});
    start = end + 1;
  }
}

std::string random_text(std::mt19937& random) {
  std::string text = "x";
  for (int i = static_cast<int>(random() % 30); i > 0; --i) {
    text.append(random() % (random() % 4 == 0 ? 40 : 6), static_cast<char>('a' + random() % 3));
    if (random() % 5 != 0) text += '\n';
  }
  return text;
}

TEST(FileCursor, GivesTheLinesHoweverTheyAreWrittenAndWheneverItIsAskedAgain) {
  std::mt19937 random(1);
  const test::TemporaryFolder folder;
  for (int round = 0; round < 400; ++round) {
    const std::string text = random_text(random);
    const std::size_t max_line = 1 + random() % 20, budget = 1 + random() % 30;
    const std::string path = folder.write("a", "");
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    FileCursor cursor(0, max_line, false);
    std::vector<Line> lines;
    std::size_t written = 0;
    while (written < text.size()) {
      const std::size_t size = std::min<std::size_t>(1 + random() % 25, text.size() - written);
      std::ofstream(path, std::ios::app) << text.substr(written, size);
      written += size;
      for (bool more = true; more;) {
        const FileCursor::Look look = cursor.look(file.get(), written, budget);
        ASSERT_EQ(look.error, 0);
        ASSERT_EQ(look.more, cursor.scanned() < written);
        add_lines(look.batch, lines);
        more = look.more;
        // A restart at what was committed.
        if (random() % 3 == 0) cursor = FileCursor(cursor.offset(), max_line, cursor.skipping());
      }
    }
    while (cursor.look(file.get(), written, budget).more) {
    }
    add_lines(cursor.rest(file.get(), written).batch, lines);
    ASSERT_EQ(lines, plain_lines(text, max_line)) << testing::PrintToString(text) << " " << max_line << " " << budget;
    ASSERT_EQ(cursor.offset(), text.size());
  }
}

TEST(FileCursor, DoesNotReadTheBeginningOfALineOverAndOver) {
  const test::TemporaryFolder folder;
  const std::string path = folder.write("a", std::string(1000, 'x'));
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  FileCursor cursor(0, 1 << 20, false);
  EXPECT_TRUE(cursor.look(file.get(), 1000, 4096).batch.bytes.empty());
  EXPECT_EQ(cursor.offset(), 0u);
  EXPECT_EQ(cursor.scanned(), 1000u);
}

TEST(FileCursor, PassesOverTheHoleOfAnEmptiedFile) {
  const test::TemporaryFolder folder;
  const std::string path = folder.path("a");
  {
    std::ofstream out(path);
    out.seekp(1'000'123);
    out << "after\n";
  }
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  FileCursor cursor(0, 1 << 20, false);
  const FileCursor::Look look = cursor.look(file.get(), 1'000'129, 4096);
  EXPECT_EQ(look.batch.bytes, "after\n");
  EXPECT_EQ(look.batch.first_offset, 1'000'123u);
}

TEST(StreamLines, GivesTheLinesInWhateverPortionsTheyCome) {
  std::mt19937 random(2);
  for (int round = 0; round < 2000; ++round) {
    const std::string text = random_text(random);
    const std::size_t max_line = 1 + random() % 20;
    StreamLines stream(max_line);
    std::vector<Line> lines;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = 1 + random() % 25;
      for (const StreamLines::Piece& piece : stream.feed(std::string_view(text).substr(at, size))) {
        EXPECT_EQ(piece.cut, piece.batch.dropped_bytes > 0);
        add_lines(piece.batch, lines);
      }
      ASSERT_LE(stream.held(), max_line);
      at += size;
    }
    const StreamLines::Piece last = stream.finish();
    EXPECT_TRUE(last.batch.last);
    add_lines(last.batch, lines);
    ASSERT_EQ(lines, plain_lines(text, max_line)) << testing::PrintToString(text) << " " << max_line;
  }
}

}  // namespace
}  // namespace tocsin
