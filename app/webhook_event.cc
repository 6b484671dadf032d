#include "app/webhook_event.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "engine/base/sha256.h"
#include "engine/base/text.h"
#include "engine/delivery/contact_point_types.h"
#include "engine/event/timestamp.h"

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json, const char* name) {
  return json.is_object() && json.contains(name) && json[name].is_string() ? json[name].get<std::string>() : "";
}

std::string dumped(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

// Null where the line is neither a payload nor a notification of an effect log.
const Json* payload_of(const Json& line) {
  if (!line.is_object()) return nullptr;
  if (text_of(line, "type") == "notification" && line.contains("payload")) return &line["payload"];
  return line.contains("type") && line.contains("data") ? &line : nullptr;
}

Notification notification_of(const Json& line, const Json& payload, const std::string& contact_point) {
  Notification made;
  made.contact_point = contact_point;
  made.type = text_of(payload, "type");
  made.payload = dumped(payload, -1);
  made.id = text_of(line, "id");
  if (&line == &payload || made.id.empty()) made.id = content_id("evt", {"event", contact_point, made.payload});
  made.order_key = made.id;
  if (const auto at = parse_timestamp(text_of(payload, "timestamp"), {})) made.at = *at;
  return made;
}

}  // namespace

Notification read_event(const std::string& text, const std::string& contact_point) {
  std::string_view rest = text;
  const Json whole = Json::parse(text, nullptr, false);
  if (const Json* payload = payload_of(whole)) return notification_of(whole, *payload, contact_point);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const Json line = Json::parse(rest.substr(0, end), nullptr, false);
    if (text_of(line, "type") == "notification") {
      if (const Json* payload = payload_of(line)) return notification_of(line, *payload, contact_point);
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  throw std::invalid_argument("no notification: neither a payload with type and data, nor a line of an effect log");
}

ContactPoint without_secrets(ContactPoint contact) {
  for (auto& [name, value] : contact.headers) value = Secret("***");
  const ContactPointType* type = find_contact_point_type(contact.type);
  if (type == nullptr) return contact;
  for (const ContactSetting& setting : type->settings) {
    const std::string name(setting.name);
    const bool known = contact.settings.contains(name);
    if (setting.secret && (known || setting.required)) contact.settings[name] = Secret("***");
  }
  if (contact.url.empty()) contact.url = type->example_url;
  return contact;
}

std::string request_text(const HttpRequest& request, const std::string& address) {
  std::string text = request.method + " " + address + "\n";
  for (const auto& [name, value] : request.headers) text += name + ": " + printable(value) + "\n";
  if (!request.mail_from.empty()) text += "from: " + printable(request.mail_from) + "\n";
  for (const std::string& to : request.mail_to) text += "to: " + printable(to) + "\n";
  const Json body = Json::parse(request.body, nullptr, false);
  return text + "\n" + (body.is_discarded() ? request.body : dumped(body, 2)) + "\n";
}

std::string request_json(const HttpRequest& request, const std::string& address) {
  Json headers = Json::object();
  for (const auto& [name, value] : request.headers) headers[name] = value;
  Json shown = {{"method", request.method}, {"url", address}, {"headers", std::move(headers)}};
  if (!request.mail_from.empty()) shown["from"] = request.mail_from;
  if (!request.mail_to.empty()) shown["to"] = request.mail_to;
  Json body = Json::parse(request.body, nullptr, false);
  shown["body"] = body.is_discarded() ? Json(request.body) : std::move(body);
  return dumped(shown, 2);
}

}  // namespace tocsin
