#include "app/workflow_simulation.h"

#include <nlohmann/json.hpp>
#include <vector>

namespace tocsin {
namespace {

// Answers what is asked for. The tokens of tasks that never end are added to `silent`.
bool answer_requests(Execution& execution, EventTime now, TaskMocks& mocks, std::vector<TaskToken>& silent) {
  const std::vector<TaskRequest> requests = execution.take_requests();
  for (const TaskRequest& request : requests) {
    if (const std::optional<TaskOutcome> outcome = mocks.answer(request)) {
      execution.complete(request.token, *outcome, now);
    } else {
      silent.push_back(request.token);
    }
  }
  return !requests.empty();
}

}  // namespace

Execution simulate(const StateMachine& machine, const ExecutionInput& input, TaskMocks& mocks) {
  Execution execution(machine, input);
  std::vector<TaskToken> silent;
  EventTime now = input.start;
  while (execution.status() == ExecutionStatus::kRunning) {
    execution.advance(now);
    if (answer_requests(execution, now, mocks, silent)) continue;
    if (const std::optional<EventTime> timer = execution.next_timer()) {
      now = std::max(now, *timer);
    } else {
      // A task without any timeout that never ends: time would stand still for ever.
      const TaskOutcome timed_out{.succeeded = false, .output = {}, .error = "States.Timeout", .cause = {}};
      for (const TaskToken token : silent) execution.complete(token, timed_out, now);
      silent.clear();
    }
  }
  return execution;
}

void describe(const Execution& execution, nlohmann::ordered_json& answer) {
  answer["status"] = to_text(execution.status());
  if (execution.status() == ExecutionStatus::kSucceeded) answer["output"] = Json::parse(execution.output());
  if (!execution.error().empty()) answer["error"] = execution.error();
  if (!execution.cause().empty()) answer["cause"] = execution.cause();
  Json& events = answer["events"] = Json::array();
  for (const HistoryEvent& event : execution.history()) {
    Json shown = {
        {"id", event.id}, {"prev", event.previous}, {"timestamp", to_iso8601(event.at)}, {"type", event.type}};
    if (!event.details.empty()) shown["details"] = Json::parse(event.details);
    events.push_back(std::move(shown));
  }
}

}  // namespace tocsin
