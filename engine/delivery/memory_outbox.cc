#include "engine/delivery/memory_outbox.h"

#include <algorithm>

#include "engine/base/ensure.h"

namespace tocsin {
namespace {

bool holds(std::span<const std::string> keys, const std::string& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace

void MemoryOutbox::add(const Notification& notification, EventTime now) {
  if (!known_.emplace(notification.contact_point, notification.id).second) return;
  const std::uint64_t sequence = next_sequence_++;
  if (notification.disposition != Disposition::kSend) return;
  Line& line = lines_[notification.contact_point];
  if (line.closed || pending_.size() >= kMostPending) {
    ++dead_;
    ++line.dead;
    return;
  }
  Delivery delivery;
  delivery.sequence = sequence;
  delivery.notification = notification;
  delivery.created = now;
  delivery.due = now;
  insert(line, pending_.emplace(sequence, std::move(delivery)).first->second);
}

void MemoryOutbox::insert(Line& line, const Delivery& delivery) {
  std::set<std::uint64_t>& sequences = line.keys[delivery.notification.order_key];
  sequences.insert(delivery.sequence);
  if (*sequences.begin() == delivery.sequence) line.heads.emplace(delivery.due, delivery.sequence);
}

// The oldest of its order key: the one behind it takes its place.
void MemoryOutbox::erase(const Delivery& delivery) {
  Line& line = lines_.find(delivery.notification.contact_point)->second;
  const auto key = line.keys.find(delivery.notification.order_key);
  ENSURE(key != line.keys.end());
  const bool was_head = line.heads.erase({delivery.due, delivery.sequence}) > 0;
  key->second.erase(delivery.sequence);
  if (key->second.empty()) {
    line.keys.erase(key);
  } else if (was_head) {
    const Delivery& next = pending_.at(*key->second.begin());
    line.heads.emplace(next.due, next.sequence);
  }
  pending_.erase(delivery.sequence);
}

std::vector<Delivery> MemoryOutbox::due(const std::string& contact_point, EventTime now, std::size_t most,
                                        std::span<const std::string> under_way) {
  std::vector<Delivery> result;
  const auto line = lines_.find(contact_point);
  if (line == lines_.end()) return result;
  for (const auto& head : line->second.heads) {
    if (head.first > now || result.size() >= most) break;
    const Delivery& delivery = pending_.at(head.second);
    if (!holds(under_way, delivery.notification.order_key)) result.push_back(delivery);
  }
  return result;
}

std::optional<EventTime> MemoryOutbox::next_due(const std::string& contact_point,
                                                std::span<const std::string> under_way) {
  const auto line = lines_.find(contact_point);
  if (line == lines_.end()) return std::nullopt;
  for (const auto& head : line->second.heads) {
    if (!holds(under_way, pending_.at(head.second).notification.order_key)) return head.first;
  }
  return std::nullopt;
}

void MemoryOutbox::record(std::span<const DeliveryAttempt> attempts) {
  for (const DeliveryAttempt& attempt : attempts) {
    const auto found = pending_.find(attempt.sequence);
    if (found == pending_.end()) {
      const auto closed = closed_.find(attempt.sequence);
      if (attempt.decision.step == DeliveryStep::kDone && closed != closed_.end()) {
        --closed->second->dead;
        closed_.erase(closed);
        --dead_;
        ++delivered_;
      }
      continue;
    }
    Delivery& delivery = found->second;
    switch (attempt.decision.step) {
      case DeliveryStep::kDone:
        ++delivered_;
        erase(delivery);
        break;
      case DeliveryStep::kDeadLetter:
        ++dead_;
        ++lines_.find(delivery.notification.contact_point)->second.dead;
        erase(delivery);
        break;
      case DeliveryStep::kRetry: {
        Line& line = lines_.find(delivery.notification.contact_point)->second;
        line.heads.erase({delivery.due, delivery.sequence});
        delivery.attempts = attempt.attempt;
        delivery.reason = failure_text(attempt);
        delivery.due = attempt.decision.at;
        insert(line, delivery);
        break;
      }
    }
  }
}

void MemoryOutbox::close(const std::string& contact_point, const std::string&, EventTime) {
  Line& line = lines_[contact_point];
  line.closed = true;
  line.heads.clear();
  for (const auto& key : line.keys) {
    for (const std::uint64_t sequence : key.second) {
      pending_.erase(sequence);
      closed_.emplace(sequence, &line);
      ++dead_;
      ++line.dead;
    }
  }
  line.keys.clear();
}

std::uint64_t MemoryOutbox::count(const std::string& contact_point) {
  const auto line = lines_.find(contact_point);
  return line == lines_.end() ? 0 : line->second.dead;
}

}  // namespace tocsin
