#include "app/task_runner.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "engine/base/text.h"
#include "engine/delivery/address_policy.h"
#include "engine/delivery/secret_words.h"
#include "engine/workflow/history.h"
#include "engine/workflow/json.h"

namespace tocsin {
namespace {

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

// Throws where the parameters are no request.
HttpRequest http_request(const Json& parameters, const std::string& id) {
  HttpRequest request;
  request.url = parameters.at("url").get<std::string>();
  request.method = parameters.value("method", "GET");
  // The address may come from a log line: nothing but the network, and of that only what is public or allowed.
  const std::string scheme = to_lower(request.url.substr(0, 8));
  if (!scheme.starts_with("http://") && !scheme.starts_with("https://")) {
    throw std::invalid_argument("the url is neither http nor https");
  }
  request.connection.allow_cidrs = parameters.value("allow_cidrs", std::vector<std::string>());
  for (const std::string& range : request.connection.allow_cidrs) {
    if (!parse_cidr(range))
      throw std::invalid_argument("allow_cidrs: '" + printable(range) + "' is no range of addresses");
  }
  if (parameters.contains("body")) {
    const Json& body = parameters["body"];
    request.body = body.is_string() ? body.get<std::string>() : dump(body);
  }
  const Json headers = parameters.value("headers", Json::object());
  for (const auto& [name, value] : headers.items()) {
    request.headers.emplace_back(name, value.is_string() ? value.get<std::string>() : dump(value));
  }
  // The receiver may know by it that it has done this before.
  const bool has_key = std::ranges::any_of(
      request.headers, [](const auto& header) { return to_lower(header.first) == "idempotency-key"; });
  if (!has_key) request.headers.emplace_back("Idempotency-Key", id);
  const double timeout_s = parameters.value("timeout", static_cast<double>(kDefaultTimeout.ms) / 1000);
  request.timeout = Period{static_cast<std::int64_t>(std::clamp(timeout_s, 0.001, kLongestTimeoutS) * 1000)};
  return request;
}

// What a receiver might repeat, and must not come into histories by that.
SecretWords secrets_of(const HttpRequest& request) {
  SecretWords secrets;
  for (const auto& [name, value] : request.headers) {
    if (is_credential(name)) secrets.add_header(value);
  }
  return secrets;
}

}  // namespace

std::optional<TaskOutcome> TaskRunner::run(const TaskRequest& request) {
  if (mocks_.has(request)) return mocks_.answer(request);
  if (transport_ == nullptr) return success(Json::object());
  if (request.resource == "tocsin:http") return run_http(request);
  return failure("States.TaskFailed", "tocsin can't run the resource '" + request.resource + "'; give it a mock");
}

TaskOutcome TaskRunner::run_http(const TaskRequest& request) {
  HttpRequest http;
  try {
    http = http_request(Json::parse(request.parameters), request.id);
  } catch (const std::exception& error) {  // of json, or invalid_argument
    return failure("Tocsin.InvalidParameter", error.what());
  }
  const SecretWords secrets = secrets_of(http);
  SecretWords in_failures = secrets;  // an answer that the workflow works with may name addresses
  in_failures.add_url(http.url);
  // Shared with the callback, which stays behind where the wait is given up.
  const auto answer = std::make_shared<std::optional<HttpResponse>>();
  transport_->send(std::move(http), [answer](HttpResponse received) { *answer = std::move(received); });
  while (!answer->has_value() && !(stopped_ && stopped_())) transport_->poll(Period{100});
  if (!answer->has_value()) return failure("Http.NoAnswer", "interrupted");
  HttpResponse& response = **answer;
  response.body = secrets.redacted(std::move(response.body));
  if (response.status == 0) return failure("Http.NoAnswer", in_failures.redacted(response.error));
  // What the service nests too deeply stays text, as what is no JSON does.
  JsonProblem problem;
  const JsonRef parsed = parse_json(response.body, DuplicateKeys::kKeepLast, problem);
  Json body = parsed == nullptr ? Json(response.body) : *parsed;
  if (response.status >= 400) {
    return failure("Http.StatusCode." + std::to_string(response.status), in_failures.redacted(dump(body)));
  }
  return success({{"status", response.status}, {"body", std::move(body)}});
}

}  // namespace tocsin
