// Delivers notifications: tries, waits, tries again, gives up, each as engine/delivery/retry.h decides. Order is kept
// per contact point. Runs on the thread that calls run_once(); clock and randomness are given, so tests need no sleep.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/delivery/contact_point.h"
#include "engine/delivery/notification.h"
#include "engine/delivery/retry.h"
#include "notifiers/transport.h"

namespace tocsin {

struct DeliveryReport {
  std::string id;
  std::string contact_point;
  int attempt = 0;
  RetryDecision decision;
  AttemptOutcome outcome;
};

class DeliveryQueue {
 public:
  struct Options {
    std::function<EventTime()> now;
    std::function<double()> random;                         // [0, 1)
    std::function<void(const DeliveryReport&)> on_attempt;  // after each attempt
  };
  DeliveryQueue(std::vector<ContactPoint> contacts, Transport& transport, Options options);
  ~DeliveryQueue();

  void push(Notification notification);
  // Starts what is due and works for at most `wait`.
  void run_once(Period wait);
  std::size_t pending() const;
  std::size_t dead() const;
  std::size_t delivered() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tocsin
