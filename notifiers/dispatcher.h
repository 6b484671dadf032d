// Works off the outbox: takes what is due, sends it, records how it ended, as engine/delivery/retry.h decides. Each
// contact point has its own concurrency limit, rate limit and circuit breaker, so that a slow or dead receiver never
// delays another. Holds nothing that the outbox does not know, but what is under way. Runs on the thread that calls
// run_once(); clock and randomness are given, so tests need no sleep.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/delivery/circuit_breaker.h"
#include "engine/delivery/contact_point.h"
#include "engine/delivery/outbox.h"
#include "notifiers/transport.h"

namespace tocsin {

struct ContactPointStatus {
  std::string contact_point;
  BreakerState breaker = BreakerState::kClosed;
  std::size_t under_way = 0;
  std::string last_failure;  // of the newest attempt, where it failed; empty otherwise
};

class Dispatcher {
 public:
  struct Options {
    DeadLetters* dead_letters = nullptr;                                      // of the outbox; must outlive, too
    std::function<EventTime()> now;                                           // wall time
    std::function<double()> random;                                           // [0, 1)
    std::function<void(const Delivery&, const DeliveryAttempt&)> on_attempt;  // may be empty
  };
  // `outbox` and `transport` must outlive the dispatcher.
  Dispatcher(std::vector<ContactPoint> contacts, Outbox& outbox, Transport& transport, Options options);
  ~Dispatcher();

  // Starts what is due, lets the transport work for at most `wait` (less where something ends, is due, or wake() is
  // called), records what ended. Where the outbox fails, its exception passes through and nothing is forgotten: what
  // ended is recorded by the next call.
  void run_once(Period wait);
  // The outbox has something new, or has been changed by somebody else. Any thread.
  void wake();
  // Contact points that are gone finish what is under way; the others keep their breakers.
  void reconfigure(std::vector<ContactPoint> contacts);

  // From now on nothing is begun; what is under way may end.
  void finish();

  // Attempts that have begun and are not yet recorded.
  std::size_t under_way() const;
  std::vector<ContactPointStatus> status() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tocsin
