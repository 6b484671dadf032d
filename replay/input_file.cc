#include "replay/input_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "engine/base/text.h"
#include "replay/byte_source.h"

namespace tocsin {
namespace {

// The system's words, in the style of our own messages: "no such file or directory".
std::string describe(int error) {
  std::string text = std::generic_category().message(error);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

}  // namespace

InputFile::InputFile(const std::string& path) : name_(path == "-" ? "standard input" : printable(path)) {
  if (path == "-") {
    descriptor_ = STDIN_FILENO;
  } else {
    // Not blocking: opening a named pipe must not hang before its writer comes. Regular files don't care.
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor_ < 0) fail(errno);
    owned_ = true;
  }
  struct stat status {};
  int error = ::fstat(descriptor_, &status) < 0 ? errno : 0;
  if (error == 0 && S_ISDIR(status.st_mode)) error = EISDIR;
  // Reading a regular file is not waited for, so it needs no second descriptor: a run may have hundreds of files.
  if (error == 0 && !S_ISREG(status.st_mode)) {
    wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_ < 0) error = errno;
  }
  if (error != 0) {
    if (owned_) ::close(descriptor_);
    fail(error);
  }
  if (S_ISREG(status.st_mode)) {
    size_ = static_cast<std::uint64_t>(status.st_size);
    modified_ = EventTime{status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1'000'000};
    ::posix_fadvise(descriptor_, 0, 0, POSIX_FADV_SEQUENTIAL);
  }
}

InputFile::~InputFile() {
  if (owned_) ::close(descriptor_);
  if (wake_ >= 0) ::close(wake_);
}

std::size_t InputFile::read(std::span<char> into) {
  if (stopped_ || into.empty()) return 0;
  if (peeked_used_ < peeked_.size()) {
    const std::size_t count = std::min(into.size(), peeked_.size() - peeked_used_);
    std::memcpy(into.data(), peeked_.data() + peeked_used_, count);
    peeked_used_ += count;
    consumed_ += count;
    return count;
  }
  const std::size_t count = read_descriptor(into);
  consumed_ += count;
  return count;
}

std::string_view InputFile::peek(std::size_t size) {
  while (peeked_.size() < size) {
    std::array<char, 64> bytes;
    const std::size_t count = read_descriptor(std::span(bytes).first(std::min(bytes.size(), size - peeked_.size())));
    if (count == 0) break;
    peeked_.append(bytes.data(), count);
  }
  return std::string_view(peeked_).substr(0, size);
}

void InputFile::stop() {
  stopped_ = true;
  if (wake_ < 0) return;
  const std::uint64_t one = 1;
  // Fails only where the counter is full, and then the reader is awake already.
  [[maybe_unused]] const auto written = ::write(wake_, &one, sizeof one);
}

std::size_t InputFile::read_descriptor(std::span<char> into) {
  while (true) {
    if (!regular() && !wait_readable()) return 0;
    if (stopped_) return 0;
    const ssize_t count = ::read(descriptor_, into.data(), into.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR && errno != EAGAIN) fail(errno);
  }
}

// False after stop().
bool InputFile::wait_readable() {
  while (!stopped_) {
    std::array<pollfd, 2> waiting{{{descriptor_, POLLIN, 0}, {wake_, POLLIN, 0}}};
    const int ready = ::poll(waiting.data(), waiting.size(), -1);
    if (ready < 0 && errno != EINTR) fail(errno);
    if (ready > 0 && waiting[0].revents != 0) return !stopped_;
  }
  return false;
}

void InputFile::fail(int error) const {
  throw SourceError(name_ + ": " + describe(error));
}

}  // namespace tocsin
