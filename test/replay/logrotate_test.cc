// The real logrotate, in a loop, under a writer that writes numbered lines as fast as it can.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <set>
#include <thread>

#include "replay/byte_source.h"
#include "replay/descriptor.h"
#include "replay/source_registry.h"
#include "test/replay/archives.h"
#include "test/replay/fake_live_sink.h"

namespace tocsin {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLineSize = 80;
constexpr std::size_t kMostAhead = 40'000;

std::string numbered_line(std::size_t number) {
  std::string line = std::to_string(number);
  line.insert(0, 10 - line.size(), '0');
  line += " ";
  line.append(kLineSize - 1 - line.size(), static_cast<char>('a' + number % 26));
  return line + "\n";
}

std::optional<std::size_t> number_of(const std::string& line) {
  std::size_t number = 0;
  std::from_chars(line.data(), line.data() + std::min<std::size_t>(line.size(), 10), number);
  if (line + "\n" != numbered_line(number)) return std::nullopt;
  return number;
}

// Opens the file again when the name is another one's, as a program does that is told of the rotation.
class Writer {
 public:
  Writer(std::string path, test::FakeLiveSink& sink)
      : path_(std::move(path)), sink_(sink), thread_([this] { write_all(); }) {}
  ~Writer() { finish(); }
  std::size_t finish() {
    done_ = true;
    if (thread_.joinable()) thread_.join();
    return written_;
  }
  std::size_t written() const { return written_; }

 private:
  void write_all() {
    Descriptor file;
    while (!done_) {
      if (written_ > kMostAhead) sink_.wait_for_lines(written_ - kMostAhead);
      struct stat named {
      }, own{};
      const bool is_there = ::stat(path_.c_str(), &named) == 0;
      if (!file.is_open() || !is_there || ::fstat(file.get(), &own) != 0 || own.st_ino != named.st_ino) {
        file = Descriptor(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
      }
      std::string text;
      for (std::size_t i = 0; i < 100; ++i) text += numbered_line(written_ + i);
      if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        ADD_FAILURE() << "the writer could not write";
        return;
      }
      written_ += 100;
    }
  }

  std::string path_;
  test::FakeLiveSink& sink_;
  std::atomic<bool> done_ = false;
  std::atomic<std::size_t> written_ = 0;
  std::thread thread_;
};

struct Rotation {
  std::string name;
  std::string options;
  std::string pattern;  // what is tailed
  bool may_lose = false;
  std::size_t rotations = 4;
};
void PrintTo(const Rotation& rotation, std::ostream* out) {
  *out << rotation.name;
}

class LogrotateTest : public testing::TestWithParam<Rotation> {
 protected:
  void rotate() {
    // gzip complains of a file that grows while it reads it, as these do.
    const std::string command =
        "logrotate -f -s " + folder_.path("state") + " " + folder_.path("rotate.conf") + " 2>" + folder_.path("said");
    ASSERT_EQ(std::system(command.c_str()), 0);
  }

  // What the files hold now, compressed or not.
  std::set<std::size_t> on_disk() const {
    std::set<std::size_t> numbers;
    for (const auto& entry : fs::directory_iterator(folder_.path(""))) {
      if (!entry.path().filename().string().starts_with("app.log")) continue;
      const OpenedSource file = open_source(entry.path().string());
      std::string text(1 << 20, '\0'), all;
      while (const std::size_t count = file.bytes->read(text)) all.append(text, 0, count);
      for (std::size_t start = 0; start < all.size(); start = std::min(all.find('\n', start), all.size()) + 1) {
        if (const std::optional<std::size_t> number = number_of(all.substr(start, kLineSize - 1)))
          numbers.insert(*number);
      }
    }
    return numbers;
  }

