// Decides about each message before anything is sent: silenced, held back because its alarm flaps, grouped with
// others, repeated, or sent at once. Every message that goes in comes out, sent or not, with the reason. Event time;
// part of the engine's state, so that a restart forgets no group.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/state_bytes.h"
#include "engine/base/time.h"
#include "engine/delivery/contact_point.h"
#include "engine/delivery/notification.h"
#include "engine/delivery/silence.h"

namespace tocsin {

class NotificationPlanner {
 public:
  // `contact_points` must outlive the planner.
  explicit NotificationPlanner(const std::vector<ContactPoint>& contact_points);
  ~NotificationPlanner();

  // Takes effect for what is decided from now on.
  void set_silences(std::vector<Silence> silences);
  // A message for its contact point at `candidate.at`; appends what is decided now.
  void add(Notification candidate, std::vector<Notification>& decided);
  // The next instant at which advance() would decide something.
  std::optional<EventTime> next_timer() const;
  void advance(EventTime now, std::vector<Notification>& decided);

  void save(StateWriter& out) const;
  // Into a planner that has seen nothing. Groups of contact points that are gone, or that no longer group the same way,
  // are sent at the next advance().
  void restore(StateReader& in);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tocsin
