#include "app/task_runner.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

constexpr Period kDefaultTimeout = Period::seconds(15);
constexpr double kLongestTimeoutS = 60;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

TaskOutcome failure(std::string error, std::string cause) {
  return {.succeeded = false, .output = {}, .error = std::move(error), .cause = std::move(cause)};
}

TaskOutcome success(const Json& output) {
  return {.succeeded = true, .output = dump(output), .error = {}, .cause = {}};
}

TaskOutcome outcome_of(const Json& mock) {
  if (mock.contains("returns")) return success(mock["returns"]);
  const Json& raises = mock.at("raises");
  return failure(raises.value("Error", "States.TaskFailed"), raises.value("Cause", ""));
}

// Throws a json exception where the parameters are no request.
HttpRequest http_request(const Json& parameters) {
  HttpRequest request;
  request.url = parameters.at("url").get<std::string>();
  request.method = parameters.value("method", "GET");
  if (parameters.contains("body")) {
    const Json& body = parameters["body"];
    request.body = body.is_string() ? body.get<std::string>() : dump(body);
  }
  const Json headers = parameters.value("headers", Json::object());
  for (const auto& [name, value] : headers.items()) {
    request.headers.emplace_back(name, value.is_string() ? value.get<std::string>() : dump(value));
  }
  const double timeout_s = parameters.value("timeout", static_cast<double>(kDefaultTimeout.ms) / 1000);
  request.timeout = Period{static_cast<std::int64_t>(std::clamp(timeout_s, 0.001, kLongestTimeoutS) * 1000)};
  return request;
}

}  // namespace

std::string TaskRunner::load_mocks(std::string_view text) {
  const Json mocks = Json::parse(text, nullptr, false);
  if (!mocks.is_object())
    return "mocks must be a JSON object: state name -> list of {\"returns\": …} or {\"raises\": {…}}";
  for (const auto& [state, answers] : mocks.items()) {
    const Json list = answers.is_array() ? answers : Json::array({answers});
    for (const Json& answer : list) {
      if (!answer.is_object() || (!answer.contains("returns") && !answer.contains("raises"))) {
        return "the mocks of state '" + state + "' must each have \"returns\" or \"raises\"";
      }
      mocks_[state].push_back(outcome_of(answer));
    }
  }
  return {};
}

std::optional<TaskOutcome> TaskRunner::run(const TaskRequest& request) {
  const auto mocks = mocks_.find(request.state);
  if (mocks != mocks_.end() && !mocks->second.empty()) {
    TaskOutcome outcome = mocks->second.front();
    if (mocks->second.size() > 1) mocks->second.pop_front();
    return outcome;
  }
  if (transport_ == nullptr) return success(Json::object());
  if (request.resource == "tocsin:http") return run_http(request);
  return failure("States.TaskFailed", "tocsin can't run the resource '" + request.resource + "'; give it a mock");
}

TaskOutcome TaskRunner::run_http(const TaskRequest& request) {
  HttpRequest http;
  try {
    http = http_request(Json::parse(request.parameters));
  } catch (const nlohmann::json::exception& error) {
    return failure("Tocsin.InvalidParameter", error.what());
  }
  HttpResponse response;
  bool done = false;
  transport_->send(std::move(http), [&](HttpResponse answer) {
    response = std::move(answer);
    done = true;
  });
  while (!done) transport_->poll(Period{100});
  if (response.status == 0) return failure("Http.NoAnswer", response.error);
  Json body = Json::parse(response.body, nullptr, false);
  if (body.is_discarded()) body = response.body;
  if (response.status >= 400) {
    return failure("Http.StatusCode." + std::to_string(response.status), dump(body));
  }
  return success({{"status", response.status}, {"body", std::move(body)}});
}

}  // namespace tocsin
