#include "test/end_to_end/daemon.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "test/end_to_end/program.h"

namespace tocsin {
namespace {

std::size_t size_of(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error ? 0 : size;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

Daemon::Daemon(const std::string& folder, std::vector<std::string> arguments, std::vector<std::string> wrapper)
    : folder_(folder), out_begin_(size_of(folder + "/out")), err_begin_(size_of(folder + "/err")) {
  arguments.insert(arguments.begin(), TOCSIN_BINARY);
  arguments.insert(arguments.begin(), wrapper.begin(), wrapper.end());
  std::vector<std::string> environment;
  for (const char* name : {"PATH", "HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) environment.push_back(std::string(name) + "=" + value);
  }
  const std::vector<char*> argv = pointers(arguments);
  const std::vector<char*> envp = pointers(environment);
  pid_ = fork();
  if (pid_ != 0) return;
  if (chdir(folder_.c_str()) != 0) _exit(126);
  const int flags = O_WRONLY | O_CREAT | O_APPEND;
  dup2(open("out", flags, 0644), STDOUT_FILENO);
  dup2(open("err", flags, 0644), STDERR_FILENO);
  dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
  execvpe(argv[0], argv.data(), envp.data());
  _exit(127);
}

Daemon::~Daemon() {
  if (!runs()) return;
  send(SIGKILL);
  wait();
}

bool Daemon::runs() {
  return wait(0) == -1;
}

void Daemon::send(int signal) const {
  if (exit_code_ == -1) kill(pid_, signal);
}

int Daemon::wait(double seconds) {
  wait_until(
      [this] {
        int status = 0;
        if (exit_code_ == -1 && waitpid(pid_, &status, WNOHANG) == pid_) {
          exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        }
        return exit_code_ != -1;
      },
      seconds);
  return exit_code_;
}

std::string Daemon::out() const {
  const std::string all = read_file(folder_ + "/out");
  return all.size() > out_begin_ ? all.substr(out_begin_) : std::string();
}

std::string Daemon::err() const {
  const std::string all = read_file(folder_ + "/err");
  return all.size() > err_begin_ ? all.substr(err_begin_) : std::string();
}

bool Daemon::wait_for_out(const std::string& text, double seconds) {
  return wait_until([&] { return out().find(text) != std::string::npos || !runs(); }, seconds) &&
         out().find(text) != std::string::npos;
}

bool Daemon::wait_for_err(const std::string& text, double seconds) {
  return wait_until([&] { return err().find(text) != std::string::npos || !runs(); }, seconds) &&
         err().find(text) != std::string::npos;
}

std::string Daemon::metrics_port() {
  const std::string mark = "metrics on port ";
  if (!wait_for_err(mark)) return {};
  const std::string log = err();
  const std::size_t at = log.find(mark) + mark.size();
  return log.substr(at, log.find_first_not_of("0123456789", at) - at);
}

bool wait_until(const std::function<bool()>& condition, double seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    poll(nullptr, 0, 5);
  }
  return true;
}

std::string http_get(const std::string& port, const std::string& path) {
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port.c_str())));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string answer;
  const std::string request = "GET " + path + " HTTP/1.0\r\n\r\n";
  if (connect(client, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 &&
      send(client, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
    char buffer[8192];
    for (ssize_t n = 0; (n = recv(client, buffer, sizeof buffer, 0)) > 0;)
      answer.append(buffer, static_cast<std::size_t>(n));
  }
  close(client);
  const std::size_t body = answer.find("\r\n\r\n");
  if (body == std::string::npos || answer.size() < 12) return {};
  return answer.substr(9, 4) + answer.substr(body + 4);
}

void append_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::app) << bytes;
}

}  // namespace tocsin
