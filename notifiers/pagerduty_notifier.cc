#include "notifiers/pagerduty_notifier.h"

#include <nlohmann/json.hpp>

#include "engine/base/sha256.h"
#include "notifiers/fitted_text.h"
#include "notifiers/http_request.h"
#include "notifiers/message.h"
#include "notifiers/payload_json.h"
#include "notifiers/payload_template.h"

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

// PagerDuty's limits. An event has at most 512 KB; ours have far less: a message is bounded, and so is a template.
constexpr std::size_t kSummary = 1024;
constexpr std::size_t kDedupKey = 255;

std::string dedup_key(const std::string& key) {
  return key.size() <= kDedupKey ? key : content_id("key", {key});
}

Json custom_details(const ContactPoint& contact, const Notification& notification, const Message& message) {
  if (!contact.payload_template.empty()) {
    return parse_payload(render_payload(contact.payload_template, notification).json);
  }
  Json details = Json::object();
  if (!message.text.empty()) details["text"] = message.text;
  for (const MessageFact& fact : message.facts) details[fact.name] = fact.value;
  for (const MessageEvidence& one : message.evidence) {
    details["evidence"].push_back(one.sample.empty() ? one.what : one.what + "\n" + one.sample);
  }
  details["type"] = message.type;
  details["notification"] = notification.id;
  return details;
}

std::string body(const ContactPoint& contact, const Notification& notification) {
  const Message message = read_message(notification);
  Json event = {{"routing_key", contact.setting("routing_key")}};
  event["event_action"] = message.status == MessageStatus::kResolved ? "resolve" : "trigger";
  event["dedup_key"] = dedup_key(message.key);
  if (message.status == MessageStatus::kResolved) return payload_text(event);
  const std::string& link = contact.setting("link");
  event["client"] = "tocsin";
  if (!link.empty()) {
    event["client_url"] = link;
    event["links"] = Json::array({{{"href", link}, {"text", "Open"}}});
  }
  std::string source = message.service;
  if (source.empty()) source = contact.setting("source");
  Json payload = {{"summary", fitted(message.title, kSummary)},
                  {"source", source.empty() ? "tocsin" : source},
                  // One of PagerDuty's own four, of which ours are three.
                  {"severity", message.severity},
                  {"timestamp", to_iso8601(message.at)}};
  if (!message.service.empty()) payload["component"] = message.service;
  if (!message.definition.empty()) payload["group"] = message.definition;
  payload["class"] = message.type;
  payload["custom_details"] = custom_details(contact, notification, message);
  event["payload"] = std::move(payload);
  return payload_text(event);
}

}  // namespace

std::string PagerDutyNotifier::problem(const ContactPoint& contact) const {
  if (contact.setting("routing_key").empty()) return "the contact point has no routing_key";
  return http_problem(contact);
}

HttpRequest PagerDutyNotifier::request(const ContactPoint& contact, const Notification& notification,
                                       EventTime /*now*/) const {
  return http_request(contact, "application/json", body(contact, notification));
}

}  // namespace tocsin
