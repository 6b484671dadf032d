#include "replay/batch_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "test/replay/scripted_source.h"

namespace tocsin {
namespace {

using test::ScriptedSource;

struct Line {
  std::uint64_t offset = 0;
  std::string text;  // with its newline
  std::uint64_t dropped = 0;
  bool operator==(const Line&) const = default;
};

void PrintTo(const Line& line, std::ostream* out) {
  *out << line.offset << ":" << testing::PrintToString(line.text) << "-" << line.dropped;
}

struct Batch {
  std::uint64_t offset = 0;
  std::string bytes;
  std::uint64_t dropped = 0;
  bool last = false;
  bool operator==(const Batch&) const = default;
};

void PrintTo(const Batch& batch, std::ostream* out) {
  *out << batch.offset << ":" << testing::PrintToString(batch.bytes) << "-" << batch.dropped
       << (batch.last ? " last" : "");
}

std::vector<Batch> read_batches(ByteSource& source, BatchReader::Options options, bool sample = false) {
  options.file = 3;
  BatchReader reader(source, options);
  if (sample) reader.sample();
  std::vector<Batch> batches;
  while (std::optional<RawBatch> raw = reader.next()) {
    EXPECT_EQ(raw->file, 3u);
    EXPECT_GE(raw->bytes.capacity(), raw->bytes.size() + kBatchPadding);
    batches.push_back({raw->first_offset, std::move(raw->bytes), raw->dropped_bytes, raw->last});
  }
  EXPECT_FALSE(reader.next().has_value());
  return batches;
}

// The lines in the batches, with what every batch must keep to.
std::vector<Line> lines_of(const std::vector<Batch>& batches, const BatchReader::Options& options) {
  std::vector<Line> lines;
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const Batch& batch = batches[i];
    EXPECT_EQ(batch.offset, offset);
    EXPECT_EQ(batch.last, i + 1 == batches.size());
    EXPECT_TRUE(batch.last || batch.dropped > 0 || batch.bytes.ends_with('\n')) << "half a line";
    for (std::size_t start = 0; start < batch.bytes.size();) {
      const std::size_t newline = batch.bytes.find('\n', start);
      const std::size_t end = newline == std::string::npos ? batch.bytes.size() : newline + 1;
      lines.push_back({offset + start, batch.bytes.substr(start, end - start), 0});
      start = end;
    }
    if (batch.dropped > 0) lines.back().dropped = batch.dropped;
    EXPECT_TRUE(batch.bytes.size() <= options.batch_bytes || std::ranges::count(batch.bytes, '\n') <= 1);
    offset += batch.bytes.size() + batch.dropped;
  }
  return lines;
}

// What the lines of a text are, found the plain way.
std::vector<Line> expected_lines(const std::string& text, std::size_t max_line) {
  std::vector<Line> lines;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t newline = text.find('\n', start);
    const std::size_t length = (newline == std::string::npos ? text.size() : newline) - start;
    const std::size_t whole = newline == std::string::npos ? length : length + 1;
    const std::size_t kept = length > max_line ? max_line : whole;
    lines.push_back({start, text.substr(start, kept), whole - kept});
    start += whole;
  }
  return lines;
}

