// The contact points `file` and `stdout`: the notification as one line of JSON, its id in front. No state.
#pragma once

#include "notifiers/notifier.h"

namespace tocsin {

class FileNotifier : public Notifier {
 public:
  std::string problem(const ContactPoint& contact) const override;
  HttpRequest request(const ContactPoint& contact, const Notification& notification, EventTime now) const override;
};

}  // namespace tocsin
