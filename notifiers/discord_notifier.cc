#include "notifiers/discord_notifier.h"

#include <nlohmann/json.hpp>

#include "notifiers/fitted_text.h"
#include "notifiers/http_request.h"
#include "notifiers/message.h"
#include "notifiers/payload_json.h"

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

// Discord's limits of an embed: each part has one, and all of them together.
constexpr std::size_t kTotal = 6000;
constexpr std::size_t kTitle = 256;
constexpr std::size_t kDescription = 4096;
constexpr std::size_t kFields = 25;
constexpr std::size_t kFieldName = 256;
constexpr std::size_t kFieldValue = 1024;
// Kept free of the text for the evidence behind it.
constexpr std::size_t kShortText = 2000;
constexpr std::size_t kShortFact = 250;

// Markdown, masked links and mentions. A mention in an embed calls nobody, but still looks as if it did.
void escape(std::string_view character, std::string& out) {
  constexpr std::string_view kMarks = "\\*_~`|<>[]()#";
  if (character.size() == 1 && kMarks.find(character) != std::string_view::npos) out += '\\';
  out += character;
  if (character == "@") out += "\u200b";
}

// Within a block of code nothing acts but its end.
void escape_code(std::string_view character, std::string& out) {
  out += character == "`" ? "'" : character;
}

std::string escaped(std::string_view text, std::size_t limit) {
  return fitted(text, limit, TextUnit::kUtf16, escape);
}

std::size_t length(std::string_view text) {
  return text_length(text, TextUnit::kUtf16);
}

int colour(const Message& message) {
  if (message.status == MessageStatus::kResolved) return 0x2EB67D;
  if (message.status == MessageStatus::kNotice || message.severity == "info") return 0x439FE0;
  return message.severity == "critical" ? 0xD32F2F : 0xF2A33A;
}

std::string evidence_text(const Message& message, std::size_t limit) {
  std::string text;
  for (const MessageEvidence& one : message.evidence) {
    std::string entry = "\n" + escaped("• " + one.what, 400);
    if (!one.sample.empty()) entry += "\n```\n" + fitted(one.sample, 400, TextUnit::kUtf16, escape_code) + "\n```";
    if (length(text) + length(entry) > limit) break;
    text += entry;
  }
  return text;
}

std::string body(const ContactPoint& contact, const Notification& notification) {
  const Message message = read_message(notification);
  const std::string footer = message.severity + " · " + notification.id;
  Json embed = {{"title", escaped(std::string(status_mark(message)) + " " + message.title, kTitle)}};
  std::size_t left = kTotal - kTitle - length(footer);
  Json fields = Json::array();
  for (const MessageFact& fact : message.facts) {
    if (fields.size() == kFields) break;
    std::string name = escaped(fact.name, std::min(kFieldName, kShortFact));
    std::string value = escaped(fact.value, std::min(kFieldValue, kShortFact));
    if (name.empty() || value.empty() || length(name) + length(value) + kShortText > left) continue;
    left -= length(name) + length(value);
    fields.push_back({{"name", std::move(name)}, {"value", std::move(value)}, {"inline", length(fact.value) <= 40}});
  }
  std::string description = escaped(message.text, kShortText);
  left = std::min(left, kDescription) - length(description);
  description += evidence_text(message, left);
  if (!description.empty()) embed["description"] = std::move(description);
  if (const std::string& link = contact.setting("link"); !link.empty()) embed["url"] = link;
  embed["color"] = colour(message);
  if (!fields.empty()) embed["fields"] = std::move(fields);
  embed["footer"] = {{"text", footer}};
  embed["timestamp"] = to_iso8601(message.at);
  const std::string& username = contact.setting("username");
  return payload_text({{"username", username.empty() ? "tocsin" : username},
                       {"allowed_mentions", {{"parse", Json::array()}}},
                       {"embeds", Json::array({std::move(embed)})}});
}

}  // namespace

std::string DiscordNotifier::problem(const ContactPoint& contact) const {
  return http_problem(contact);
}

HttpRequest DiscordNotifier::request(const ContactPoint& contact, const Notification& notification,
                                     EventTime /*now*/) const {
  return http_request(contact, "application/json",
                      templated_or(contact, notification, body(contact, notification), escape));
}

}  // namespace tocsin
