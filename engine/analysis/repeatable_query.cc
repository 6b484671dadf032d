#include "engine/analysis/repeatable_query.h"

#include <algorithm>
#include <utility>

#include "engine/base/text.h"

namespace tocsin {
namespace {

constexpr std::size_t kMostGroups = 10;

using Tally = std::pair<std::string, std::uint64_t>;

std::string span_filter(IncidentSpan span) {
  return "@timestamp >= " + std::to_string(span.from.ms) + " and @timestamp < " + std::to_string(span.to.ms);
}

// The largest groups in one line: "payment 120, checkout 40".
std::string tallies_text(std::vector<Tally> tallies) {
  std::ranges::stable_sort(tallies, [](const Tally& a, const Tally& b) { return a.second > b.second; });
  std::string text;
  for (std::size_t i = 0; i < tallies.size() && i < kMostGroups; ++i) {
    text += (i == 0 ? "" : ", ") + printable(tallies[i].first, 100) + " " + std::to_string(tallies[i].second);
  }
  if (tallies.size() > kMostGroups) text += ", and " + std::to_string(tallies.size() - kMostGroups) + " more";
  return text.empty() ? "no rows" : text;
}

RepeatableQuery by_service(IncidentSpan span, const std::vector<CategoryCount>& counts) {
  std::vector<Tally> tallies;
  for (const CategoryCount& count : counts) {
    if (tallies.empty() || tallies.back().first != count.service) tallies.emplace_back(count.service, 0);
    tallies.back().second += count.count;
  }
  return {.text = "filter " + span_filter(span) + " | stats count(*) as errors by service | sort errors desc",
          .result = tallies_text(std::move(tallies))};
}

RepeatableQuery by_category(const std::string& service, IncidentSpan span, const std::vector<CategoryCount>& counts) {
  std::vector<Tally> tallies;
  for (const CategoryCount& count : counts) {
    if (count.service == service) tallies.emplace_back(count.category, count.count);
  }
  return {.text = "filter service = " + json_string(service) + " and " + span_filter(span) +
                  " | stats count(*) as errors by category | sort errors desc",
          .result = tallies_text(std::move(tallies))};
}

RepeatableQuery first_event(const std::string& service, IncidentSpan span, EventStore& store) {
  RepeatableQuery query{.text = "fields @timestamp, @message | filter service = " + json_string(service) + " and " +
                                span_filter(span) + " | sort @timestamp asc | limit 1",
                        .result = "no rows"};
  store.visit({.from = span.from, .to = span.to, .service = service, .limit = 1}, [&](const CategorizedEvent& event) {
    query.result = to_iso8601(event.time) + " " + printable(event.message, 200);
    return false;
  });
  return query;
}

}  // namespace

std::vector<RepeatableQuery> repeatable_queries(const std::string& service, IncidentSpan span,
                                                const std::vector<CategoryCount>& counts, EventStore& store) {
  std::vector<RepeatableQuery> queries = {by_service(span, counts)};
  if (service.empty()) return queries;
  queries.push_back(first_event(service, span, store));
  queries.push_back(by_category(service, span, counts));
  return queries;
}

}  // namespace tocsin
