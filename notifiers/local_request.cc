#include "notifiers/local_request.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>

namespace tocsin {
namespace {

constexpr std::string_view kFile = "file:";
constexpr std::string_view kStdout = "stdout:";

std::string error_text(int error) {
  return std::error_code(error, std::generic_category()).message();
}

HttpResponse failed(const std::string& what, int error) {
  HttpResponse response;
  response.error = what + ": " + error_text(error);
  return response;
}

// How much of `line` was written; errno says why where it is not all.
std::size_t write_all(int file, std::string_view line) {
  std::size_t written = 0;
  while (written < line.size()) {
    const ssize_t n = write(file, line.data() + written, line.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    written += static_cast<std::size_t>(n);
  }
  return written;
}

// Takes back what was written of a line that did not fit, so that the next attempt does not stand behind half a line.
void take_back(int file, std::size_t written) {
  struct stat status {};
  if (written == 0 || fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) return;
  const off_t before = status.st_size - static_cast<off_t>(written);
  if (before >= 0 && ftruncate(file, before) != 0) return;  // then the line stays half: the reader sees no JSON there
}

HttpResponse append_to_file(const std::string& path, std::string_view line) {
  // Without O_NONBLOCK a named pipe that nobody reads would hold up all deliveries.
  const int file = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
  if (file < 0) return failed(path, errno);
  const std::size_t written = write_all(file, line);
  int error = written < line.size() ? errno : 0;
  if (error != 0) {
    take_back(file, written);
  } else if (fdatasync(file) != 0 && errno != EINVAL && errno != EROFS) {  // EINVAL: no file that can be synced
    error = errno;
  }
  close(file);
  if (error != 0) return failed(path, error);
  HttpResponse response;
  response.status = 200;
  return response;
}

}  // namespace

bool is_local_request(const HttpRequest& request) {
  return request.url.starts_with(kFile) || request.url.starts_with(kStdout);
}

HttpResponse perform_local_request(const HttpRequest& request) {
  std::string line = request.body;
  if (!line.ends_with('\n')) line += '\n';
  if (request.url.starts_with(kFile)) return append_to_file(request.url.substr(kFile.size()), line);
  if (write_all(STDOUT_FILENO, line) < line.size()) return failed("standard output", errno);
  HttpResponse response;
  response.status = 200;
  return response;
}

}  // namespace tocsin
