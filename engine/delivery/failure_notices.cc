#include "engine/delivery/failure_notices.h"

#include "engine/base/sha256.h"
#include "engine/base/text.h"

namespace tocsin {
namespace {

constexpr Period kInterval = Period::minutes(1);

}  // namespace

void FailureNotices::note(const ContactPoint& contact, const Delivery& delivery, const DeliveryAttempt& attempt) {
  if (contact.fallback.empty() || contact.fallback == contact.name || delivery.notification.type == kType) return;
  Tally& tally = tallies_[{contact.name, attempt.decision.reason}];
  tally.fallback = contact.fallback;
  tally.id = delivery.notification.id;
  tally.type = delivery.notification.type;
  tally.detail = failure_text(attempt);
  tally.attempts = attempt.attempt;
  tally.redrives = delivery.redrives;
  tally.news = true;
}

std::vector<Notification> FailureNotices::take(EventTime now, DeadLetters& letters) {
  std::vector<Notification> notices;
  for (auto& [key, tally] : tallies_) {
    const bool too_soon = tally.told && now >= *tally.told && now < *tally.told + kInterval;
    if (!tally.news || too_soon) continue;
    const std::string reason(to_text(key.second));
    Notification notice;
    // A notification dies at most once before it is redriven.
    notice.id = content_id("evt", {kType, key.first, reason, tally.id, std::to_string(tally.redrives)});
    notice.contact_point = tally.fallback;
    notice.type = kType;
    notice.order_key = "delivery/" + key.first;
    notice.at = now;
    notice.labels = {{"contact_point", key.first}, {"reason", reason}, {"type", std::string(kType)}};
    const std::string about = json_object({{"id", json_string(tally.id)}, {"type", json_string(tally.type)}});
    notice.payload = notification_payload(kType, now,
                                          json_object({{"contact_point", json_string(key.first)},
                                                       {"reason", json_string(reason)},
                                                       {"detail", json_string(tally.detail)},
                                                       {"dead_letters", std::to_string(letters.count(key.first))},
                                                       {"notification", about},
                                                       {"attempts", std::to_string(tally.attempts)}}));
    notices.push_back(std::move(notice));
    tally.news = false;
    tally.told = now;
  }
  return notices;
}

std::optional<EventTime> FailureNotices::next() const {
  std::optional<EventTime> next;
  for (const auto& entry : tallies_) {
    const Tally& tally = entry.second;
    if (!tally.news) continue;
    const EventTime at = tally.told ? *tally.told + kInterval : EventTime{};
    if (!next || at < *next) next = at;
  }
  return next;
}

}  // namespace tocsin
