// The contact point `discord`: a message with one embed. Nobody is mentioned, and log text is escaped. No state.
#pragma once

#include "notifiers/notifier.h"

namespace tocsin {

class DiscordNotifier : public Notifier {
 public:
  std::string problem(const ContactPoint& contact) const override;
  HttpRequest request(const ContactPoint& contact, const Notification& notification, EventTime now) const override;
};

}  // namespace tocsin
