#include "notifiers/webhook_notifier.h"

#include "notifiers/http_request.h"
#include "notifiers/payload_json.h"

namespace tocsin {

std::string WebhookNotifier::problem(const ContactPoint& contact) const {
  std::string problem = http_problem(contact);
  return problem.empty() ? signing_problem(contact) : problem;
}

HttpRequest WebhookNotifier::request(const ContactPoint& contact, const Notification& notification,
                                     EventTime now) const {
  HttpRequest request =
      http_request(contact, "application/json",
                   templated_or(contact, notification, shortened_payload(notification.payload, kMaxPayloadBytes)));
  sign(request, contact, notification, now);
  return request;
}

}  // namespace tocsin
