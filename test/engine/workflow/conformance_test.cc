// Executions recorded on AWS, where they lie beside the project: status, output, error, cause and history of all that
// need only what the interpreter supports. Definitions recorded as valid or not must be judged so, with the same
// exception.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/workflow/execution.h"
#include "engine/workflow/json.h"
#include "engine/workflow/timestamp.h"

namespace tocsin {
namespace {

std::vector<Json> read_cases(const char* name) {
  std::vector<Json> cases;
  std::ifstream in(std::filesystem::path(TOCSIN_SOURCE_DIR) / "../shared/conformance/asl" / name);
  for (std::string line; std::getline(in, line);) cases.push_back(Json::parse(line));
  return cases;
}

bool is_unsupported(const Diagnostics& diagnostics) {
  return std::ranges::any_of(diagnostics.all(), [](const Diagnostic& diagnostic) {
    return diagnostic.message.find("not supported") != std::string::npos;
  });
}

// The answers recorded for tasks, each good for one attempt.
class RecordedTasks {
 public:
  explicit RecordedTasks(const Json& mocks) : mocks_(mocks.begin(), mocks.end()) {}

  std::optional<TaskOutcome> answer(const TaskRequest& request) {
    const Json parameters = Json::parse(request.parameters);
    auto found = std::ranges::find_if(mocks_, [&](const Json& mock) {
      return mock["state"] == request.state && same_json(mock["parameters"], parameters);
    });
    if (found == mocks_.end()) {
      found = std::ranges::find_if(mocks_, [&](const Json& mock) { return mock["state"] == request.state; });
    }
    if (found == mocks_.end()) return TaskOutcome{.succeeded = true, .output = "{}", .error = {}, .cause = {}};
    const Json mock = *found;
    mocks_.erase(found);
    if (mock.value("timed_out", false)) return std::nullopt;
    if (mock.contains("returns")) return TaskOutcome{.output = json_text(mock["returns"]), .error = {}, .cause = {}};
    const auto text = [&](const char* field) {
      const Json& value = mock["raises"][field];
      return value.is_string() ? value.get<std::string>() : std::string();
    };
    return TaskOutcome{.succeeded = false, .output = {}, .error = text("Error"), .cause = text("Cause")};
  }

