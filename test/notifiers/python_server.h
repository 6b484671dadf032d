// A server of a few lines of Python as a process of its own, killed at the end. The script prints the port it listens
// on, and then whatever it wants to be seen.
#pragma once

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "engine/base/ensure.h"

namespace tocsin {

class PythonServer {
 public:
  PythonServer(const std::string& script, const std::string& argument) {
    int ends[2];
    ENSURE(pipe(ends) == 0);
    pid_ = fork();
    ENSURE(pid_ >= 0);
    if (pid_ == 0) {
      dup2(ends[1], STDOUT_FILENO);
      close(ends[0]);
      close(ends[1]);
      execlp("python3", "python3", "-u", "-c", script.c_str(), argument.c_str(), nullptr);
      _exit(127);
    }
    close(ends[1]);
    out_ = fdopen(ends[0], "r");
    port_ = line();
  }
  ~PythonServer() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    std::fclose(out_);
  }
  PythonServer(const PythonServer&) = delete;
  PythonServer& operator=(const PythonServer&) = delete;

  bool runs() const { return !port_.empty(); }
  std::string url(const std::string& scheme) const { return scheme + "://127.0.0.1:" + port_; }
  // The next line it prints; empty at its end.
  std::string line() {
    char buffer[4096];
    std::string text = std::fgets(buffer, sizeof buffer, out_) == nullptr ? "" : buffer;
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return text;
  }

 private:
  pid_t pid_ = 0;
  FILE* out_ = nullptr;
  std::string port_;
};

}  // namespace tocsin
