#include "notifiers/slack_notifier.h"

#include <nlohmann/json.hpp>

#include "notifiers/fitted_text.h"
#include "notifiers/http_request.h"
#include "notifiers/message.h"
#include "notifiers/payload_json.h"

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

// Slack's limits.
constexpr std::size_t kHeader = 150;
constexpr std::size_t kSectionText = 3000;
constexpr std::size_t kFieldText = 2000;
constexpr std::size_t kFields = 10;

// Slack reads "<!channel>" and "<https://…|name>"; nothing else acts. A backquote would end a block of code.
void escape(std::string_view character, std::string& out) {
  if (!escape_markup(character, out)) out += character == "`" ? "'" : character;
}

std::string escaped(std::string_view text, std::size_t limit) {
  return fitted(text, limit, TextUnit::kUtf16, escape);
}

// `verbatim`: names and addresses in the text stay text.
Json markup(std::string text) {
  return {{"type", "mrkdwn"}, {"text", std::move(text)}, {"verbatim", true}};
}

Json section(std::string text) {
  return {{"type", "section"}, {"text", markup(std::move(text))}};
}

void add_facts(Json& blocks, const Message& message) {
  Json fields = Json::array();
  for (const MessageFact& fact : message.facts) {
    if (fields.size() == kFields) break;
    std::string text = "*" + escaped(fact.name, 200) + "*\n";
    text += escaped(fact.value, kFieldText - text_length(text, TextUnit::kUtf16));
    fields.push_back(markup(std::move(text)));
  }
  if (!fields.empty()) blocks.push_back({{"type", "section"}, {"fields", std::move(fields)}});
}

void add_evidence(Json& blocks, const Message& message) {
  std::string text;
  for (const MessageEvidence& one : message.evidence) {
    std::string entry = (text.empty() ? "" : "\n") + escaped("• " + one.what, 600);
    if (!one.sample.empty()) entry += "\n```" + escaped(one.sample, 600) + "```";
    if (text_length(text, TextUnit::kUtf16) + text_length(entry, TextUnit::kUtf16) > kSectionText) break;
    text += entry;
  }
  if (!text.empty()) blocks.push_back(section(std::move(text)));
}

std::string body(const ContactPoint& contact, const Notification& notification) {
  const Message message = read_message(notification);
  const std::string title = std::string(status_mark(message)) + " " + message.title;
  Json blocks = Json::array();
  blocks.push_back(
      {{"type", "header"}, {"text", {{"type", "plain_text"}, {"text", escaped(title, kHeader)}, {"emoji", false}}}});
  if (const std::string& mention = contact.setting("mention");
      !mention.empty() && message.status == MessageStatus::kFiring) {
    blocks.push_back(section(mention));
  }
  if (!message.text.empty()) blocks.push_back(section(escaped(message.text, kSectionText)));
  add_facts(blocks, message);
  add_evidence(blocks, message);
  if (const std::string& link = contact.setting("link"); !link.empty()) {
    blocks.push_back(
        {{"type", "actions"},
         {"elements",
          Json::array({{{"type", "button"}, {"text", {{"type", "plain_text"}, {"text", "Open"}}}, {"url", link}}})}});
  }
  blocks.push_back(
      {{"type", "context"},
       {"elements", Json::array({markup(
                        escaped(message.severity + " · " + to_clock(message.at) + " · " + notification.id, 300))})}});
  // `text` is what notifications and screen readers show.
  return payload_text({{"text", escaped(title, kSectionText)},
                       {"unfurl_links", false},
                       {"unfurl_media", false},
                       {"blocks", std::move(blocks)}});
}

}  // namespace

std::string SlackNotifier::problem(const ContactPoint& contact) const {
  return http_problem(contact);
}

HttpRequest SlackNotifier::request(const ContactPoint& contact, const Notification& notification,
                                   EventTime /*now*/) const {
  return http_request(contact, "application/json",
                      templated_or(contact, notification, body(contact, notification), escape));
}

}  // namespace tocsin
