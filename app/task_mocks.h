// Answers for the tasks of simulated executions. Either a list, each entry good for one attempt and found by state and
// parameters, else by state in order: [{"state", "parameters", "returns" | "raises": {"Error", "Cause"}}, ...]; or a
// list of answers for each state, the last of which stays: {"State": [{"returns": ...}, ...]}. "timed_out": true in an
// answer means that the task never ends.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/workflow/execution.h"
#include "engine/workflow/json.h"

namespace tocsin {

class TaskMocks {
 public:
  // Throws std::invalid_argument with what is wrong.
  static TaskMocks parse(const nlohmann::ordered_json& mocks);

  // Whether a mock is left for it.
  bool has(const TaskRequest& request) const;
  // Nothing: the task never ends. Without a mock left for it, a task is answered by {}.
  std::optional<TaskOutcome> answer(const TaskRequest& request);

 private:
  struct Mock {
    std::string state;   // empty: any
    JsonRef parameters;  // null: any
    std::optional<TaskOutcome> outcome;
    bool stays = false;
    bool used = false;
    bool may_answer(const TaskRequest& request) const { return !used && (state.empty() || state == request.state); }
  };

  static Mock parse_mock(const nlohmann::ordered_json& mock, const std::string& state);

  std::vector<Mock> mocks_;
};

}  // namespace tocsin
