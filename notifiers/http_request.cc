#include "notifiers/http_request.h"

#include <algorithm>

#include "engine/base/ensure.h"
#include "engine/base/text.h"
#include "engine/delivery/webhook_secret.h"
#include "notifiers/notifier.h"
#include "notifiers/payload_json.h"
#include "notifiers/payload_template.h"
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
         lower == "transfer-encoding" || lower == "x-hub-signature-256" || lower == "stripe-signature";
}

bool is_valid_at(const SigningSecret& secret, EventTime now) {
  return !secret.value.empty() && (!secret.until || *secret.until > now);
}

std::string standard_signatures(const ContactPoint& contact, const SignedMessage& message, EventTime now) {
  std::string signatures;
  for (const SigningSecret& secret : contact.secrets) {
    if (!is_valid_at(secret, now)) continue;
    const std::optional<std::string> key = webhook_key(secret.value.reveal());
    ENSURE(key.has_value());
    if (!signatures.empty()) signatures += ' ';
    signatures += webhook_signature(*key, message);
  }
  return signatures;
}

}  // namespace

std::string http_problem(const ContactPoint& contact) {
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
  return {};
}

std::string signing_problem(const ContactPoint& contact) {
  if (contact.signature != SignatureStyle::kStandard) return {};  // any text is a key
  for (const SigningSecret& secret : contact.secrets) {
    if (secret.value.empty()) continue;
    if (std::string fault = check_webhook_secret(secret.value.reveal()); !fault.empty()) return fault;
  }
  return {};
}

HttpRequest http_request(const ContactPoint& contact, std::string_view content_type, std::string body) {
  HttpRequest request;
  request.url = contact.url;
  request.body = std::move(body);
  request.timeout = contact.timeout;
  request.connection = connection_policy(contact);
  request.headers.emplace_back("content-type", content_type);
  for (const auto& [name, value] : contact.headers) request.headers.emplace_back(name, value.reveal());
  return request;
}

void sign(HttpRequest& request, const ContactPoint& contact, const Notification& notification, EventTime now) {
  const std::string timestamp = std::to_string(floor_to(now, Period::seconds(1)).ms / 1000);
  const SignedMessage message = {.id = notification.id, .timestamp = timestamp, .body = request.body};
  request.headers.emplace_back("webhook-id", notification.id);
  request.headers.emplace_back("webhook-timestamp", timestamp);
  switch (contact.signature) {
    case SignatureStyle::kStandard:
      if (std::string all = standard_signatures(contact, message, now); !all.empty()) {
        request.headers.emplace_back("webhook-signature", std::move(all));
      }
      break;
    case SignatureStyle::kGithub:
      request.headers.emplace_back("x-github-event", printable(notification.type, 100));
      request.headers.emplace_back("x-github-delivery", notification.id);
      for (const SigningSecret& secret : contact.secrets) {
        if (!is_valid_at(secret, now)) continue;
        request.headers.emplace_back("x-hub-signature-256", github_signature(secret.value.reveal(), request.body));
        break;  // its receivers read one
      }
      break;
    case SignatureStyle::kStripe: {
      std::string all = "t=" + timestamp;
      for (const SigningSecret& secret : contact.secrets) {
        if (is_valid_at(secret, now)) all += "," + stripe_signature(secret.value.reveal(), message);
      }
      if (all.find(',') != std::string::npos) request.headers.emplace_back("stripe-signature", std::move(all));
      break;
    }
  }
}

std::string templated_or(const ContactPoint& contact, const Notification& notification, std::string otherwise,
                         EscapeCharacter escape) {
  if (contact.payload_template.empty()) return otherwise;
  return render_payload(contact.payload_template, notification, escape).json;
}

}  // namespace tocsin
