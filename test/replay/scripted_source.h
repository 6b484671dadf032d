// A ByteSource from memory that gives its bytes in the portions a test wants, and may fail behind them.
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <utility>

#include "replay/byte_source.h"

namespace tocsin::test {

class ScriptedSource final : public ByteSource {
 public:
  using Portion = std::function<std::size_t()>;

  // `portion` says how many bytes a read() gives at most.
  explicit ScriptedSource(
      std::string text, Portion portion = [] { return std::string::npos; })
      : text_(std::move(text)), portion_(std::move(portion)) {}

  void then_repeat(char byte, std::uint64_t count) {
    repeated_ = byte;
    repeats_ = count;
  }
  void fail_at_end(std::string message) { failure_ = std::move(message); }

  std::size_t read(std::span<char> into) override {
    if (stopped_) return 0;
    const std::size_t room = std::min(into.size(), portion_());
    std::size_t count = std::min(room, text_.size() - used_);
    std::copy_n(text_.begin() + static_cast<std::ptrdiff_t>(used_), count, into.begin());
    used_ += count;
    if (count == 0 && repeats_ > 0) {
      count = static_cast<std::size_t>(std::min<std::uint64_t>(room, repeats_));
      std::memset(into.data(), repeated_, count);
      repeats_ -= count;
    }
    if (count == 0 && failure_) throw SourceError(*failure_);
    return count;
  }
  std::uint64_t consumed() const override { return used_; }
  std::optional<std::uint64_t> total() const override { return text_.size(); }
  void stop() override { stopped_ = true; }

 private:
  std::string text_;
  std::size_t used_ = 0;
  char repeated_ = ' ';
  std::uint64_t repeats_ = 0;
  Portion portion_;
  std::optional<std::string> failure_;
  bool stopped_ = false;
};

}  // namespace tocsin::test
