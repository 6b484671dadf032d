#include "test/replay/source_contract.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "test/replay/scripted_source.h"

namespace tocsin::test {
namespace {

std::unique_ptr<ByteSource> open_file(const TemporaryFolder& folder, const std::string& bytes) {
  return open_source(folder.write("file", bytes)).bytes;
}

// The source of a named pipe, with the thread that fills it.
class PipeSource final : public ByteSource {
 public:
  PipeSource(const TemporaryFolder& folder, std::string bytes) {
    const std::string path = folder.path("pipe");
    ::mkfifo(path.c_str(), 0600);
    source_ = open_source(path).bytes;
    writer_ = std::jthread([descriptor = ::open(path.c_str(), O_WRONLY), bytes = std::move(bytes)] {
      [[maybe_unused]] const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
      ::close(descriptor);
    });
  }
  std::size_t read(std::span<char> into) override { return source_->read(into); }
  std::uint64_t consumed() const override { return source_->consumed(); }
  std::optional<std::uint64_t> total() const override { return source_->total(); }
  void stop() override { source_->stop(); }

 private:
  std::unique_ptr<ByteSource> source_;
  std::jthread writer_;
};

class SourceContract : public testing::TestWithParam<SourceCase> {
 protected:
  std::unique_ptr<ByteSource> open(const std::string& text) const { return GetParam().open(folder_, text); }
  TemporaryFolder folder_;
};

TEST_P(SourceContract, GivesEveryByteInOrderWhateverIsAskedFor) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += std::to_string(i * 7919) + "\n";
  for (const std::size_t piece : {1, 5, 4096, 1 << 20}) {
    const std::unique_ptr<ByteSource> source = open(text);
    std::string all, buffer(piece, '\0');
    while (const std::size_t count = source->read(buffer)) {
      ASSERT_LE(count, piece);
      all.append(buffer, 0, count);
    }
    EXPECT_TRUE(all == text) << all.size() << " bytes in pieces of " << piece;
    std::filesystem::remove(folder_.path("pipe"));
  }
}

TEST_P(SourceContract, TheEndStaysTheEnd) {
  const std::unique_ptr<ByteSource> source = open("x");
  std::string buffer(10, '\0');
  EXPECT_EQ(source->read(buffer), 1u);
  EXPECT_EQ(source->read(buffer), 0u);
  EXPECT_EQ(source->read(buffer), 0u);
}

TEST_P(SourceContract, ProgressEndsAtTheTotal) {
  const std::unique_ptr<ByteSource> source = open("some text\n");
  EXPECT_TRUE(!source->total() || source->consumed() <= *source->total());
  std::string buffer(100, '\0');
  while (source->read(buffer) > 0) {
  }
  EXPECT_GT(source->consumed(), 0u);
  EXPECT_EQ(source->total().value_or(source->consumed()), source->consumed());
}

TEST_P(SourceContract, GivesNothingOnceStopped) {
  const std::unique_ptr<ByteSource> source = open("some text\n");
  std::string buffer(2, '\0');
  EXPECT_GT(source->read(buffer), 0u);
  source->stop();
  EXPECT_EQ(source->read(buffer), 0u);
  EXPECT_EQ(source->read(buffer), 0u);
}

const std::vector<SourceCase> kSources{
    {"Scripted",
     [](const TemporaryFolder&, const std::string& text) { return std::make_unique<ScriptedSource>(text); }},
    {"Plain", [](const TemporaryFolder& folder, const std::string& text) { return open_file(folder, text); }},
    {"Gzip", [](const TemporaryFolder& folder, const std::string& text) { return open_file(folder, gzip(text)); }},
    {"Zstd", [](const TemporaryFolder& folder, const std::string& text) { return open_file(folder, zstd(text)); }},
    {"Pipe",
     [](const TemporaryFolder& folder, const std::string& text) { return std::make_unique<PipeSource>(folder, text); }},
    {"GzipPipe", [](const TemporaryFolder& folder,
                    const std::string& text) { return std::make_unique<PipeSource>(folder, gzip(text)); }},
    {"ZstdPipe", [](const TemporaryFolder& folder,
                    const std::string& text) { return std::make_unique<PipeSource>(folder, zstd(text)); }},
};

INSTANTIATE_TEST_SUITE_P(All, SourceContract, testing::ValuesIn(kSources),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace tocsin::test
