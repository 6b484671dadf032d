// The queries that a finding rests on, in the Logs Insights language, each evaluated over the store. Times are epoch
// milliseconds, as @timestamp compares there.
#pragma once

#include <string>
#include <vector>

#include "engine/analysis/event_store.h"
#include "engine/analysis/finding.h"

namespace tocsin {

struct IncidentSpan {
  EventTime from, to;  // [from, to)
};

// Counts by service, and for `service` (may be empty: none) its first event and its counts by latency class.
// `counts` are the store's for the span.
std::vector<RepeatableQuery> repeatable_queries(const std::string& service, IncidentSpan span,
                                                const std::vector<CategoryCount>& counts, EventStore& store);

}  // namespace tocsin
