#include "app/task_mocks.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace tocsin {
namespace {

std::string text_of(const Json& object, const char* field) {
  const auto found = object.find(field);
  if (found == object.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : json_text(*found);
}

}  // namespace

TaskMocks::Mock TaskMocks::parse_mock(const Json& mock, const std::string& state) {
  const std::string where = state.empty() ? "a mock" : "a mock of state '" + state + "'";
  if (!mock.is_object()) throw std::invalid_argument(where + " is no object");
  Mock result;
  result.state = state.empty() ? text_of(mock, "state") : state;
  if (mock.contains("parameters")) result.parameters = make_json(mock["parameters"]);
  const auto timed_out = mock.find("timed_out");
  if (timed_out != mock.end() && timed_out->is_boolean() && timed_out->get<bool>()) return result;
  if (mock.contains("returns") == mock.contains("raises")) {
    throw std::invalid_argument(where + " needs either \"returns\" or \"raises\"");
  }
  result.outcome.emplace();
  if (mock.contains("returns")) {
    result.outcome->output = json_text(mock["returns"]);
  } else if (mock["raises"].is_object()) {
    result.outcome->succeeded = false;
    result.outcome->error = text_of(mock["raises"], "Error");
    result.outcome->cause = text_of(mock["raises"], "Cause");
  } else {
    throw std::invalid_argument(where + " has a \"raises\" that is no object with Error and Cause");
  }
  return result;
}

TaskMocks TaskMocks::parse(const Json& mocks) {
  TaskMocks result;
  if (mocks.is_array()) {
    for (const Json& mock : mocks) result.mocks_.push_back(parse_mock(mock, ""));
    return result;
  }
  if (!mocks.is_object()) throw std::invalid_argument("mocks are a list, or an object of lists by state");
  for (const auto& [state, answers] : mocks.items()) {
    if (!answers.is_array() || answers.empty()) {
      throw std::invalid_argument("the mocks of state '" + state + "' are no list of answers");
    }
    for (const Json& answer : answers) result.mocks_.push_back(parse_mock(answer, state));
    result.mocks_.back().stays = true;
  }
  return result;
}

bool TaskMocks::has(const TaskRequest& request) const {
  return std::ranges::any_of(mocks_, [&](const Mock& mock) { return mock.may_answer(request); });
}

std::optional<TaskOutcome> TaskMocks::answer(const TaskRequest& request) {
  JsonProblem problem;
  const JsonRef parameters = parse_json(request.parameters, DuplicateKeys::kKeepLast, problem);
  Mock* best = nullptr;
  for (Mock& mock : mocks_) {
    if (!mock.may_answer(request)) continue;
    if (best == nullptr) best = &mock;
    if (mock.parameters != nullptr && parameters != nullptr && same_json(*mock.parameters, *parameters)) {
      best = &mock;
      break;
    }
  }
  if (best == nullptr) return TaskOutcome{.succeeded = true, .output = "{}", .error = {}, .cause = {}};
  best->used = !best->stays;
  return best->outcome;
}

}  // namespace tocsin
