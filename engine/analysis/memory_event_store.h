// The categorized store in memory: a vector sorted by (time, arrival). For tests and small inputs; it forgets nothing.
#pragma once

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
    EventTime time;
    std::string category, service;
    Level level = Level::kNone;
    double latency_ms = 0;
    std::string message, trace, upstream;
    LineOrigin origin;
  };
  static CategorizedEvent view_of(const Row& row);
  std::vector<Row> rows_;
};

}  // namespace tocsin
