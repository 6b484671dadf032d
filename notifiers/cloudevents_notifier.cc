#include "notifiers/cloudevents_notifier.h"

#include <nlohmann/json.hpp>

#include "notifiers/http_request.h"
#include "notifiers/message.h"
#include "notifiers/payload_json.h"
#include "notifiers/payload_template.h"

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kEnvelope = 4096;  // room for the attributes around the data

std::string body(const ContactPoint& contact, const Notification& notification) {
  const Message message = read_message(notification);
  Json data;
  if (contact.payload_template.empty()) {
    data = member(parse_payload(shortened_payload(notification.payload, kMaxPayloadBytes - kEnvelope)), "data");
  } else {
    data = parse_payload(render_payload(contact.payload_template, notification).json);
  }
  const std::string& source = contact.setting("source");
  Json event = {{"specversion", "1.0"},
                {"id", notification.id},
                {"source", source.empty() ? "/tocsin" : source},
                {"type", message.type.empty() ? "notification" : message.type},
                {"time", to_iso8601(message.at)}};
  if (!message.key.empty()) event["subject"] = message.key;
  event["datacontenttype"] = "application/json";
  event["data"] = std::move(data);
  return payload_text(event);
}

}  // namespace

std::string CloudEventsNotifier::problem(const ContactPoint& contact) const {
  std::string problem = http_problem(contact);
  return problem.empty() ? signing_problem(contact) : problem;
}

HttpRequest CloudEventsNotifier::request(const ContactPoint& contact, const Notification& notification,
                                         EventTime now) const {
  HttpRequest request =
      http_request(contact, "application/cloudevents+json; charset=utf-8", body(contact, notification));
  sign(request, contact, notification, now);
  return request;
}

}  // namespace tocsin
