// The contact point `pagerduty`: events for the Events API v2. What fires triggers, what resolves resolves, under the
// same dedup_key: the alarm or the incident. No state.
#pragma once

#include "notifiers/notifier.h"

namespace tocsin {

class PagerDutyNotifier : public Notifier {
 public:
  std::string problem(const ContactPoint& contact) const override;
  HttpRequest request(const ContactPoint& contact, const Notification& notification, EventTime now) const override;
};

}  // namespace tocsin