TEST(BatchReader, CutsWholeLines) {
  const struct {
    const char* what;
    std::string text;
    std::size_t batch_bytes, max_line;
    std::vector<Batch> batches;
  } cases[] = {
      {"empty file", "", 8, 100, {{0, "", 0, true}}},
      {"one line", "ab\n", 8, 100, {{0, "ab\n", 0, true}}},
      {"no newline at the end", "ab\ncd", 8, 100, {{0, "ab\ncd", 0, true}}},
      {"a batch filled exactly is the last", "abc\ndef\n", 8, 100, {{0, "abc\ndef\n", 0, true}}},
      {"cut behind the last newline that fits",
       "ab\ncd\nefghi\n",
       8,
       100,
       {{0, "ab\ncd\n", 0, false}, {6, "efghi\n", 0, true}}},
      {"a newline that fits just so", "abc\ndef\ng\n", 8, 100, {{0, "abc\ndef\n", 0, false}, {8, "g\n", 0, true}}},
      {"a line longer than a batch",
       "abcdefghijkl\nx\n",
       8,
       100,
       {{0, "abcdefghijkl\n", 0, false}, {13, "x\n", 0, true}}},
      {"such a line without newline", "abcdefghijkl", 8, 100, {{0, "abcdefghijkl", 0, true}}},
      {"a line of max_line", "abcd\nx\n", 8, 4, {{0, "abcd\nx\n", 0, true}}},
      {"a line over max_line", "ab\nabcdefgh\nx\n", 16, 4, {{0, "ab\nabcd", 5, false}, {12, "x\n", 0, true}}},
      {"over max_line and last", "abcdefgh\n", 16, 4, {{0, "abcd", 5, true}}},
      {"over max_line without newline", "abcdefgh", 16, 4, {{0, "abcd", 4, true}}},
      {"two of them", "abcdef\nabcdef\n", 16, 4, {{0, "abcd", 3, false}, {7, "abcd", 3, true}}},
      {"over max_line, over batch_bytes", "abcdefghijkl\nx\n", 4, 6, {{0, "abcdef", 7, false}, {13, "x\n", 0, true}}},
      {"max_line, over batch_bytes", "abcdef\nx\n", 4, 6, {{0, "abcdef\n", 0, false}, {7, "x\n", 0, true}}},
      {"CRLF and empty lines stay", "a\r\n\n\r\n", 16, 16, {{0, "a\r\n\n\r\n", 0, true}}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.what);
    ScriptedSource source(c.text);
    EXPECT_EQ(read_batches(source, {.batch_bytes = c.batch_bytes, .max_line = c.max_line}), c.batches);
  }
}

// Lines of random lengths, some of them long, some empty, the last perhaps without its newline.
std::string random_text(std::mt19937& random) {
  std::string text;
  for (std::size_t n = random() % 40; n > 0; --n) {
    const std::size_t length = random() % 8 == 0 ? random() % 200 : random() % 12;
    for (std::size_t i = 0; i < length; ++i) text += static_cast<char>('a' + random() % 26);
    if (n > 1 || random() % 2 == 0) text += '\n';
  }
  return text;
}

TEST(BatchReader, DoesNotDependOnHowTheBytesArrive) {
  std::mt19937 random(2026);
  for (int round = 0; round < 400; ++round) {
    const std::string text = random_text(random);
    const BatchReader::Options options{.batch_bytes = 1 + random() % 64, .max_line = 1 + random() % 100};
    SCOPED_TRACE("batch_bytes " + std::to_string(options.batch_bytes) + ", max_line " +
                 std::to_string(options.max_line));
    ScriptedSource whole(text);
    const std::vector<Batch> batches = read_batches(whole, options);
    ASSERT_EQ(lines_of(batches, options), expected_lines(text, options.max_line));
    for (int way = 0; way < 4; ++way) {
      ScriptedSource source(text, [&]() -> std::size_t { return way == 0 ? 1 : 1 + random() % 70; });
      ASSERT_EQ(read_batches(source, options, way % 2 == 1), batches);
    }
  }
}

TEST(BatchReader, ReadsIntoTheMemoryOfEarlierBatches) {
  std::mt19937 random(2026);
  for (int round = 0; round < 200; ++round) {
    const std::string text = random_text(random);
    const BatchReader::Options options{.file = 3, .batch_bytes = 1 + random() % 64, .max_line = 1 + random() % 100};
    ScriptedSource fresh(text);
    const std::vector<Batch> expected = read_batches(fresh, options);
    ScriptedSource source(text, [&]() -> std::size_t { return 1 + random() % 70; });
    BatchReader reader(source, options);
    std::vector<Batch> batches;
    while (std::optional<RawBatch> raw = reader.next()) {
      batches.push_back({raw->first_offset, raw->bytes, raw->dropped_bytes, raw->last});
      if (random() % 4 != 0) reader.recycle(std::move(raw->bytes));
    }
    ASSERT_EQ(batches, expected);
  }
}

