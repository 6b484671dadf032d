#include "app/terminal_screen.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace tocsin {
namespace {

std::size_t from_environment(const char* name, std::size_t otherwise) {
  const char* value = std::getenv(name);
  if (value == nullptr) return otherwise;
  const std::string_view text(value);
  std::size_t number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  return result.ec == std::errc() && number > 0 && number < 10'000 ? number : otherwise;
}

void put(const std::string& text) {
  // A terminal that has gone away is no reason to end the replay.
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

TerminalSize terminal_size() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
    return {size.ws_col, size.ws_row};
  }
  return {from_environment("COLUMNS", 80), from_environment("LINES", 24)};
}

TerminalScreen::~TerminalScreen() {
  clear();
}

void TerminalScreen::draw(const std::vector<std::string>& lines) {
  std::string frame;
  if (drawn_ > 0) frame += "\r\x1b[" + std::to_string(drawn_) + "A";
  // Each line clears only what is behind its end: the picture never goes blank between frames.
  for (const std::string& line : lines) frame += line + "\x1b[K\n";
  if (drawn_ > lines.size()) frame += "\x1b[J";
  drawn_ = lines.size();
  put(frame);
}

void TerminalScreen::clear() {
  if (drawn_ == 0) return;
  put("\r\x1b[" + std::to_string(drawn_) + "A\x1b[J");
  drawn_ = 0;
}

}  // namespace tocsin
