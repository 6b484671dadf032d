// Standard output, buffered, with every write checked: a full disk or a closed pipe is an error of the run, not
// silence. On a terminal each line appears at once. One thread.
#pragma once

#include <string_view>

namespace tocsin {

class CheckedOutput {
 public:
  CheckedOutput();

  // Throws std::runtime_error where the text can't be written.
  void write(std::string_view text);
  void line(std::string_view text);
  void flush();
  bool is_terminal() const { return is_terminal_; }

 private:
  bool is_terminal_ = false;
};

}  // namespace tocsin
