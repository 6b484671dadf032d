#include "notifiers/teams_notifier.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "notifiers/fitted_text.h"
#include "notifiers/http_request.h"
#include "notifiers/message.h"
#include "notifiers/payload_json.h"

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostBytes = 28'000;  // Teams takes 28 KB

// What of a message goes into a card; tried from wide to narrow until the card fits.
struct Room {
  std::size_t text, evidence, sample, facts;
};
constexpr Room kRooms[] = {{6000, 10, 500, 12}, {4000, 5, 300, 12}, {2000, 2, 150, 8}, {500, 0, 0, 6}, {100, 0, 0, 2}};

Json run(std::string text) {
  return {{"type", "TextRun"}, {"text", std::move(text)}};
}

Json bold(std::string text) {
  Json made = run(std::move(text));
  made["weight"] = "Bolder";
  return made;
}

Json paragraph(Json runs) {
  return {{"type", "RichTextBlock"}, {"inlines", std::move(runs)}};
}

std::string_view colour(const Message& message) {
  if (message.status == MessageStatus::kResolved) return "Good";
  if (message.status == MessageStatus::kNotice || message.severity == "info") return "Accent";
  return message.severity == "critical" ? "Attention" : "Warning";
}

Json card_body(const Message& message, const Notification& notification, const Room& room) {
  Json title = bold(std::string(status_mark(message)) + " " + fitted(message.title, 300));
  title["size"] = "Large";
  title["color"] = colour(message);
  Json body = Json::array({paragraph(Json::array({std::move(title)}))});
  if (!message.text.empty()) body.push_back(paragraph(Json::array({run(fitted(message.text, room.text))})));
  for (std::size_t i = 0; i < std::min(room.facts, message.facts.size()); ++i) {
    const MessageFact& fact = message.facts[i];
    body.push_back(paragraph(Json::array({bold(fact.name + ": "), run(fact.value)})));
  }
  for (std::size_t i = 0; i < std::min(room.evidence, message.evidence.size()); ++i) {
    const MessageEvidence& one = message.evidence[i];
    body.push_back(paragraph(Json::array({run("• " + one.what)})));
    if (one.sample.empty()) continue;
    Json sample = run(fitted(one.sample, room.sample));
    sample["fontType"] = "Monospace";
    sample["isSubtle"] = true;
    body.push_back(paragraph(Json::array({std::move(sample)})));
  }
  Json foot = run(message.severity + " · " + to_clock(message.at) + " · " + notification.id);
  foot["isSubtle"] = true;
  foot["size"] = "Small";
  body.push_back(paragraph(Json::array({std::move(foot)})));
  return body;
}

std::string body(const ContactPoint& contact, const Notification& notification) {
  const Message message = read_message(notification);
  std::string text;
  for (const Room& room : kRooms) {
    Json card = {{"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
                 {"type", "AdaptiveCard"},
                 {"version", "1.4"},
                 {"fallbackText", fitted(message.title, 300)},
                 {"msteams", {{"width", "Full"}}},
                 {"body", card_body(message, notification, room)}};
    if (const std::string& link = contact.setting("link"); !link.empty()) {
      card["actions"] = Json::array({{{"type", "Action.OpenUrl"}, {"title", "Open"}, {"url", link}}});
    }
    text = payload_text({{"type", "message"},
                         {"attachments", Json::array({{{"contentType", "application/vnd.microsoft.card.adaptive"},
                                                       {"contentUrl", nullptr},
                                                       {"content", std::move(card)}}})}});
    if (text.size() <= kMostBytes) break;
  }
  return text;
}

}  // namespace

std::string TeamsNotifier::problem(const ContactPoint& contact) const {
  return http_problem(contact);
}

HttpRequest TeamsNotifier::request(const ContactPoint& contact, const Notification& notification,
                                   EventTime /*now*/) const {
  return http_request(contact, "application/json", templated_or(contact, notification, body(contact, notification)));
}

// A connector of Teams that could not deliver says so within a 200: "Webhook message delivery failed with error:
// Microsoft Teams endpoint returned HTTP error 429 with ContextId …".
AttemptOutcome TeamsNotifier::outcome(const HttpResponse& response) const {
  AttemptOutcome outcome = Notifier::outcome(response);
  const bool taken = response.status >= 200 && response.status < 300;
  if (!taken || response.body.find("delivery failed") == std::string::npos) return outcome;
  outcome.status = 502;
  outcome.error = "the answer says that the delivery failed";
  constexpr std::string_view kBefore = "HTTP error ";
  const std::size_t at = response.body.find(kBefore);
  if (at == std::string::npos) return outcome;
  const char* begin = response.body.data() + at + kBefore.size();
  int status = 0;
  std::from_chars(begin, response.body.data() + response.body.size(), status);
  if (status >= 400 && status < 600) outcome.status = status;
  return outcome;
}

}  // namespace tocsin
