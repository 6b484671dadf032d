// Groups alarms into incidents: the first alarm that fires opens one, further alarms join it, and it is resolved when
// none of them has been in ALARM for kQuiet. One incident is open at a time, since alarms that overlap are one outage
// until the analyzer can tell them apart.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/alarm/state_transition.h"
#include "engine/analysis/analyzer.h"
#include "engine/base/state_bytes.h"

namespace tocsin {

class IncidentBoard {
 public:
  static constexpr Period kQuiet = Period::minutes(2);

  // What an analysis depends on: two of the same find the same.
  struct Evidence {
    EventTime at;
    std::uint64_t lines = 0;  // taken in so far
    std::size_t alarms = 0;   // of the incident
    bool operator==(const Evidence&) const = default;
  };

  struct Incident {
    std::string id;  // inc_…
    EventTime opened;
    std::vector<AlarmOfIncident> alarms;   // each alarm once, oldest first
    std::set<std::string> joined;          // their names
    std::set<std::string> firing;          // names of those in ALARM now
    std::optional<EventTime> quiet_since;  // firing is empty since
    std::optional<Finding> last_finding;
    std::optional<Evidence> analysed;   // the latest analysis
    std::vector<std::string> notified;  // contact points that were told of a finding
    std::uint64_t findings = 0;
  };

  // The incident that the transition belongs to; null for an alarm that neither fires nor belongs to an open one.
  Incident* on_transition(const StateTransition& transition, Period reach);
  // The instant at which the open incident is resolved if no alarm fires before.
  std::optional<EventTime> next_timer() const;
  // The incident that is resolved by `now`, if any; it is gone from the board.
  std::optional<Incident> resolve(EventTime now);
  // The contact points that were told of the open incident, each once.
  void add_notified(const std::vector<std::string>& contact_points);
  // By id; only an open incident is known.
  Incident* find(const std::string& id);
  std::size_t open() const { return open_ ? 1 : 0; }
  // Other rules may have forgotten alarms that fire and contact points that were told: they leave the incident, which
  // is quiet from `now` on where no alarm is left.
  void keep(const std::set<std::string>& firing, const std::set<std::string>& contact_points, EventTime now);

  void save(StateWriter& out) const;
  void restore(StateReader& in);  // into a board that has seen nothing

 private:
  std::optional<Incident> open_;
};

// Whether `now` tells a reader more than `before` did: another first service, cause or severity. A cause that has
// more lines by now is another one: an alarm that joins an open incident may well be a second fault, and must be heard.
bool says_something_new(const Finding& before, const Finding& now);

}  // namespace tocsin