TEST(BatchReader, TheSampleIsStillPartOfTheFirstBatch) {
  const std::string text = std::string(100, 'x') + "\n" + std::string(200'000, 'y') + "\n";
  ScriptedSource source(text, [] { return std::size_t{1000}; });
  BatchReader reader(source, {});
  EXPECT_EQ(reader.sample(), text.substr(0, 64 << 10));
  EXPECT_EQ(reader.sample(), text.substr(0, 64 << 10)) << "asking again changes nothing";
  EXPECT_EQ(reader.next()->bytes, text);
  ScriptedSource tiny("ab");
  EXPECT_EQ(BatchReader(tiny, {}).sample(), "ab");
  ScriptedSource empty("");
  EXPECT_EQ(BatchReader(empty, {}).sample(), "");
}

TEST(BatchReader, GivesWhatAFailingSourceGaveThenThrows) {
  ScriptedSource source("ab\ncd\nef");
  source.fail_at_end("archive.gz: the gzip data is truncated");
  BatchReader reader(source, {.batch_bytes = 4});
  EXPECT_EQ(reader.next()->bytes, "ab\n");
  EXPECT_EQ(reader.next()->bytes, "cd\n");
  const std::optional<RawBatch> last = reader.next();
  EXPECT_EQ(last->bytes, "ef");
  EXPECT_TRUE(last->last);
  EXPECT_THROW(reader.next(), SourceError);
  EXPECT_FALSE(reader.next().has_value());

  ScriptedSource nothing("");
  nothing.fail_at_end("x");
  BatchReader broken(nothing, {});
  EXPECT_EQ(broken.sample(), "");
  EXPECT_THROW(broken.next(), SourceError);
}

TEST(BatchReader, KeepsLittleOfAnEndlessLine) {
  ScriptedSource source("start\n", [] { return std::size_t{1} << 16; });
  source.then_repeat('x', std::uint64_t{64} << 20);
  BatchReader reader(source, {.max_line = 1 << 20});
  const std::optional<RawBatch> first = reader.next();
  EXPECT_EQ(first->bytes, "start\n");
  const std::optional<RawBatch> line = reader.next();
  EXPECT_EQ(line->bytes.size(), std::size_t{1} << 20);
  EXPECT_LE(line->bytes.capacity(), std::size_t{4} << 20);
  EXPECT_EQ(line->dropped_bytes, (std::uint64_t{64} << 20) - (1 << 20));
  EXPECT_TRUE(line->last);
}

TEST(LooksBinary, TellsDataFromText) {
  std::mt19937 random(5);
  std::string noise;
  for (int i = 0; i < 4096; ++i) noise += static_cast<char>(random());
  const struct {
    const char* what;
    std::string sample;
    bool binary;
  } cases[] = {
      {"nothing", "", false},
      {"json", "{\"a\":1}\n{\"b\":2}\n", false},
      {"UTF-8", "größer als 5 µs — ошибка 失敗\n", false},
      {"Latin-1",
       "gr\xf6\xdf"
       "er als \xe4\xe4\xe4\n",
       false},
      {"colours", "\x1b[31mERROR\x1b[0m something\n", false},
      {"CRLF and tabs", "a\tb\r\nc\td\r\n", false},
      {"a stray NUL", "2026-11-20T10:00:00Z one\n2026-11-20T10:00:00Z tw" + std::string(1, '\0') + "\n", false},
      {"ELF",
       std::string("\x7f"
                   "ELF\x02\x01\x01",
                   7),
       true},
      {"PNG", "\x89PNG\r\n\x1a\n", true},
      {"zip", "PK\x03\x04 and text that hides it", true},
      {"SQLite", "SQLite format 3", true},
      {"zeros", std::string(100, '\0'), true},
      {"UTF-16", std::string("\xff\xfe{\0\"\0a\0\"\0}\0\n\0", 14), true},
      {"noise", noise, true},
  };
  for (const auto& c : cases) EXPECT_EQ(looks_binary(c.sample), c.binary) << c.what;
}

}  // namespace
}  // namespace tocsin
