// Tells a contact point's fallback of its dead letters: one notification `delivery.failed` for each contact point and
// reason a minute, which says how many the contact point has. What was told is known by the notice's id, so that a
// restart may note() the newest dead letter again. Dead letters of such notifications are told to nobody, so that two
// contact points that are each other's fallback don't keep each other busy. Pure: the time is an argument.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/delivery/contact_point.h"
#include "engine/delivery/outbox.h"

namespace tocsin {

class FailureNotices {
 public:
  static constexpr std::string_view kType = "delivery.failed";

  // `attempt` made a dead letter of `delivery`, which is for `contact`.
  void note(const ContactPoint& contact, const Delivery& delivery, const DeliveryAttempt& attempt);
  // What is to be told now; `letters` says how many there are.
  std::vector<Notification> take(EventTime now, DeadLetters& letters);
  // When something more is to be told.
  std::optional<EventTime> next() const;

 private:
  // The newest dead letter.
  struct Tally {
    std::string fallback;
    std::string id, type, detail;
    int attempts = 0, redrives = 0;
    bool news = false;
    std::optional<EventTime> told;
  };
  std::map<std::pair<std::string, DeliveryReason>, Tally> tallies_;  // by contact point
};

}  // namespace tocsin
