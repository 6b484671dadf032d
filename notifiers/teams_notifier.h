// The contact point `teams`: an Adaptive Card for a workflow of Microsoft Teams. All text of logs stands in text runs,
// which know no markup. No state.
#pragma once

#include "notifiers/notifier.h"

namespace tocsin {

class TeamsNotifier : public Notifier {
 public:
  std::string problem(const ContactPoint& contact) const override;
  HttpRequest request(const ContactPoint& contact, const Notification& notification, EventTime now) const override;
  AttemptOutcome outcome(const HttpResponse& response) const override;
};

}  // namespace tocsin
