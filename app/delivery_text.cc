#include "app/delivery_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/base/text.h"

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

std::string dumped(const Json& json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Json document_of(const Delivery& delivery) {
  const Notification& notification = delivery.notification;
  Json json = {{"id", notification.id},
               {"contact_point", notification.contact_point},
               {"state", std::string(to_text(delivery.state))},
               {"reason", delivery.reason},
               {"type", notification.type},
               {"about", notification.order_key},
               {"at", to_iso8601(notification.at)},
               {"created", to_iso8601(delivery.created)},
               {"next_attempt", nullptr},
               {"attempts", delivery.attempts},
               {"redrives", delivery.redrives},
               {"decision", std::string(to_text(notification.disposition))},
               {"decision_reason", notification.reason},
               {"labels", Json::object()}};
  if (delivery.state == DeliveryState::kPending) json["next_attempt"] = to_iso8601(delivery.due);
  for (const auto& [name, value] : notification.labels) json["labels"][name] = value;
  return json;
}

Json document_of(const DeliveryAttempt& attempt) {
  Json json = {{"attempt", attempt.attempt},     {"at", to_iso8601(attempt.at)},
               {"took_ms", attempt.took.ms},     {"status", nullptr},
               {"error", attempt.outcome.error}, {"retry_after", attempt.outcome.retry_after},
               {"reply", attempt.reply},         {"reason", std::string(to_text(attempt.decision.reason))},
               {"next_attempt", nullptr}};
  if (attempt.outcome.status > 0) json["status"] = attempt.outcome.status;
  if (attempt.decision.step == DeliveryStep::kRetry) json["next_attempt"] = to_iso8601(attempt.decision.at);
  return json;
}

std::string what_follows(const DeliveryAttempt& attempt) {
  switch (attempt.decision.step) {
    case DeliveryStep::kDone:
      return "delivered";
    case DeliveryStep::kRetry:
      return "again at " + to_clock(attempt.decision.at);
    case DeliveryStep::kDeadLetter:
      return "given up";
  }
  return "";
}

std::string attempt_lines(const DeliveryAttempt& attempt) {
  std::string how = failure_text(attempt);
  if (how.empty()) how = fmt::format("status {}", attempt.outcome.status);
  std::string text = fmt::format("  {:>3}  {}  {:>6}  {} ({}) -> {}\n", attempt.attempt, to_clock(attempt.at),
                                 to_text(attempt.took), how, to_text(attempt.decision.reason), what_follows(attempt));
  if (!attempt.outcome.retry_after.empty()) {
    text += "       asked to wait: " + printable(attempt.outcome.retry_after) + "\n";
  }
  if (!attempt.reply.empty()) text += "       reply: " + printable(attempt.reply) + "\n";
  return text;
}

// Why it was sent, or not, before anything was tried.
std::string decision_text(const Notification& notification) {
  const std::string why = notification.reason.empty() ? "" : ": " + printable(notification.reason);
  return std::string(to_text(notification.disposition)) + why;
}

void add_row(std::string& text, std::string_view name, const std::string& value) {
  if (!value.empty()) text += fmt::format("  {:<13} {}\n", name, value);
}

std::string labels_text(const Notification& notification) {
  std::string text;
  for (const auto& [name, value] : notification.labels) {
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", printable(name), printable(value));
  }
  return text;
}

std::string payload_text(const std::string& payload) {
  const Json json = Json::parse(payload, nullptr, false);
  return json.is_discarded() ? printable(payload, 1 << 20) : dumped(json, 2);
}

}  // namespace

std::string delivery_line(const Delivery& delivery) {
  const Notification& notification = delivery.notification;
  std::string text = fmt::format("{}  {:<10}  {}  {}  {}  {}", to_clock(notification.at), to_text(delivery.state),
                                 notification.id, printable(notification.contact_point), printable(notification.type),
                                 printable(notification.order_key));
  if (delivery.attempts > 0) text += fmt::format("  {} attempts", delivery.attempts);
  if (!delivery.reason.empty()) text += "  " + printable(delivery.reason);
  return text;
}

std::string delivery_json(const Delivery& delivery) {
  return dumped(document_of(delivery));
}

std::string delivery_json(const Delivery& delivery, const std::vector<DeliveryAttempt>& attempts) {
  Json json = document_of(delivery);
  json["history"] = Json::array();
  for (const DeliveryAttempt& attempt : attempts) json["history"].push_back(document_of(attempt));
  const Json payload = Json::parse(delivery.notification.payload, nullptr, false);
  json["payload"] = payload.is_discarded() ? Json(delivery.notification.payload) : payload;
  return dumped(json);
}

std::string delivery_document(const Delivery& delivery, const std::vector<DeliveryAttempt>& attempts,
                              const std::string& closed) {
  const Notification& notification = delivery.notification;
  std::string text =
      fmt::format("{} to {}: {}\n", notification.id, printable(notification.contact_point), to_text(delivery.state));
  add_row(text, "type", printable(notification.type));
  add_row(text, "about", printable(notification.order_key));
  add_row(text, "event time", to_clock(notification.at));
  add_row(text, "labels", labels_text(notification));
  add_row(text, "decision", decision_text(notification));
  add_row(text, "reason", printable(delivery.reason));
  add_row(text, "created", to_clock(delivery.created));
  if (delivery.redrives > 0) add_row(text, "redriven", fmt::format("{} times", delivery.redrives));
  if (delivery.state == DeliveryState::kPending) add_row(text, "next attempt", to_clock(delivery.due));
  if (!closed.empty()) add_row(text, "contact point", "closed: " + printable(closed));
  text += fmt::format("attempts: {}\n", attempts.empty() ? "none" : "");
  for (const DeliveryAttempt& attempt : attempts) text += attempt_lines(attempt);
  return text + "payload:\n" + payload_text(notification.payload);
}

}  // namespace tocsin
