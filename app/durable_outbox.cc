#include "app/durable_outbox.h"

#include "store/sqlite_outbox.h"

namespace tocsin {
namespace {

class DurableOutbox : public Outbox {
 public:
  // What a receiver was told is safe with the transaction that wrote the notification; an attempt that a power cut
  // takes away is made again, with the same id.
  explicit DurableOutbox(const std::string& data_dir)
      : database_(Database::open(data_dir, Durability::kFast)), outbox_(database_) {}

  std::vector<Delivery> due(const std::string& contact_point, EventTime now, std::size_t most,
                            std::span<const std::string> under_way) override {
    return outbox_.due(contact_point, now, most, under_way);
  }
  std::optional<EventTime> next_due(const std::string& contact_point, std::span<const std::string> under_way) override {
    return outbox_.next_due(contact_point, under_way);
  }
  void record(std::span<const DeliveryAttempt> attempts) override { outbox_.record(attempts); }
  void close(const std::string& contact_point, const std::string& reason, EventTime now) override {
    outbox_.close(contact_point, reason, now);
  }

  DeadLetters& dead_letters() { return outbox_; }
  DeliveryCounts counts() {
    DeliveryCounts counts;
    for (const auto& [contact, totals] : outbox_.totals()) {
      counts.delivered += totals.delivered;
      counts.pending += totals.pending;
      counts.dead += totals.dead;
    }
    return counts;
  }

 private:
  Database database_;
  SqliteOutbox outbox_;
};

}  // namespace

DeliveryThread::OpenedOutbox open_durable_outbox(const std::string& data_dir) {
  auto outbox = std::make_unique<DurableOutbox>(data_dir);
  DurableOutbox* counted = outbox.get();
  return {.outbox = std::move(outbox), .dead_letters = &counted->dead_letters(), .counts = [counted] {
            return counted->counts();
          }};
}

}  // namespace tocsin