  test::TemporaryFolder folder_;
  test::FakeLiveSink sink_;
};

INSTANTIATE_TEST_SUITE_P(
    , LogrotateTest,
    testing::Values(Rotation{"rename", "create", "app.log*"}, Rotation{"rename_watching_one_name", "create", "app.log"},
                    Rotation{"dateext", "create\n dateext\n dateformat -%Y%m%d", "app.log*", false, 1},
                    Rotation{"compress", "create\n compress", "app.log*"},
                    Rotation{"delaycompress", "create\n compress\n delaycompress", "app.log*"},
                    Rotation{"copytruncate", "copytruncate", "app.log*", true},
                    Rotation{"copytruncate_watching_one_name", "copytruncate", "app.log", true},
                    Rotation{"copytruncate_compress", "copytruncate\n compress", "app.log*", true}),
    [](const auto& tested) { return tested.param.name; });

TEST_P(LogrotateTest, LosesNothingAndReadsNothingTwice) {
  if (std::system("command -v logrotate >/dev/null") != 0) GTEST_SKIP() << "logrotate is not installed";
  const Rotation& rotation = GetParam();
  folder_.write("rotate.conf", folder_.path("app.log") + " {\n rotate 50\n missingok\n " + rotation.options + "\n}\n");
  fs::permissions(folder_.path("rotate.conf"), fs::perms::owner_read | fs::perms::owner_write);
  SourceDefinition definition;
  definition.name = "app";
  definition.paths = {folder_.path(rotation.pattern)};
  test::RunningSource source(make_live_source(definition, {.poll = Period{50}, .quiet = Period{100}}), sink_);
  Writer writer(folder_.path("app.log"), sink_);
  for (std::size_t i = 1; i <= rotation.rotations; ++i) {
    ASSERT_TRUE(sink_.wait_for_lines(i * 15'000));
    rotate();
    // The next one must not come before a line of the new file has been seen: a file of which only a copy is left,
    // under a name that nobody asked for, is never found.
    const std::size_t begun = writer.written();
    std::size_t looked_at = 0;
    ASSERT_TRUE(sink_.wait_until_lines([&](const std::vector<test::FakeLiveSink::Line>& lines) {
      for (; looked_at < lines.size(); ++looked_at) {
        if (number_of(lines[looked_at].text).value_or(0) >= begun) return true;
      }
      return false;
    }));
  }
  const std::size_t written = writer.finish();
  // What is written between the end of logrotate's copying and its truncating nobody can read: no file has it. But what
  // some file still has must be read.
  std::set<std::size_t> missing = on_disk();
  std::size_t looked_at = 0;
  const bool all_read = sink_.wait_until_lines([&](const std::vector<test::FakeLiveSink::Line>& lines) {
    for (; looked_at < lines.size(); ++looked_at) {
      if (const std::optional<std::size_t> number = number_of(lines[looked_at].text)) missing.erase(*number);
    }
    return missing.empty() && (rotation.may_lose || lines.size() >= written);
  });
  EXPECT_TRUE(all_read) << missing.size() << " lines are there and are not read";

  std::vector<int> seen(written, 0);
  std::size_t torn = 0, twice = 0, lost = 0;
  for (const std::string& text : sink_.texts()) {
    const std::optional<std::size_t> number = number_of(text);
    torn += number ? 0 : 1;
    if (number && ++seen.at(*number) > 1) ++twice;
  }
  EXPECT_EQ(twice, 0u);
  lost = static_cast<std::size_t>(std::ranges::count(seen, 0));
  if (!rotation.may_lose) {
    EXPECT_EQ(lost, 0u);
    EXPECT_EQ(torn, 0u);
    return;
  }
  std::cout << rotation.name << ": of " << written << " lines " << lost << " are lost in " << rotation.rotations
            << " rotations, none of them is in any file; lost bytes announced: " << source.status().lost_bytes << "\n";
  EXPECT_LE(torn, 2 * rotation.rotations);
  EXPECT_GE(source.status().truncations, 1u);
}

}  // namespace
}  // namespace tocsin
