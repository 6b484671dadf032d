#include "test/end_to_end/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace tocsin {
namespace {

struct Pipe {
  std::array<int, 2> fd{};
  Pipe() {
    if (pipe2(fd.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
  }
  void close_end(std::size_t end) {
    if (fd[end] >= 0) close(fd[end]);
    fd[end] = -1;
  }
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// Feeds stdin and collects both outputs until all pipes are closed.
void talk(const ProgramInput& input, pid_t child, Pipe& in, Pipe& out, Pipe& err, ProgramResult& result) {
  std::size_t written = 0;
  bool signalled = false;
  if (input.stdin_bytes.empty()) in.close_end(1);
  while (out.fd[0] >= 0 || err.fd[0] >= 0) {
    std::array<pollfd, 3> entries = {{{out.fd[0], POLLIN, 0}, {err.fd[0], POLLIN, 0}, {in.fd[1], POLLOUT, 0}}};
    poll(entries.data(), entries.size(), 1000);
    const auto collect = [](Pipe& pipe, short events, std::string& text) {
      if (events == 0) return;
      std::array<char, 65536> buffer;
      const ssize_t got = read(pipe.fd[0], buffer.data(), buffer.size());
      if (got > 0) text.append(buffer.data(), static_cast<std::size_t>(got));
      if (got <= 0) pipe.close_end(0);
    };
    collect(out, entries[0].revents, result.out);
    collect(err, entries[1].revents, result.err);
    if (in.fd[1] >= 0 && entries[2].revents != 0) {
      const std::size_t left = input.stdin_bytes.size() - written;
      const std::size_t size = input.stdin_chunk == 0 ? left : std::min(left, input.stdin_chunk);
      const ssize_t put = write(in.fd[1], input.stdin_bytes.data() + written, size);
      if (put > 0) written += static_cast<std::size_t>(put);
      if (put < 0 || written == input.stdin_bytes.size()) in.close_end(1);
    }
    if (input.signal_when && !signalled) {
      const int signal = input.signal_when(result.out + result.err);
      if (signal != 0) kill(child, signal);
      signalled = signal != 0;
    }
  }
}

}  // namespace

ProgramResult run_tocsin(const ProgramInput& input) {
  std::vector<std::string> arguments = {TOCSIN_BINARY};
  arguments.insert(arguments.end(), input.arguments.begin(), input.arguments.end());
  std::vector<std::string> environment = {"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "HOME=/nonexistent"};
  environment.insert(environment.end(), input.environment.begin(), input.environment.end());
  std::vector<char*> argv = pointers(arguments);
  std::vector<char*> envp = pointers(environment);
  Pipe in, out, err;
  std::signal(SIGPIPE, SIG_IGN);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    dup2(in.fd[0], 0);
    dup2(out.fd[1], 1);
    dup2(err.fd[1], 2);
    execve(argv[0], argv.data(), envp.data());
    _exit(127);
  }
  in.close_end(0);
  out.close_end(1);
  err.close_end(1);
  fcntl(in.fd[1], F_SETFL, O_NONBLOCK);
  ProgramResult result;
  talk(input, child, in, out, err, result);
  in.close_end(1);
  int status = 0;
  waitpid(child, &status, 0);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

ProgramResult run_shell(const std::string& command) {
  ProgramResult result;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen failed");
  std::array<char, 4096> buffer;
  while (const std::size_t got = fread(buffer.data(), 1, buffer.size(), pipe)) result.out.append(buffer.data(), got);
  const int status = pclose(pipe);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

std::string scratch_folder(const std::string& name) {
  struct Root {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("tocsin-end-to-end-" + std::to_string(getpid()));
    ~Root() { std::filesystem::remove_all(path); }
  };
  static const Root root;
  const std::filesystem::path folder = root.path / name;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder.string();
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace tocsin
