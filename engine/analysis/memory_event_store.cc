#include "engine/analysis/memory_event_store.h"

#include <algorithm>
#include <map>
#include <utility>

namespace tocsin {
namespace {

template <typename Rows>
auto range_of(const Rows& rows, const EventQuery& query) {
  return std::pair(rows.lower_bound(query.from), rows.lower_bound(std::max(query.from, query.to)));
}

template <typename Row>
bool matches(const Row& row, const EventQuery& query) {
  return (query.service.empty() || row.service == stored_text(query.service, kMaxStoredName)) &&
         (query.category.empty() || row.category == stored_text(query.category, kMaxStoredName));
}

}  // namespace

void MemoryEventStore::append(const CategorizedEvent& event) {
  rows_.emplace(event.time, Row{.category = std::string(stored_text(event.category, kMaxStoredName)),
                                .service = std::string(stored_text(event.service, kMaxStoredName)),
                                .level = event.level,
                                .latency_ms = event.latency_ms,
                                .message = std::string(stored_text(event.message, kMaxStoredMessage)),
                                .trace = std::string(stored_text(event.trace, kMaxStoredName)),
                                .upstream = std::string(stored_text(event.upstream, kMaxStoredName)),
                                .origin = event.origin});
}

CategorizedEvent MemoryEventStore::view_of(const Rows::value_type& entry) {
  const auto& [time, row] = entry;
  return {.time = time,
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
  const auto go_on = [&](const Rows::value_type& entry) {
    if (!matches(entry.second, query)) return true;
    return left-- > 0 && visitor(view_of(entry));
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
    if (!matches(row->second, query)) continue;
    CategoryCount& tally = groups[{row->second.service, row->second.category}];
    if (tally.count++ == 0) tally.first = row->first;
    tally.last = row->first;
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
