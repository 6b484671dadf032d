// A kind of contact point: how a notification becomes a request. One pair of files each, one row in
// notifier_registry.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/delivery/contact_point.h"
#include "engine/delivery/notification.h"
#include "engine/delivery/retry.h"
#include "notifiers/transport.h"

namespace tocsin {

class Notifier {
 public:
  virtual ~Notifier() = default;
  // Why nothing can be sent to `contact`, without its secrets; empty: nothing stands in the way.
  virtual std::string problem(const ContactPoint& contact) const = 0;
  // The request of one attempt at `now` (wall time, in the signature). The same notification always carries the same
  // id. Only for a contact point without a problem.
  virtual HttpRequest request(const ContactPoint& contact, const Notification& notification, EventTime now) const = 0;
  // How an answer is to be judged, in the words of HTTP that engine/delivery/retry.h knows. As it came, but for
  // services with ways of their own: mail, and those that answer 200 to what they did not take.
  virtual AttemptOutcome outcome(const HttpResponse& response) const;
};

// How connections to `contact` may be made; every notifier's request carries it.
ConnectionPolicy connection_policy(const ContactPoint& contact);

// Why nothing can be sent to `contact`: its notifier's problem, or that its type is unknown; empty: nothing.
std::string contact_problem(const ContactPoint& contact);

// Null where the type is unknown. Lives for ever.
const Notifier* find_notifier(std::string_view type);
std::vector<std::string_view> notifier_types();

}  // namespace tocsin
