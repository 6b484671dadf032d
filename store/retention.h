// Keeps a data directory from growing without end: by age, and by the size of its database. Works in small bites, each
// a short transaction, so that a commit never waits long; the engine's thread calls step() when it has nothing to do,
// or once a second. Deliveries that are still to be made, the engine's state and the checkpoints are never removed.
#pragma once

#include <cstdint>

#include "engine/base/time.h"
#include "store/database.h"

namespace tocsin {

struct RetentionRules {
  Period age = Period::days(7);  // of events, results and finished deliveries, by event time
  std::uint64_t max_bytes = 10'000'000'000;
};

// What was removed since the start.
struct Removed {
  std::uint64_t events = 0, results = 0, deliveries = 0;
};

class Retention {
 public:
  // `database` must outlive it.
  Retention(Database& database, RetentionRules rules) : database_(database), rules_(rules) {}

  // One bite at most; true: there is more to do. `now` is event time. Outside of transactions.
  bool step(EventTime now);
  void set_rules(RetentionRules rules) { rules_ = rules; }

  const Removed& by_age() const { return by_age_; }
  // Younger than `age`, but too much: worth a warning.
  const Removed& by_size() const { return by_size_; }
  // Nothing is left that may be removed, and the database is still too big.
  bool is_over_full() const { return over_full_; }

 private:
  bool remove_older(EventTime before, Removed& removed);
  bool shrink();

  Database& database_;
  RetentionRules rules_;
  Removed by_age_, by_size_;
  bool over_full_ = false;
};

}  // namespace tocsin