 private:
  std::vector<Json> mocks_;
};

void run(Execution& execution, EventTime now, RecordedTasks& tasks) {
  while (execution.status() == ExecutionStatus::kRunning) {
    execution.advance(now);
    const std::vector<TaskRequest> requests = execution.take_requests();
    for (const TaskRequest& request : requests) {
      if (const auto outcome = tasks.answer(request)) execution.complete(request.token, *outcome, now);
    }
    if (!requests.empty()) continue;
    const std::optional<EventTime> timer = execution.next_timer();
    if (!timer) return;
    now = std::max(now, *timer);
  }
}

// `value` without what the case says is not comparable.
Json without(Json value, const Json& pointers) {
  for (const Json& pointer : pointers) {
    const nlohmann::json_pointer<std::string> at(pointer.get<std::string>());
    if (value.contains(at)) value[at] = nullptr;
  }
  return value;
}

bool same_result(const Json& expect, const Execution& execution) {
  if (expect["status"] != to_text(execution.status())) return false;
  if (expect.contains("output")) {
    const Json ignored = expect.value("output_ignore", Json::array());
    return same_json(without(expect["output"], ignored), without(Json::parse(execution.output()), ignored));
  }
  const std::string error =
      expect.contains("error") && expect["error"].is_string() ? expect["error"].get<std::string>() : "";
  return execution.error() == error;
}

bool same_cause(const Json& expect, const Execution& execution) {
  const Json& cause = expect.value("cause", Json(nullptr));
  if (!cause.is_string()) return execution.cause().empty();
  if (expect.value("cause_has_placeholders", false)) return !execution.cause().empty();
  return cause == execution.cause();
}

bool same_history(const Json& expect, const Execution& execution) {
  std::vector<std::string> want = expect["history"].get<std::vector<std::string>>();
  std::vector<std::string> got;
  for (const HistoryEvent& event : execution.history()) got.push_back(event.type);
  if (expect.value("history_unordered", false)) {
    std::ranges::sort(want);
    std::ranges::sort(got);
  }
  return want == got;
}

// Ids and previous ids of the events, where their order was recorded.
bool same_ids(const Json& expect, const Execution& execution) {
  const Json& events = expect["events"];
  return std::ranges::equal(events, execution.history(), [](const Json& want, const HistoryEvent& got) {
    return want["id"] == got.id && want["prev"] == got.previous;
  });
}

TEST(Conformance, RecordedExecutions) {
  const std::vector<Json> cases = read_cases("executions.jsonl");
  if (cases.empty()) GTEST_SKIP() << "no recorded executions beside the project";
  int supported = 0, passed = 0, histories = 0, histories_passed = 0, ids = 0, ids_passed = 0;
  for (const Json& c : cases) {
    if (c["kind"] != "execution" || c.value("scope", "asl") != "asl") continue;
    Diagnostics diagnostics;
    const auto machine = StateMachine::parse("recorded", json_text(c["definition"]), diagnostics);
    if (machine == nullptr && is_unsupported(diagnostics)) continue;
    ++supported;
    EXPECT_NE(machine, nullptr) << c["id"] << "\n" << diagnostics.render();
    if (machine == nullptr) continue;
    const EventTime start = parse_timestamp(c.value("clock_start", "2026-01-01T00:00:00Z"))->time;
    Execution execution(*machine, {.id = "exe_recorded",
                                   .input = json_text(c["input"]),
                                   .context = c.contains("context") ? json_text(c["context"]) : "",
                                   .start = start});
    RecordedTasks tasks(c.value("mocks", Json::array()));
    run(execution, start, tasks);
    const Json& expect = c["expect"];
    const bool same = same_result(expect, execution) && same_cause(expect, execution);
    EXPECT_TRUE(same) << c["id"] << "\nwant " << expect << "\ngot " << to_text(execution.status()) << " "
                      << execution.output() << execution.error() << " " << execution.cause();
    passed += same ? 1 : 0;
    if (!expect.contains("history")) continue;
    ++histories;
    histories_passed += same_history(expect, execution) ? 1 : 0;
    if (!expect.contains("events") || expect.value("history_unordered", false)) continue;
    ++ids;
    ids_passed += same_ids(expect, execution) ? 1 : 0;
  }
  std::cout << "executions: " << passed << " of " << supported << " supported, " << cases.size()
            << " recorded; histories " << histories_passed << " of " << histories << "; ids " << ids_passed << " of "
            << ids << "\n";
  EXPECT_GE(passed, 349);
  // One nested Parallel was recorded without the end events of its inner state.
  EXPECT_GE(histories_passed, histories - 1);
  EXPECT_GE(histories, 110);
  EXPECT_EQ(ids_passed, ids);
}

TEST(Conformance, RecordedDefinitions) {
  const std::vector<Json> cases = read_cases("definitions.jsonl");
  if (cases.empty()) GTEST_SKIP() << "no recorded definitions beside the project";
  int judged = 0, right = 0;
  for (const Json& c : cases) {
    Diagnostics diagnostics;
    const bool has_text = c.contains("definition_text") && c["definition_text"].is_string();
    const std::string definition = has_text ? c["definition_text"].get<std::string>() : json_text(c["definition"]);
    const WorkflowType type = c.value("type", "") == "EXPRESS" ? WorkflowType::kExpress : WorkflowType::kStandard;
    const bool valid = StateMachine::parse("recorded", definition, diagnostics, type) != nullptr;
    if (!valid && is_unsupported(diagnostics)) continue;
    ++judged;
    right += valid == c["valid"].get<bool>() ? 1 : 0;
    // A resource made by a template function is a string once the template is deployed, but no definition yet.
    const bool is_template = definition.find("Fn::GetAtt") != std::string::npos;
    EXPECT_TRUE(valid == c["valid"].get<bool>() || is_template) << c["id"] << "\n" << diagnostics.render();
  }
  std::cout << "definitions: " << right << " of " << judged << " supported, " << cases.size() << " recorded\n";
  EXPECT_GE(right, 190);
}

}  // namespace
}  // namespace tocsin
