// The categorized store in memory: rows in order of (time, arrival). For tests and small inputs; it forgets nothing.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/analysis/event_store.h"

namespace tocsin {

class MemoryEventStore : public EventStore {
 public:
  void append(const CategorizedEvent& event) override;
  void visit(const EventQuery& query, const std::function<bool(const CategorizedEvent&)>& visitor) override;
  std::vector<CategoryCount> count(const EventQuery& query) override;

 private:
  struct Row {
    std::string category, service;
    Level level = Level::kNone;
    double latency_ms = 0;
    std::string message, trace, upstream;
    LineOrigin origin;
  };
  using Rows = std::multimap<EventTime, Row>;  // equal times stay in order of arrival

  static CategorizedEvent view_of(const Rows::value_type& row);
  Rows rows_;
};

}  // namespace tocsin
