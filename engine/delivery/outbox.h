// The port to the deliveries that are to be made: a durable list, kept by store/, worked off by notifiers/. A delivery
// is one notification to one contact point. Deliveries with the same order key are made one after the other, in the
// order of their sequence; others in any. Used by one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/delivery/notification.h"
#include "engine/delivery/retry.h"

namespace tocsin {

enum class DeliveryState { kPending, kDelivered, kDead, kSuppressed, kShown };  // kShown: a replay without --notify
std::string_view to_text(DeliveryState state);

struct Delivery {
  std::uint64_t sequence = 0;  // by which it is known in the outbox
  Notification notification;
  DeliveryState state = DeliveryState::kPending;
  std::string reason;  // of the state, or of the newest attempt's failure
  int attempts = 0;    // since it was created or redriven
  int redrives = 0;
  EventTime created;  // wall time; of the redrive, where there was one: max_age counts from here
  EventTime due;      // wall time of the next attempt, kPending
};

// One attempt, how it ended, and what follows.
struct DeliveryAttempt {
  std::uint64_t sequence = 0;
  int attempt = 0;  // from 1; one that could not be made, for want of an address or of time, counts too
  EventTime at;     // wall time of its begin
  Period took;
  AttemptOutcome outcome;
  std::string reply;  // the first KiB of the answer
  RetryDecision decision;
};

// How it ended, for people, in one line: "status 503", "connection reset". Empty where it was delivered.
std::string failure_text(const DeliveryAttempt& attempt);

class Outbox {
 public:
  virtual ~Outbox() = default;
  // The contact point's deliveries that are due at `now`: the oldest pending one of each order key, by due time and
  // sequence, at most `most`. Leaves out the order keys in `under_way`.
  virtual std::vector<Delivery> due(const std::string& contact_point, EventTime now, std::size_t most,
                                    std::span<const std::string> under_way) = 0;
  // When the contact point's next delivery is due, of those that due() would give; nothing: none is pending.
  virtual std::optional<EventTime> next_due(const std::string& contact_point,
                                            std::span<const std::string> under_way) = 0;
  // Durable on return, all of them or none. The state and the next attempt are the decision's; what a close() has made
  // dead meanwhile becomes delivered if it was, and else stays dead.
  virtual void record(std::span<const DeliveryAttempt> attempts) = 0;
  // The contact point wants nothing any more (410): its pending deliveries become dead, and so do later ones, until a
  // user opens it again.
  virtual void close(const std::string& contact_point, const std::string& reason, EventTime now) = 0;
};

// What fallback contact points hear from: the dead ones of an outbox. The same thread.
class DeadLetters {
 public:
  struct Death {
    Delivery delivery;
    DeliveryAttempt attempt;  // the last
  };

  virtual ~DeadLetters() = default;
  virtual std::uint64_t count(const std::string& contact_point) = 0;
  // Those given up last, the newest of each reason, as far as they were given up by an attempt.
  virtual std::vector<Death> newest(const std::string& contact_point) = 0;
  // Adds a notice; one that is already known is left alone.
  virtual void add(const Notification& notice, EventTime now) = 0;
};

}  // namespace tocsin
