// Decides about each message before anything is sent: silenced, held back because its alarm flaps, grouped with
// others, repeated, or sent at once. Every message that goes in comes out, sent or not, with the reason. Event time;
// part of the engine's state, so that a restart forgets no group.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/state_bytes.h"
#include "engine/base/time.h"
#include "engine/delivery/contact_point.h"
#include "engine/delivery/maintenance_window.h"
#include "engine/delivery/notification.h"
#include "engine/delivery/silence.h"

namespace tocsin {

// How much is remembered. What would be more is sent at once rather than held.
struct PlannerLimits {
  std::size_t alarms = 20'000;  // whose state matters, over all contact points
  std::size_t groups = 1'000;
  std::size_t waiting = 10'000;  // messages that wait in groups; then a group is told before its time
  std::size_t held = 10'000;     // changes that are told when a silence ends or an alarm calms down
  std::size_t listed = 50;       // alarms in a group's notification, and documents kept for its repetition
};

class NotificationPlanner {
 public:
  // `contact_points` must outlive the planner.
  explicit NotificationPlanner(const std::vector<ContactPoint>& contact_points);
  NotificationPlanner(const std::vector<ContactPoint>& contact_points, const PlannerLimits& limits);
  ~NotificationPlanner();

  // Take effect for what is decided from now on; next_timer() may become earlier.
  void set_silences(std::vector<Silence> silences);
  void set_maintenance(std::vector<MaintenanceWindow> windows);
  // A message for its contact point at `candidate.at`; appends what is decided now, after what was due before that
  // instant. What is due at that very instant is left to advance(), so that all changes of an instant find their group.
  void add(Notification candidate, std::vector<Notification>& decided);
  // Time is about to be advanced to `until`, in steps: of a group's repetitions up to there only the last is told, so
  // that a gap in the events, or a stop over a weekend, does not end in a burst of them.
  void pass_over(EventTime until);
  // No change will tell the contact point that the alarm has ceased to fire. What it waits to hear it hears; then
  // nothing is repeated or held back any longer. Appends why, where something ends by that.
  void end(const std::string& contact_point, const std::string& alarm, EventTime at, const std::string& why,
           std::vector<Notification>& decided);
  // The same for every alarm of which `why` gives a reason; empty: it goes on. To be asked when the rules have changed.
  using Reason = std::function<std::string(const std::string& contact_point, const std::string& alarm)>;
  void end_where(const Reason& why, EventTime at, std::vector<Notification>& decided);
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
