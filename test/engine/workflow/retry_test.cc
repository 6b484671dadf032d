// Retry, Catch and timeouts, in simulated time.
#include <gtest/gtest.h>

#include "engine/workflow/execution.h"
#include "engine/workflow/retry_policy.h"
#include "test/engine/workflow/machine_run.h"

namespace tocsin {
namespace {

std::string task_with(const std::string& fields) {
  return machine_of(R"("S": {"Type": "Task", "Resource": "tocsin:query", )" + fields +
                    R"(, "End": true}, "Caught": {"Type": "Succeed"})");
}

// The seconds at which the task was scheduled.
std::string attempts(const MachineRun& run) {
  std::string result;
  for (const HistoryEvent& event : run.history) {
    if (event.type == "TaskScheduled") result += (result.empty() ? "" : " ") + std::to_string(event.at.ms / 1000);
  }
  return result;
}

TEST(Retry, WaitsBetweenAttempts) {
  struct Case {
    const char *retry, *attempts;  // of a task that always fails with X
  };
  const Case cases[] = {
      {R"({"ErrorEquals": ["X"]})", "0 1 3 7"},
      {R"({"ErrorEquals": ["X"], "MaxAttempts": 0})", "0"},
      {R"({"ErrorEquals": ["X"], "MaxAttempts": 2})", "0 1 3"},
      {R"({"ErrorEquals": ["X"], "IntervalSeconds": 3, "BackoffRate": 1})", "0 3 6 9"},
      {R"({"ErrorEquals": ["X"], "IntervalSeconds": 2, "BackoffRate": 1.5})", "0 2 5 9"},
      {R"({"ErrorEquals": ["X"], "IntervalSeconds": 3, "MaxDelaySeconds": 5, "JitterStrategy": "FULL"})", "0 3 8 13"},
      {R"({"ErrorEquals": ["Y"]})", "0"},
      {R"({"ErrorEquals": ["State.ALL"]})", "0"},
      {R"({"ErrorEquals": ["States.ALL"], "MaxAttempts": 1})", "0 1"},
      {R"({"ErrorEquals": ["Y", "States.TaskFailed"], "MaxAttempts": 1})", "0 1"},
      {R"({"ErrorEquals": ["Y"]}, {"ErrorEquals": ["X"], "MaxAttempts": 1, "IntervalSeconds": 5})", "0 5"},
  };
  for (const Case& c : cases) {
    std::vector<ScriptedAnswer> script(20, {"S", raises("X", "why")});
    const MachineRun run =
        run_machine(machine_of(R"("S": {"Type": "Task", "Resource": "tocsin:query", "End": true, "Retry": [)" +
                               std::string(c.retry) + "]}"),
                    "{}", script);
    EXPECT_EQ(attempts(run), c.attempts) << c.retry;
    EXPECT_EQ(run.error, "X");
    EXPECT_EQ(run.cause, "why");
  }
}

TEST(Retry, CountsForEachRetrier) {
  const MachineRun run = run_machine(
      machine_of(
          R"("S": {"Type": "Task", "Resource": "tocsin:query", "End": true, "Parameters": {"n.$": "$$.State.RetryCount"},
          "Retry": [{"ErrorEquals": ["X"], "MaxAttempts": 2, "BackoffRate": 1},
                    {"ErrorEquals": ["Y"], "MaxAttempts": 1, "IntervalSeconds": 10}]})"),
      "{}", {{"S", raises("X")}, {"S", raises("Y")}, {"S", raises("X")}, {"S", returns("true")}});
  EXPECT_EQ(attempts(run), "0 1 11 12");
  EXPECT_EQ(run.output, "true");
  ASSERT_EQ(run.requests.size(), 4U);
  EXPECT_EQ(run.requests[3].parameters, R"({"n":3})");
}

TEST(Retry, DelayNeverLeavesItsBounds) {
  const Retrier retrier{.errors = {}, .interval = Period::seconds(99'999'999), .backoff_rate = 1e300, .max_delay = {}};
  EXPECT_EQ(retrier.delay(0), Period::days(366));
  EXPECT_EQ(retrier.delay(1'000'000), Period::days(366));
}

TEST(Catch, TakesTheErrorElsewhere) {
  struct Case {
    const char *catchers, *error, *output;
  };
  const Case cases[] = {
      {R"({"ErrorEquals": ["X"], "Next": "Caught"})", "X", R"({"Error":"X","Cause":"why"})"},
      {R"({"ErrorEquals": ["X"], "ResultPath": "$.e", "Next": "Caught"})", "X",
       R"({"in":1,"e":{"Error":"X","Cause":"why"}})"},
      {R"({"ErrorEquals": ["X"], "ResultPath": null, "Next": "Caught"})", "X", R"({"in":1})"},
      {R"({"ErrorEquals": ["Y"], "Next": "Caught"}, {"ErrorEquals": ["States.ALL"], "Next": "Caught", "ResultPath": "$.all"})",
       "X", R"({"in":1,"all":{"Error":"X","Cause":"why"}})"},
      {R"({"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"})", "X", R"({"Error":"X","Cause":"why"})"},
      {R"({"ErrorEquals": ["States.ALL"], "Next": "Caught"})", "", R"({"Error":null,"Cause":"why"})"},
  };
  for (const Case& c : cases) {
    const std::string machine =
        task_with(R"("OutputPath": null, "ResultPath": "$.ignored", "Catch": [)" + std::string(c.catchers) + "]");
    const MachineRun run = run_machine(machine, R"({"in":1})", {{"S", raises(c.error, "why")}});
    EXPECT_EQ(run.output, c.output) << c.catchers;
    EXPECT_EQ(
        run.types(),
        "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskFailed TaskStateExited SucceedStateEntered "
        "SucceedStateExited ExecutionSucceeded");
  }
}

TEST(Catch, ComesAfterRetries) {
  const MachineRun run = run_machine(
      task_with(
          R"("Retry": [{"ErrorEquals": ["X"], "MaxAttempts": 1}], "Catch": [{"ErrorEquals": ["X"], "Next": "Caught"}])"),
      "{}", {{"S", raises("X")}, {"S", raises("X")}});
  EXPECT_EQ(attempts(run), "0 1");
  EXPECT_EQ(run.status, ExecutionStatus::kSucceeded);
}

TEST(Catch, DoesNotSeeFailuresOfTheInterpretation) {
  const MachineRun run = run_machine(task_with(
      R"("OutputPath": "$.no.such", "Retry": [{"ErrorEquals": ["States.ALL"]}],
         "Catch": [{"ErrorEquals": ["States.Runtime"], "Next": "Caught"}, {"ErrorEquals": ["States.ALL"], "Next": "Caught"}])"));
  EXPECT_EQ(run.error, "States.Runtime");
  EXPECT_EQ(run.types(), "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskSucceeded ExecutionFailed");
}

TEST(Timeout, EndsATask) {
  const std::vector<ScriptedAnswer> silent = {{"S", std::nullopt}};
  struct Case {
    const char* fields;
    int seconds;
  };
  const Case cases[] = {
      {R"("TimeoutSeconds": 5)", 5},
      {R"("TimeoutSecondsPath": "$.t")", 9},
      {R"("TimeoutSeconds": 5, "HeartbeatSeconds": 2)", 2},
      {R"("HeartbeatSecondsPath": "$.t")", 9},
  };
  for (const Case& c : cases) {
    const MachineRun run = run_machine(
        machine_of(R"("S": {"Type": "Task", "Resource": "tocsin:query", "End": true, )" + std::string(c.fields) + "}"),
        R"({"t":9})", silent);
    EXPECT_EQ(run.error, "States.Timeout") << c.fields;
    EXPECT_EQ(run.cause, "");
    EXPECT_EQ((run.ended - run.started), Period::seconds(c.seconds)) << c.fields;
    EXPECT_EQ(run.types(), "ExecutionStarted TaskStateEntered TaskScheduled TaskStarted TaskTimedOut ExecutionFailed");
  }
  // States.TaskFailed does not stand for a timeout.
  const MachineRun caught = run_machine(
      task_with(
          R"("TimeoutSeconds": 5, "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught", "ResultPath": "$.a"},
                   {"ErrorEquals": ["States.Timeout"], "Next": "Caught", "ResultPath": "$.b"}])"),
      "{}", silent);
  EXPECT_EQ(caught.output, R"({"b":{"Error":"States.Timeout","Cause":null}})");
}

TEST(Timeout, EndsTheExecution) {
  const MachineRun run = run_machine(
      R"({"StartAt": "S", "TimeoutSeconds": 10, "States": {"S": {"Type": "Wait", "Seconds": 60, "End": true}}})");
  EXPECT_EQ(run.status, ExecutionStatus::kTimedOut);
  EXPECT_EQ(run.error, "States.Timeout");
  EXPECT_EQ(run.ended - run.started, Period::seconds(10));
  EXPECT_EQ(run.types(), "ExecutionStarted WaitStateEntered ExecutionTimedOut");
}

// The owner's side: late answers, early answers, time that jumps.
TEST(Timeout, HoldsWhateverOrderTheOwnerCalls) {
  Diagnostics diagnostics;
  const auto machine = StateMachine::parse(
      "m", machine_of(R"("S": {"Type": "Task", "Resource": "tocsin:query", "TimeoutSeconds": 5, "End": true})"),
      diagnostics);
  ASSERT_NE(machine, nullptr);
  Execution late(*machine, {.id = "exe_1"});
  EXPECT_TRUE(late.take_requests().empty());
  late.advance({0});
  const std::vector<TaskRequest> requests = late.take_requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(late.next_timer(), EventTime{5000});
  late.complete({77}, returns("1"), {10});                   // no such task
  late.complete(requests[0].token, returns("1"), {60'000});  // after its timeout
  late.advance({60'000});
  EXPECT_EQ(late.status(), ExecutionStatus::kFailed);
  EXPECT_EQ(late.ended(), EventTime{5000});
  EXPECT_FALSE(late.next_timer().has_value());

  Execution punctual(*machine, {.id = "exe_2"});
  punctual.advance({0});
  punctual.complete(punctual.take_requests().at(0).token, returns("1"), {5000});  // at the very instant
  punctual.advance({5000});
  EXPECT_EQ(punctual.status(), ExecutionStatus::kSucceeded);
}

}  // namespace
}  // namespace tocsin
