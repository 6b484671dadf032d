// The contact point `webhook`: the notification's payload as it is, signed as Standard Webhooks 1.0.0 says. No state.
#pragma once

#include "notifiers/notifier.h"

namespace tocsin {

class WebhookNotifier : public Notifier {
 public:
  std::string problem(const ContactPoint& contact) const override;
  HttpRequest request(const ContactPoint& contact, const Notification& notification, EventTime now) const override;
};

}  // namespace tocsin
