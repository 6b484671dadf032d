// A kind of contact point: how a notification becomes a request. One pair of files each, one row in notifier_registry.cc.
#pragma once

#include <functional>
#include <string_view>

#include "engine/delivery/contact_point.h"
#include "engine/delivery/notification.h"
#include "notifiers/transport.h"

namespace tocsin {

class Notifier {
 public:
  virtual ~Notifier() = default;
  // The request of one attempt at `now` (wall time, in the signature). The same notification always carries the same id.
  virtual HttpRequest request(const ContactPoint& contact, const Notification& notification, EventTime now) const = 0;
};

// Null where the type is unknown. Lives for ever.
const Notifier* find_notifier(std::string_view type);
std::vector<std::string_view> notifier_types();

}  // namespace tocsin
