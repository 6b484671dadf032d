// The JSON side of the tasks that a workflow may ask of the engine: tocsin:query, tocsin:analyze and tocsin:notify.
// What comes from a workflow is the user's; a wrong parameter fails the task with an error the workflow can catch.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/analysis/event_store.h"
#include "engine/base/time.h"

namespace tocsin {

// `error` is empty where the parameters could be read.
struct QueryTask {
  std::string service;                // empty: all
  Period back = Period::minutes(15);  // from "minutes", at most 7 days
  std::string error;
};
QueryTask parse_query_task(std::string_view parameters);
// {"categories": [{service, category, count}, …], "events": n}
std::string query_task_output(const std::vector<CategoryCount>& counts);

struct AnalyzeTask {
  std::string incident;
  std::string error;
};
AnalyzeTask parse_analyze_task(std::string_view parameters);
// {"finding": {…}, "changed": …}; `finding` is JSON text
std::string analyze_task_output(std::string_view finding, bool changed);

struct NotifyTask {
  std::string type = "incident.finding";    // incident.opened, incident.finding, incident.resolved
  std::string data;                         // the finding, or whatever stands under "data", as JSON text
  std::vector<std::string> contact_points;  // empty: all
  std::string error;
};
NotifyTask parse_notify_task(std::string_view parameters);
std::string notify_task_output(std::size_t notified);

}  // namespace tocsin
