// A tocsin that runs beside the test: `tail` or `run`, with its standard output and its log in files.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace tocsin {

class Daemon {
 public:
  // Runs in `folder`, where stdout goes to the file "out" and stderr to "err", behind what is there. `wrapper`: a
  // command line that tocsin's is appended to.
  Daemon(const std::string& folder, std::vector<std::string> arguments, std::vector<std::string> wrapper = {});
  ~Daemon();  // kills what still runs
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  pid_t pid() const { return pid_; }
  bool runs();
  void send(int signal) const;
  // The exit code, 128 + n where signal n ended it; -1 where it still runs after `seconds`.
  int wait(double seconds = 30);
  int stop(int signal) {
    send(signal);
    return wait();
  }
  // What this process has written so far.
  std::string out() const;
  std::string err() const;
  bool wait_for_out(const std::string& text, double seconds = 30);
  bool wait_for_err(const std::string& text, double seconds = 30);
  // Of --metrics-listen 127.0.0.1:0, once it listens.
  std::string metrics_port();

 private:
  std::string folder_;
  std::size_t out_begin_ = 0, err_begin_ = 0;
  pid_t pid_ = -1;
  int exit_code_ = -1;
};

// Asks every few milliseconds; false where it has not come true after `seconds`.
bool wait_until(const std::function<bool()>& condition, double seconds = 30);

// "200 …body", or "" where nobody answers.
std::string http_get(const std::string& port, const std::string& path);

void append_file(const std::string& path, const std::string& bytes);

}  // namespace tocsin
