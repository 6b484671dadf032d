#include "app/console.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "engine/base/text.h"

namespace tocsin {
namespace {

constexpr std::size_t kLongestLine = 4096;

void put(const std::string& text) {
  // There is nobody left to tell where this fails.
  (void)std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

void open_standard_streams() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    // The lowest free descriptor is this one. The wrong direction on purpose: using it stays an error, as it was.
    const int flags = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (::open("/dev/null", flags) < 0) return;
  }
}

void tell(std::string_view message) {
  put("tocsin: " + printable(message, kLongestLine) + "\n");
}

void tell(const Diagnostics& diagnostics) {
  tell_lines(diagnostics.render());
}

void tell_lines(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    shown += printable(text.substr(0, end), kLongestLine) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  put(shown);
}

bool flush_standard_output() {
  return std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
}

}  // namespace tocsin
