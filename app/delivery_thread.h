// Delivers notifications on a thread of its own, so that a slow receiver never holds up the engine.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/replay_view.h"
#include "engine/delivery/contact_point.h"
#include "engine/delivery/notification.h"
#include "notifiers/delivery_queue.h"

namespace tocsin {

class DeliveryThread {
 public:
  explicit DeliveryThread(std::vector<ContactPoint> contacts);
  ~DeliveryThread();

  void push(Notification notification);
  // Waits until nothing is pending, at most `wait`, or until `interrupted` says so.
  DeliveryCounts wait(Period wait, const std::function<bool()>& interrupted);
  // One line for each contact point whose newest attempt failed: what was tried, and how it ended.
  std::vector<std::string> failures() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tocsin
