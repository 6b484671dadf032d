#include "app/interrupt.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <thread>

#include "engine/base/ensure.h"

namespace tocsin {
namespace {

// All a signal handler may touch: a flag and a file descriptor that wakes the waiting threads.
std::atomic<int> received{0};
std::atomic<int> wake_fd{-1};

void write_wake() {
  const std::uint64_t one = 1;
  const int fd = wake_fd.load();
  if (fd >= 0 && write(fd, &one, sizeof one) < 0) return;  // full: it has been woken already
}

void on_signal(int signal) {
  if (received.exchange(signal) != 0) _exit(128 + signal);
  const int interrupted_errno = errno;
  write_wake();
  errno = interrupted_errno;
}

void wait_readable(int fd, int timeout_ms) {
  pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
  poll(&entry, 1, timeout_ms);
}

}  // namespace

struct Interrupt::State {
  struct sigaction old_int {};
  struct sigaction old_term {};
  std::mutex mutex;
  std::function<void()> call;
  std::atomic<bool> ending{false};
  int fd = -1;
  std::thread watcher;
};

Interrupt::Interrupt() : state_(new State) {
  ENSURE(wake_fd.load() == -1);
  received = 0;
  // Never read, so it stays readable: every later wait returns at once.
  state_->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  ENSURE(state_->fd >= 0);
  wake_fd = state_->fd;
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &state_->old_int);
  sigaction(SIGTERM, &action, &state_->old_term);
  state_->watcher = std::thread([state = state_] {
    while (!state->ending && received == 0) wait_readable(state->fd, -1);
    if (state->ending) return;
    const std::lock_guard lock(state->mutex);
    if (state->call) state->call();
  });
}

Interrupt::~Interrupt() {
  sigaction(SIGINT, &state_->old_int, nullptr);
  sigaction(SIGTERM, &state_->old_term, nullptr);
  state_->ending = true;
  write_wake();
  state_->watcher.join();
  wake_fd = -1;
  close(state_->fd);
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

}  // namespace tocsin
