// An outbox in memory, for a run without a data directory: what it holds is gone with the process. Bounded: what comes
// while kMostPending wait is dead at once, and counted. One thread at a time.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/delivery/outbox.h"

namespace tocsin {

class MemoryOutbox : public Outbox, public DeadLetters {
 public:
  static constexpr std::size_t kMostPending = 100'000;

  // A notification that is already known by its id and contact point is left as it is; one that is not to be sent
  // (disposition) is only remembered.
  void add(const Notification& notification, EventTime now) override;

  std::vector<Delivery> due(const std::string& contact_point, EventTime now, std::size_t most,
                            std::span<const std::string> under_way) override;
  std::optional<EventTime> next_due(const std::string& contact_point, std::span<const std::string> under_way) override;
  void record(std::span<const DeliveryAttempt> attempts) override;
  void close(const std::string& contact_point, const std::string& reason, EventTime now) override;

  std::uint64_t count(const std::string& contact_point) override;
  std::vector<Death> newest(const std::string&) override { return {}; }  // nothing is older than the process

  std::size_t pending() const { return pending_.size(); }
  std::uint64_t delivered() const { return delivered_; }
  std::uint64_t dead() const { return dead_; }

 private:
  // One contact point. Of each order key the oldest delivery stands in `heads`, by when it is due.
  struct Line {
    std::map<std::string, std::set<std::uint64_t>, std::less<>> keys;  // the pending sequences of each
    std::set<std::pair<EventTime, std::uint64_t>> heads;
    bool closed = false;
    std::uint64_t dead = 0;
  };
  void insert(Line& line, const Delivery& delivery);
  void erase(const Delivery& delivery);

  std::map<std::string, Line, std::less<>> lines_;
  std::map<std::uint64_t, Delivery> pending_;            // by sequence
  std::set<std::pair<std::string, std::string>> known_;  // contact point and id
  std::map<std::uint64_t, Line*> closed_;                // dead because their contact point wants nothing more
  std::uint64_t next_sequence_ = 1;
  std::uint64_t delivered_ = 0, dead_ = 0;
};

}  // namespace tocsin
