// The outbox in SQLite. add() is called by the engine's thread inside the transaction of the batch that caused the
// notification; the rest by the delivery thread on a connection of its own, and by the `deliveries` commands. A million
// pending rows cost neither memory nor a slow start.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/delivery/outbox.h"
#include "store/database.h"

namespace tocsin {

// Which deliveries; empty parts match all.
struct DeliveryFilter {
  std::string id;  // of the notification
  std::string contact_point;
  std::string order_key;
  std::optional<DeliveryState> state;
  std::optional<EventTime> from, to;  // event time: inclusive, exclusive
};

struct DeliveryTotals {
  std::uint64_t pending = 0, delivered = 0, dead = 0, suppressed = 0;
  std::optional<EventTime> oldest_pending;  // wall time of its creation
};

class SqliteOutbox : public Outbox, public DeadLetters {
 public:
  explicit SqliteOutbox(Database& database);
  ~SqliteOutbox() override;

  // A notification that is already known by its id and contact point is left as it is. What is not to be sent
  // (disposition) is stored with its reason; `shown`: nothing is sent at all.
  void add(const Notification& notification, EventTime now, bool shown);
  void add(const Notification& notification, EventTime now) override { add(notification, now, false); }

  std::vector<Delivery> due(const std::string& contact_point, EventTime now, std::size_t most,
                            std::span<const std::string> under_way) override;
  std::optional<EventTime> next_due(const std::string& contact_point, std::span<const std::string> under_way) override;
  void record(std::span<const DeliveryAttempt> attempts) override;
  void close(const std::string& contact_point, const std::string& reason, EventTime now) override;

  std::uint64_t count(const std::string& contact_point) override;
  std::vector<Death> newest(const std::string& contact_point) override;

  // In the order of their sequence.
  void visit(const DeliveryFilter& filter, const std::function<bool(const Delivery&)>& visitor);
  std::vector<DeliveryAttempt> attempts(std::uint64_t sequence);
  // Dead deliveries that match become pending again, or are copied for `to` where it is not empty. Returns how many;
  // `dry_run`: would.
  struct Redrive {
    DeliveryFilter filter;
    std::string to;
    EventTime now;
    bool dry_run = false;
  };
  std::uint64_t redrive(const Redrive& redrive);
  // Contact points that answered 410, with the reason.
  std::map<std::string, std::string> closed();
  bool reopen(const std::string& contact_point);
  std::map<std::string, DeliveryTotals> totals();
  // Forgets delivered, dead, suppressed and shown ones whose event is older; pending ones stay.
  void expire(EventTime before);

 private:
  struct State;
  bool copy_for(const Delivery& delivery, const Redrive& redrive);
  std::unique_ptr<State> state_;
};

// Removes the oldest deliveries that are not pending, with their attempts, at most so many, where their event is older;
// returns how many.
std::int64_t remove_finished_deliveries(sqlite3* handle, EventTime before, std::int64_t most);

}  // namespace tocsin
