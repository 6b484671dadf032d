#include "replay/byte_source.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <random>
#include <thread>

#include "test/replay/archives.h"

namespace tocsin {
namespace {

using test::gzip;
using test::zstd;

struct Read {
  std::string text;
  std::string error;  // "" for none
};

// Everything a source gives, asked for in pieces of `piece` bytes, and the error behind it.
Read read_all(ByteSource& source, std::size_t piece = 64 << 10) {
  Read result;
  std::string buffer(piece, '\0');
  try {
    while (const std::size_t count = source.read(buffer)) result.text.append(buffer, 0, count);
    EXPECT_EQ(source.read(buffer), 0u) << "the end is not the end";
  } catch (const SourceError& error) {
    result.error = error.what();
  }
  return result;
}

// Log-like text that compresses, but not to nothing.
std::string sample_text(std::size_t lines) {
  std::mt19937 random(7);
  std::string text;
  for (std::size_t i = 0; i < lines; ++i)
    text += "line " + std::to_string(i) + " value " + std::to_string(random()) + "\n";
  return text;
}

class ByteSourceTest : public testing::Test {
 protected:
  Read read_file(const std::string& bytes, std::size_t piece = 64 << 10) {
    OpenedSource opened = open_source(folder_.write("file", bytes));
    compression_ = opened.compression;
    EXPECT_TRUE(opened.modified.has_value());
    EXPECT_EQ(opened.bytes->total(), bytes.size());
    Read result = read_all(*opened.bytes, piece);
    consumed_ = opened.bytes->consumed();
    return result;
  }

