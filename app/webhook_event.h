// What `tocsin webhook` shows and sends: a notification out of a file, and a request as text in which no secret stands.
#pragma once

#include <string>

#include "engine/delivery/contact_point.h"
#include "engine/delivery/notification.h"
#include "notifiers/transport.h"

namespace tocsin {

// The first notification of a text: a payload {"type", "timestamp", "data"}, or an effect log as `replay --output
// ndjson` prints it. Throws std::invalid_argument where there is none.
Notification read_event(const std::string& text, const std::string& contact_point);

// The same contact point with each secret that would be seen in a request replaced by ***; what it lacks only because a
// variable is not set is filled in, so that a request can be shown all the same. Signing secrets stay: they are used,
// not shown.
ContactPoint without_secrets(ContactPoint contact);

// A request of without_secrets(): method, address, headers, body; JSON is indented. `address` is the redacted one.
std::string request_text(const HttpRequest& request, const std::string& address);
std::string request_json(const HttpRequest& request, const std::string& address);

}  // namespace tocsin
