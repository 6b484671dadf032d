// The port to the categorized store: the events that `categories.select` matched, by latency class. The engine appends
// and asks; a door keeps them (store/sqlite_event_store.h in production, engine/analysis/memory_event_store.h in tests,
// both under the same contract suite). Every append is visible to the next query. Called by the engine's thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.h"
#include "engine/event/log_event.h"

namespace tocsin {

// A view: valid during the call it is passed to.
struct CategorizedEvent {
  EventTime time;
  std::string_view category;  // latency class: "slow_failure"
  std::string_view service;
  Level level = Level::kNone;
  double latency_ms = 0;  // NaN: none
  std::string_view message;
  std::string_view trace;
  std::string_view upstream;
  LineOrigin origin;
};

struct EventQuery {
  EventTime from;        // inclusive
  EventTime to;          // exclusive
  std::string service;   // empty: all
  std::string category;  // empty: all
  std::uint64_t limit = 100'000;
  bool newest_first = false;
};

struct CategoryCount {
  std::string service;
  std::string category;
  std::uint64_t count = 0;
  EventTime first, last;
};

// What a store keeps of a message: at most 16 KiB, cut before a UTF-8 character that would not fit whole.
inline constexpr std::size_t kMaxStoredMessage = 16'384;
// Names (services, traces, categories) are kept up to 512 bytes; a query's names are cut alike, so they still match.
inline constexpr std::size_t kMaxStoredName = 512;
std::string_view stored_text(std::string_view text, std::size_t max_bytes);

class EventStore {
 public:
  virtual ~EventStore() = default;
  virtual void append(const CategorizedEvent& event) = 0;
  // Visits in order of (time, arrival), or the reverse; the visitor returns false to stop.
  virtual void visit(const EventQuery& query, const std::function<bool(const CategorizedEvent&)>& visitor) = 0;
  // Grouped by service and category, ordered by both; `limit` does not apply.
  virtual std::vector<CategoryCount> count(const EventQuery& query) = 0;
};

}  // namespace tocsin
