// Tells a contact point's fallback of its dead letters: one notification `delivery.failed` for each contact point and
// reason a minute, which says how many there were. Dead letters of such notifications are told to nobody, so that two
// contact points that are each other's fallback don't keep each other busy. Pure: the time is an argument.
#pragma once

#include <cstdint>
#include <map>
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
  // What is to be told now, at most `most`; what is left out is told by a later call.
  std::vector<Notification> take(EventTime now, std::size_t most);

 private:
  // The newest dead letter and how many there were since the last notice.
  struct Tally {
    std::string fallback;
    std::string id, type, detail;
    int attempts = 0, redrives = 0;
    std::uint64_t count = 0;
    EventTime told;
    bool was_told = false;
  };
  std::map<std::pair<std::string, DeliveryReason>, Tally> tallies_;  // by contact point
};

}  // namespace tocsin
