// Finds what broke: from the alarms of an incident, the categorized store and the metrics of each service.
// Deterministic; it reads, it never acts.
#pragma once

#include <string>
#include <vector>

#include "engine/analysis/event_store.h"
#include "engine/analysis/finding.h"

namespace tocsin {

// What is known of one service per minute, from the windows: oldest first, ending at the analysis.
struct ServiceActivity {
  std::string service;
  struct Minute {
    EventTime start;
    std::uint64_t events = 0;
    std::uint64_t errors = 0;
    double latency_sum_ms = 0;
    std::uint64_t latency_count = 0;
    double latency_max_ms = 0;
  };
  std::vector<Minute> minutes;
};

// One service calls another (from `upstream`), with the number of calls seen.
struct ServiceCall {
  std::string caller, callee;
  std::uint64_t calls = 0;
};

struct AlarmOfIncident {
  std::string alarm;
  std::string definition;
  std::string service;  // may be empty
  EventTime since;      // of the transition to ALARM
  Severity severity = Severity::kWarning;
  Period reach;  // how far back the alarm's evaluation looked
};

struct AnalysisInput {
  std::string incident;
  EventTime now;
  std::vector<AlarmOfIncident> alarms;    // in ALARM now, or since the incident opened; oldest first
  std::vector<ServiceActivity> activity;  // every service known, by name
  std::vector<ServiceCall> calls;         // by caller, callee
  NotAnalysed not_analysed;
  Period baseline = Period::minutes(30);  // how long before onset counts as normal
};

Finding analyze(const AnalysisInput& input, EventStore& store);

}  // namespace tocsin
