// How a live run is doing, as numbers for a monitoring system: kept by the engine's thread, read by the HTTP
// endpoint's.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "engine/pipeline/engine.h"
#include "replay/live_source.h"
#include "store/sqlite_outbox.h"

namespace tocsin {

// Times in seconds, counted into buckets up to each bound.
struct TimeHistogram {
  static constexpr std::array<double, 10> kBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5};
  std::array<std::uint64_t, kBounds.size()> counts{};
  std::uint64_t count = 0;
  double sum = 0;

  void add(double seconds);
};

struct LiveStatus {
  std::string not_ready;  // why nothing is taken in; empty: all is well
  EngineCounters counters;
  std::map<std::string, std::uint64_t> dead_letters;  // by reason, since the start of the process
  std::map<std::string, std::size_t> alarms;          // by state
  std::size_t series = 0, open_incidents = 0, running_executions = 0, services = 0;
  Engine::Overflow overflow;
  std::optional<EventTime> watermark;
  std::map<std::string, SourceStatus> sources;  // by name
  std::size_t waiting_bytes = 0;                // read, not yet taken in
  bool reading_waits = false;
  std::size_t waiting_tasks = 0;
  std::map<std::string, DeliveryTotals> deliveries;  // by contact point
  std::map<std::string, std::string> breakers;       // by contact point: closed, open, half_open
  TimeHistogram commits;
  std::uint64_t failed_commits = 0;
  std::uint64_t reloads = 0, failed_reloads = 0;
  EventTime started;  // wall time
};

// The text format of Prometheus. `now` is the wall's time.
std::string metrics_text(const LiveStatus& status, EventTime now, std::string_view version);

}  // namespace tocsin
