// Delivers notifications on a thread of its own, so that a slow receiver never holds up the engine. The thread owns the
// transport, the dispatcher and its outbox; what goes wrong with the outbox (a full disk) is told, and tried again
// until it works. The functions here may be called from any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/replay_view.h"
#include "engine/delivery/contact_point.h"
#include "engine/delivery/notification.h"
#include "engine/delivery/outbox.h"
#include "notifiers/dispatcher.h"

namespace tocsin {

class DeliveryThread {
 public:
  struct OpenedOutbox {
    std::unique_ptr<Outbox> outbox;
    DeadLetters* dead_letters = nullptr;     // part of it
    std::function<DeliveryCounts()> counts;  // of what the outbox holds; asked only while somebody wait()s
  };
  struct Options {
    std::vector<ContactPoint> contacts;
    // Called on the thread, which also uses and destroys the result. Empty: an outbox in memory, which push() fills.
    std::function<OpenedOutbox()> open;
    std::function<void(const Delivery&, const DeliveryAttempt&)> on_attempt;  // on the thread; may be empty
  };
  explicit DeliveryThread(Options options);
  explicit DeliveryThread(std::vector<ContactPoint> contacts);  // in memory
  ~DeliveryThread();

  // In memory only; waits where the thread can't keep up.
  void push(Notification notification);
  // The outbox has something new, or has been changed by somebody else.
  void wake();
  void reconfigure(std::vector<ContactPoint> contacts);
  // Waits until nothing is pending, at most `wait`, or until `interrupted` says so.
  DeliveryCounts wait(Period wait, const std::function<bool()>& interrupted);
  // Begins nothing more, and waits at most `wait` for what is under way.
  void finish(Period wait);

  // One line for each contact point whose newest attempt failed: what was tried, and how it ended.
  std::vector<std::string> failures() const;
  std::vector<ContactPointStatus> status() const;
  // Why the outbox can't be worked off at present; empty: it can.
  std::string trouble() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tocsin