  test::TemporaryFolder folder_;
  std::string compression_;
  std::uint64_t consumed_ = 0;
};

TEST_F(ByteSourceTest, GivesTheTextOfAFileHoweverItIsCompressed) {
  const std::string text = sample_text(20'000);
  const std::string half = text.substr(0, text.size() / 2), rest = text.substr(text.size() / 2);
  const std::string skippable(
      "\x50\x2a\x4d\x18\x03\x00\x00\x00"
      "abc",
      11);
  const struct {
    const char* what;
    std::string bytes, text, compression;
  } cases[] = {
      {"plain", text, text, ""},
      {"empty", "", "", ""},
      {"one byte", "x", "x", ""},
      {"begins like gzip but is shorter", "\x1f", "\x1f", ""},
      {"gzip", gzip(text), text, "gzip"},
      {"gzip of nothing", gzip(""), "", "gzip"},
      {"gzip, two members", gzip(half) + gzip(rest), text, "gzip"},
      {"gzip, an empty member between", gzip(half) + gzip("") + gzip(rest), text, "gzip"},
      {"gzip, zeros behind", gzip(text) + std::string(5000, '\0'), text, "gzip"},
      {"zstd", zstd(text), text, "zstd"},
      {"zstd of nothing", zstd(""), "", "zstd"},
      {"zstd, two frames", zstd(half) + zstd(rest), text, "zstd"},
      {"zstd, skippable frames", skippable + zstd(half) + skippable + zstd(rest) + skippable, text, "zstd"},
  };
  for (const auto& c : cases) {
    for (const std::size_t piece : {std::size_t{1} << 20, std::size_t{4096}, std::size_t{7}}) {
      SCOPED_TRACE(std::string(c.what) + ", in pieces of " + std::to_string(piece));
      const Read read = read_file(c.bytes, piece);
      EXPECT_EQ(read.error, "");
      EXPECT_TRUE(read.text == c.text) << read.text.size() << " bytes instead of " << c.text.size();
      EXPECT_EQ(compression_, c.compression);
      EXPECT_EQ(consumed_, c.bytes.size());
    }
  }
}

TEST_F(ByteSourceTest, GivesAllThatADamagedArchiveHoldsThenThrows) {
  const std::string text = sample_text(20'000);
  const std::string file = folder_.path("file");
  const std::size_t all = text.size(), third = text.size() / 3;
  const struct {
    const char* what;
    std::string bytes, error;
    std::size_t at_least;  // bytes of the text that are given
  } cases[] = {
      {"gzip, garbage behind", gzip(text) + "garbage", ": there are other bytes behind the gzip data", all},
      {"gzip, garbage that looks like a member", gzip(text) + "\x1f garbage",
       ": there are other bytes behind the gzip data", all},
      {"gzip, no trailer", gzip(text).substr(0, gzip(text).size() - 8), ": the gzip data is truncated", all},
      {"gzip, half", gzip(text).substr(0, gzip(text).size() / 2), ": the gzip data is truncated", third},
      {"gzip, only the magic number", "\x1f\x8b\x08", ": the gzip data is truncated", 0},
      {"gzip, unknown method", "\x1f\x8b\x09 and so on", ": the gzip data is damaged", 0},
      {"zstd, garbage behind", zstd(text) + "garbage", ": there are other bytes behind the zstd data", all},
      {"zstd, no checksum", zstd(text).substr(0, zstd(text).size() - 4), ": the zstd data is truncated", all},
      {"zstd, half", zstd(text).substr(0, zstd(text).size() / 2), ": the zstd data is truncated", third},
      {"zstd, only the magic number", "\x28\xb5\x2f\xfd", ": the zstd data is truncated", 0},
  };
  for (const auto& c : cases) {
    for (const std::size_t piece : {std::size_t{1} << 20, std::size_t{100}}) {
      SCOPED_TRACE(std::string(c.what) + ", in pieces of " + std::to_string(piece));
      const Read read = read_file(c.bytes, piece);
      EXPECT_EQ(read.error, file + c.error);
      EXPECT_TRUE(text.starts_with(read.text));
      EXPECT_GE(read.text.size(), c.at_least);
    }
  }
}

TEST_F(ByteSourceTest, FlippedBitsAreNeverTakenForGoodData) {
  const std::string text = sample_text(2'000);
  for (const std::string& archive : {gzip(text), zstd(text)}) {
    std::mt19937 random(11);
    for (int round = 0; round < 60; ++round) {
      std::string damaged = archive;
      const std::size_t at = 10 + random() % (damaged.size() - 10);
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << random() % 8));
      const Read read = read_file(damaged, 1 + random() % 5000);
      EXPECT_NE(read.error, "") << "byte " << at;
    }
  }
}

// What open_source throws for a path.
std::string open_error(const std::string& path) {
  try {
    open_source(path);
    return "opened";
  } catch (const SourceError& error) {
    return error.what();
  }
}

TEST_F(ByteSourceTest, SaysWhatIsWrongWithAPath) {
  const std::string missing = folder_.path("missing.ndjson");
  EXPECT_EQ(open_error(missing), missing + ": no such file or directory");
  EXPECT_EQ(open_error(folder_.path("")), folder_.path("") + ": is a directory");
  EXPECT_EQ(open_error("\x1b[31m.log"), "\\x1b[31m.log: no such file or directory");
}

TEST_F(ByteSourceTest, SaysThatAFileMayNotBeRead) {
  const std::string secret = folder_.write("secret.log", "x\n");
  ::chmod(secret.c_str(), 0);
  if (::access(secret.c_str(), R_OK) == 0) GTEST_SKIP() << "nothing is unreadable for this user";
  EXPECT_EQ(open_error(secret), secret + ": permission denied");
}

// Standard input replaced by the reading end of a pipe.
class StandardInputTest : public testing::Test {
 protected:
  void SetUp() override {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    saved_ = ::dup(STDIN_FILENO);
    ::dup2(ends[0], STDIN_FILENO);
    ::close(ends[0]);
    writer_ = ends[1];
  }
  void TearDown() override {
    ::dup2(saved_, STDIN_FILENO);
    ::close(saved_);
    if (writer_ >= 0) ::close(writer_);
  }
  void close_writer() {
    ::close(writer_);
    writer_ = -1;
  }
  void write_slowly(const std::string& bytes) {
    for (const char byte : bytes) ASSERT_EQ(::write(writer_, &byte, 1), 1);
    close_writer();
  }

  int saved_ = -1;
  int writer_ = -1;
};

TEST_F(StandardInputTest, IsReadToItsEndAndDecompressed) {
  const std::string text = sample_text(500);
  for (const std::string& bytes : {text, gzip(text), zstd(text), std::string(), std::string("x")}) {
    OpenedSource opened = open_source("-");
    EXPECT_FALSE(opened.modified);
    EXPECT_EQ(opened.bytes->total(), std::nullopt);
    std::jthread writer([&] { write_slowly(bytes); });
    const Read read = read_all(*opened.bytes);
    EXPECT_EQ(read.error, "");
    EXPECT_EQ(read.text, bytes.size() < 2 ? bytes : text);
    writer.join();
    TearDown();
    SetUp();
  }
}

TEST_F(StandardInputTest, NamesItselfInErrors) {
  OpenedSource opened = open_source("-");
  const std::string bytes = gzip("some text\n") + "tail";
  ASSERT_EQ(::write(writer_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  close_writer();
  const Read read = read_all(*opened.bytes);
  EXPECT_EQ(read.text, "some text\n");
  EXPECT_EQ(read.error, "standard input: there are other bytes behind the gzip data");
}

TEST_F(StandardInputTest, StopWakesAReadThatWaits) {
  const std::string begun = gzip(sample_text(100)).substr(0, 200);
  for (const std::string& bytes : {std::string(), std::string("half a li"), begun}) {
    OpenedSource opened = open_source("-");
    ASSERT_EQ(::write(writer_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    Read read;
    std::jthread reader([&] { read = read_all(*opened.bytes); });
    opened.bytes->stop();
    reader.join();
    EXPECT_EQ(read.error, "") << "a stopped source is not a damaged one";
  }
}

TEST_F(ByteSourceTest, ANamedPipeWithoutWriterDoesNotHangOpening) {
  const std::string path = folder_.path("pipe");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  OpenedSource opened = open_source(path);
  std::jthread writer([&] {
    const int descriptor = ::open(path.c_str(), O_WRONLY);
    ASSERT_EQ(::write(descriptor, "hello\n", 6), 6);
    ::close(descriptor);
  });
  EXPECT_EQ(read_all(*opened.bytes).text, "hello\n");
}

}  // namespace
}  // namespace tocsin
