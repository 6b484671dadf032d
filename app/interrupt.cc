#include "app/interrupt.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/base/ensure.h"

namespace tocsin {
namespace {

// All a signal handler may touch: a flag and a file descriptor that wakes the waiting threads.
std::atomic<int> received{0};
std::atomic<int> wake_fd{-1};
std::atomic<int> hangup_fd{-1};

void write_to(int fd) {
  const std::uint64_t one = 1;
  if (fd >= 0 && write(fd, &one, sizeof one) < 0) return;  // full: it has been woken already
}

void write_wake() {
  write_to(wake_fd.load());
}

void on_signal(int signal) {
  if (received.exchange(signal) != 0) _exit(128 + signal);
  const int interrupted_errno = errno;
  write_wake();
  errno = interrupted_errno;
}

void on_hangup_signal(int) {
  const int interrupted_errno = errno;
  write_to(hangup_fd.load());
  errno = interrupted_errno;
}

int make_eventfd() {
  const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  ENSURE(fd >= 0);
  return fd;
}

void wait_readable(int fd, int timeout_ms) {
  pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
  poll(&entry, 1, timeout_ms);
}

}  // namespace

struct Interrupt::State {
  struct sigaction old_int {};
  struct sigaction old_term {};
  std::optional<struct sigaction> old_hangup;
  std::mutex mutex;
  std::function<void()> call, hangup_call;
  std::atomic<bool> ending{false};
  int fd = -1;
  int hangup = -1;
  std::thread watcher;

  void watch();
};

void Interrupt::State::watch() {
  while (!ending && received == 0) {
    pollfd entries[] = {{.fd = fd, .events = POLLIN, .revents = 0}, {.fd = hangup, .events = POLLIN, .revents = 0}};
    poll(entries, 2, -1);
    if ((entries[1].revents & POLLIN) == 0) continue;
    std::uint64_t count = 0;
    if (read(hangup, &count, sizeof count) < 0) continue;
    const std::lock_guard lock(mutex);
    if (hangup_call) hangup_call();
  }
  if (ending) return;
  const std::lock_guard lock(mutex);
  if (call) call();
}

Interrupt::Interrupt() : state_(new State) {
  ENSURE(wake_fd.load() == -1);
  received = 0;
  // Never read, so it stays readable: every later wait returns at once.
  state_->fd = make_eventfd();
  state_->hangup = make_eventfd();
  wake_fd = state_->fd;
  hangup_fd = state_->hangup;
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &state_->old_int);
  sigaction(SIGTERM, &action, &state_->old_term);
  state_->watcher = std::thread([state = state_] { state->watch(); });
}

Interrupt::~Interrupt() {
  sigaction(SIGINT, &state_->old_int, nullptr);
  sigaction(SIGTERM, &state_->old_term, nullptr);
  if (state_->old_hangup) sigaction(SIGHUP, &*state_->old_hangup, nullptr);
  state_->ending = true;
  write_wake();
  state_->watcher.join();
  wake_fd = -1;
  hangup_fd = -1;
  close(state_->fd);
  close(state_->hangup);
  delete state_;
}

bool Interrupt::requested() const {
  return received != 0;
}
int Interrupt::signal() const {
  return received;
}

bool Interrupt::sleep_until(std::chrono::steady_clock::time_point instant) const {
  while (!requested()) {
    const auto left = instant - std::chrono::steady_clock::now();
    if (left <= std::chrono::steady_clock::duration::zero()) return false;
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    wait_readable(state_->fd, static_cast<int>(std::min<std::int64_t>(ms, 60'000)));
  }
  return true;
}

void Interrupt::on_request(std::function<void()> call) {
  const std::lock_guard lock(state_->mutex);
  state_->call = std::move(call);
  if (requested() && state_->call) state_->call();
}

void Interrupt::on_hangup(std::function<void()> call) {
  const std::lock_guard lock(state_->mutex);
  state_->hangup_call = std::move(call);
  if (state_->old_hangup) return;
  state_->old_hangup.emplace();
  struct sigaction action {};
  action.sa_handler = on_hangup_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGHUP, &action, &*state_->old_hangup);
}

}  // namespace tocsin
