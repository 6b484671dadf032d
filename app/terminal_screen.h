// A live area at the bottom of the terminal on stderr, redrawn in place. Each frame is one write, lines are cut to the
// terminal's width by the caller; nothing but colour, cursor-up and clear sequences is used. The destructor leaves the
// terminal clean. One thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tocsin {

struct TerminalSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

// Asked anew each time, so a resized window is noticed: the terminal itself, else COLUMNS and LINES, else 80 by 24.
TerminalSize terminal_size();

class TerminalScreen {
 public:
  TerminalScreen() = default;
  ~TerminalScreen();
  TerminalScreen(const TerminalScreen&) = delete;
  TerminalScreen& operator=(const TerminalScreen&) = delete;

  // Replaces the area by these lines.
  void draw(const std::vector<std::string>& lines);
  // Removes the area; what is written next begins where it stood.
  void clear();

 private:
  std::size_t drawn_ = 0;
};

}  // namespace tocsin
