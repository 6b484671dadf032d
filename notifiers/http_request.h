// What all kinds of contact points that speak HTTP have in common: the checks of address and headers, the request to
// which a kind adds its body, and the signatures of those that are signed.
#pragma once

#include <string>
#include <string_view>

#include "engine/delivery/contact_point.h"
#include "engine/delivery/notification.h"
#include "notifiers/fitted_text.h"
#include "notifiers/transport.h"

namespace tocsin {

// Why no HTTP request can be made to the contact point: its address, its headers; empty: nothing stands in the way.
std::string http_problem(const ContactPoint& contact);
// What is wrong with its secrets, without quoting them.
std::string signing_problem(const ContactPoint& contact);

// A POST of `body` with the contact point's own headers behind `content_type`.
HttpRequest http_request(const ContactPoint& contact, std::string_view content_type, std::string body);

// Adds webhook-id, webhook-timestamp and the signature that the contact point asks for. Over the request's body: last.
void sign(HttpRequest& request, const ContactPoint& contact, const Notification& notification, EventTime now);

// The body that the contact point's template makes of the notification, or `otherwise` where it has none. `escape` is
// for the values that the template takes in, not for what its author wrote.
std::string templated_or(const ContactPoint& contact, const Notification& notification, std::string otherwise,
                         EscapeCharacter escape = nullptr);

}  // namespace tocsin
