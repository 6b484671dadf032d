// The contact point `slack`: a message of blocks to an incoming webhook. Log text is escaped, so that none of it
// becomes a mention or a link. No state.
#pragma once

#include "notifiers/notifier.h"

namespace tocsin {

class SlackNotifier : public Notifier {
 public:
  std::string problem(const ContactPoint& contact) const override;
  HttpRequest request(const ContactPoint& contact, const Notification& notification, EventTime now) const override;
};

}  // namespace tocsin
