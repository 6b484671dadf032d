// The contact point `cloudevents`: CloudEvents 1.0 over HTTP in structured mode, signed as webhooks are. No state.
#pragma once

#include "notifiers/notifier.h"

namespace tocsin {

class CloudEventsNotifier : public Notifier {
 public:
  std::string problem(const ContactPoint& contact) const override;
  HttpRequest request(const ContactPoint& contact, const Notification& notification, EventTime now) const override;
};

}  // namespace tocsin
