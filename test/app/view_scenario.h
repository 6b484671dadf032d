// An outage as the effects of a replay, for the tests of what is shown of it; and golden files to compare with.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "app/replay_view.h"
#include "engine/pipeline/incident_board.h"

namespace tocsin::view_scenario {

// 2026-11-20T10:mm:ss.
EventTime at(int minute, int second = 0);

struct Change {
  std::string alarm;
  AlarmState from, to;
  EventTime at, since;
  std::uint64_t sequence = 1;
  Severity severity = Severity::kCritical;
};
StateTransition transition(const Change& change);

ViewOptions options();
// payment breaks, checkout follows; both recover, and the incident is resolved.
std::vector<Effect> outage();
ReplaySummary outage_summary();
// No alarm ever fires.
ReplaySummary calm_summary();
// Names and messages that would drive a terminal if they reached it.
std::vector<Effect> hostile_effects();

// What is written to standard output or error while `action` runs.
struct Written {
  std::string out, err;
};
Written written_by(const std::function<void()>& action);

// Compares with test/golden/<name>. TOCSIN_UPDATE_GOLDEN=1 in the environment writes the file instead.
void expect_golden(const std::string& name, const std::string& text);

}  // namespace tocsin::view_scenario
