// The contact point `alertmanager`: alerts for the API v2. An alert is known by its labels, so what fires and what
// resolves it carry the very same ones. No state.
#pragma once

#include "notifiers/notifier.h"

namespace tocsin {

class AlertmanagerNotifier : public Notifier {
 public:
  std::string problem(const ContactPoint& contact) const override;
  HttpRequest request(const ContactPoint& contact, const Notification& notification, EventTime now) const override;
};

}  // namespace tocsin
