#include "app/checked_output.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <system_error>

namespace tocsin {
namespace {

[[noreturn]] void fail() {
  const int error = errno;
  throw std::runtime_error("cannot write to standard output: " + std::generic_category().message(error));
}

}  // namespace

CheckedOutput::CheckedOutput() : is_terminal_(::isatty(STDOUT_FILENO) == 1) {}

void CheckedOutput::write(std::string_view text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) fail();
}

void CheckedOutput::line(std::string_view text) {
  write(text);
  write("\n");
  if (is_terminal_) flush();
}

void CheckedOutput::flush() {
  errno = 0;
  if (std::fflush(stdout) != 0) fail();
}

}  // namespace tocsin
