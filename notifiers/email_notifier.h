// The contact point `email`: a message as text and as HTML, sent by SMTP. Its Message-ID is made of the notification's
// id, and mails about the same alarm or incident belong to one thread. No state.
#pragma once

#include "notifiers/notifier.h"

namespace tocsin {

class EmailNotifier : public Notifier {
 public:
  std::string problem(const ContactPoint& contact) const override;
  HttpRequest request(const ContactPoint& contact, const Notification& notification, EventTime now) const override;
  AttemptOutcome outcome(const HttpResponse& response) const override;
};

}  // namespace tocsin
