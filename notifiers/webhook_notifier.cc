#include "notifiers/webhook_notifier.h"

#include <algorithm>

#include "engine/base/ensure.h"
#include "engine/base/text.h"
#include "engine/delivery/webhook_secret.h"
#include "notifiers/signature.h"

namespace tocsin {
namespace {

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
  });
}

// Headers that we write ourselves; a second one would leave it to the receiver which of them counts.
bool is_ours(std::string_view name) {
  const std::string lower = to_lower(name);
  return lower.starts_with("webhook-") || lower == "content-type" || lower == "content-length" || lower == "host" ||
         lower == "transfer-encoding";
}

}  // namespace

std::string WebhookNotifier::problem(const ContactPoint& contact) const {
  const std::string_view url = contact.url;
  if (url.empty()) return "the contact point has no url";
  const std::string scheme = to_lower(url.substr(0, 8));
  if (!scheme.starts_with("http://") && !scheme.starts_with("https://")) return "the url is neither http nor https";
  if (has_control_character(url)) return "the url holds a control character";
  for (const auto& [name, value] : contact.headers) {
    if (!is_token(name)) return "'" + printable(name) + "' is no name of a header";
    if (is_ours(name)) return "the header '" + name + "' is set by tocsin";
    if (has_control_character(value.reveal())) return "the header '" + name + "' holds a control character";
  }
  for (const SigningSecret& secret : contact.secrets) {
    if (std::string fault = check_webhook_secret(secret.value.reveal()); !fault.empty()) return fault;
  }
  return {};
}

HttpRequest WebhookNotifier::request(const ContactPoint& contact, const Notification& notification,
                                     EventTime now) const {
  HttpRequest request;
  request.url = contact.url;
  request.body = notification.payload;
  request.timeout = contact.timeout;
  request.connection = connection_policy(contact);
  const std::string timestamp = std::to_string(floor_to(now, Period::seconds(1)).ms / 1000);
  request.headers = {
      {"content-type", "application/json"}, {"webhook-id", notification.id}, {"webhook-timestamp", timestamp}};
  std::string signatures;
  for (const SigningSecret& secret : contact.secrets) {
    if (secret.until && *secret.until <= now) continue;
    const std::optional<std::string> key = webhook_key(secret.value.reveal());
    ENSURE(key.has_value());
    if (!signatures.empty()) signatures += ' ';
    signatures +=
        webhook_signature(*key, {.id = notification.id, .timestamp = timestamp, .body = notification.payload});
  }
  if (!signatures.empty()) request.headers.emplace_back("webhook-signature", signatures);
  for (const auto& [name, value] : contact.headers) request.headers.emplace_back(name, value.reveal());
  return request;
}

}  // namespace tocsin
