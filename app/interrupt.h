// SIGINT and SIGTERM as a flag that waits can be woken by. The first signal asks for a clean end, the second ends at
// once. SIGHUP, where somebody wants it, calls.
#pragma once

#include <chrono>
#include <functional>

namespace tocsin {

class Interrupt {
 public:
  // One at a time. Restores the earlier handlers when it goes.
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  bool requested() const;
  int signal() const;  // 0: none so far
  // Sleeps until the instant or a signal; true where a signal came.
  bool sleep_until(std::chrono::steady_clock::time_point instant) const;
  // Called once from a thread of the interrupt's own when the first signal comes.
  void on_request(std::function<void()> call);
  // Called from the same thread after each SIGHUP; several that come together may be one call. Until this is used
  // SIGHUP does what it did.
  void on_hangup(std::function<void()> call);

 private:
  struct State;
  State* state_;
};

}  // namespace tocsin
