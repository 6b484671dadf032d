#include "engine/analysis/memory_event_store.h"

#include <algorithm>
#include <map>
#include <utility>

namespace tocsin {
namespace {

// A range of rows within [from, to) of a vector sorted by time.
template <typename Rows>
auto range_of(const Rows& rows, const EventQuery& query) {
  const auto before = [](const auto& row, EventTime time) { return row.time < time; };
  const auto first = std::lower_bound(rows.begin(), rows.end(), query.from, before);
  const auto last = std::lower_bound(first, rows.end(), std::max(query.from, query.to), before);
  return std::pair(first, last);
}

template <typename Row>
bool matches(const Row& row, const EventQuery& query) {
  return (query.service.empty() || row.service == stored_text(query.service, kMaxStoredName)) &&
         (query.category.empty() || row.category == stored_text(query.category, kMaxStoredName));
}

}  // namespace

void MemoryEventStore::append(const CategorizedEvent& event) {
  const auto after = [](EventTime time, const Row& row) { return time < row.time; };
  const auto place = std::upper_bound(rows_.begin(), rows_.end(), event.time, after);
  rows_.insert(place, {.time = event.time,
                       .category = std::string(stored_text(event.category, kMaxStoredName)),
                       .service = std::string(stored_text(event.service, kMaxStoredName)),
                       .level = event.level,
                       .latency_ms = event.latency_ms,
                       .message = std::string(stored_text(event.message, kMaxStoredMessage)),
                       .trace = std::string(stored_text(event.trace, kMaxStoredName)),
                       .upstream = std::string(stored_text(event.upstream, kMaxStoredName)),
                       .origin = event.origin});
}

CategorizedEvent MemoryEventStore::view_of(const Row& row) {
  return {.time = row.time,
          .category = row.category,
          .service = row.service,
          .level = row.level,
          .latency_ms = row.latency_ms,
          .message = row.message,
          .trace = row.trace,
          .upstream = row.upstream,
          .origin = row.origin};
}

void MemoryEventStore::visit(const EventQuery& query, const std::function<bool(const CategorizedEvent&)>& visitor) {
  const auto range = range_of(rows_, query);
  std::uint64_t left = query.limit;
  const auto go_on = [&](const Row& row) {
    if (!matches(row, query)) return true;
    return left-- > 0 && visitor(view_of(row));
  };
  if (query.newest_first) {
    for (auto row = range.second; row != range.first;) {
      if (!go_on(*--row)) return;
    }
  } else {
    for (auto row = range.first; row != range.second; ++row) {
      if (!go_on(*row)) return;
    }
  }
}

std::vector<CategoryCount> MemoryEventStore::count(const EventQuery& query) {
  std::map<std::pair<std::string, std::string>, CategoryCount> groups;
  const auto range = range_of(rows_, query);
  for (auto row = range.first; row != range.second; ++row) {
    if (!matches(*row, query)) continue;
    CategoryCount& tally = groups[{row->service, row->category}];
    if (tally.count++ == 0) tally.first = row->time;
    tally.last = row->time;
  }
  std::vector<CategoryCount> counts;
  for (auto& [key, tally] : groups) {
    tally.service = key.first;
    tally.category = key.second;
    counts.push_back(std::move(tally));
  }
  return counts;
}

}  // namespace tocsin
