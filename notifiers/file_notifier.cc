#include "notifiers/file_notifier.h"

#include "engine/base/text.h"
#include "notifiers/http_request.h"
#include "notifiers/payload_json.h"

namespace tocsin {
namespace {

// {"id":"evt_…","type":…}: a reader needs the id to tell a line that came twice.
std::string line(const Notification& notification) {
  std::string payload = shortened_payload(notification.payload, kMaxPayloadBytes);
  if (!payload.starts_with('{') || payload.size() < 3) return payload;
  return "{\"id\":" + json_string(notification.id) + "," + payload.substr(1);
}

}  // namespace

std::string FileNotifier::problem(const ContactPoint& contact) const {
  if (contact.url.find('\0') != std::string::npos) return "the path holds a zero byte";
  if (contact.url == "stdout:") return {};
  if (!contact.url.starts_with("file:") || contact.url.size() == 5) return "the contact point has no path";
  return {};
}

HttpRequest FileNotifier::request(const ContactPoint& contact, const Notification& notification,
                                  EventTime /*now*/) const {
  HttpRequest request;
  request.url = contact.url;
  request.timeout = contact.timeout;
  request.body = templated_or(contact, notification, line(notification)) + "\n";
  return request;
}

}  // namespace tocsin
