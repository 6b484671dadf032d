#include <gtest/gtest.h>

#include <algorithm>

#include "engine/workflow/execution.h"
#include "test/engine/workflow/machine_run.h"

namespace tocsin {
namespace {

std::string branch(const std::string& name, const std::string& state) {
  return R"({"StartAt": ")" + name + R"(", "States": {")" + name + R"(": )" + state + "}}";
}

std::string parallel(const std::string& branches, const std::string& more = R"("End": true)") {
  return machine_of(R"("S": {"Type": "Parallel", )" + more + R"(, "Branches": [)" + branches +
                    R"(]}, "After": {"Type": "Succeed"})");
}

// The same, where nothing leads to After.
std::string only_parallel(const std::string& branches, const std::string& more = R"("End": true)") {
  return machine_of(R"("S": {"Type": "Parallel", )" + more + R"(, "Branches": [)" + branches + "]}");
}

const std::string kTask = R"({"Type": "Task", "Resource": "tocsin:query", "End": true})";

TEST(ParallelState, CollectsOutputsInOrderOfBranches) {
  const MachineRun run =
      run_machine(only_parallel(branch("A", R"({"Type": "Wait", "Seconds": 5, "End": true})") + "," +
                                    branch("B", R"({"Type": "Pass", "Result": 2, "End": true})") + "," +
                                    branch("C", R"({"Type": "Succeed", "InputPath": "$.x"})"),
                                R"("End": true, "Parameters": {"x.$": "$.in"}, "ResultPath": "$.all")"),
                  R"({"in":7})");
  EXPECT_EQ(run.output, R"({"in":7,"all":[{"x":7},2,7]})");
  EXPECT_EQ(
      run.types(),
      "ExecutionStarted ParallelStateEntered ParallelStateStarted WaitStateEntered PassStateEntered PassStateExited "
      "SucceedStateEntered SucceedStateExited WaitStateExited ParallelStateSucceeded ParallelStateExited "
      "ExecutionSucceeded");
  // Children follow the start; the exit names the event before the success.
  EXPECT_EQ(run.history[3].previous, 3U);
  EXPECT_EQ(run.history[4].previous, 3U);
  EXPECT_EQ(run.history[9].previous, 9U);
  EXPECT_EQ(run.history[10].previous, 9U);
  EXPECT_EQ(run.history[11].previous, 11U);
}

TEST(ParallelState, FailureAbortsTheOtherBranches) {
  const std::string nested = R"({"Type": "Parallel", "End": true, "Branches": [)" + branch("D2", kTask) + "]}";
  const MachineRun run = run_machine(
      only_parallel(branch("A", kTask) + "," + branch("B", R"({"Type": "Wait", "Seconds": 5, "End": true})") + "," +
                    branch("C", kTask) + "," + branch("D", nested)),
      "{}", {{"A", std::nullopt}, {"C", raises("X", "why")}, {"D2", std::nullopt}});
  EXPECT_EQ(run.error, "X");
  EXPECT_EQ(run.cause, "why");
  EXPECT_TRUE(
      run.types().ends_with("TaskFailed TaskStateAborted WaitStateAborted TaskStateAborted TaskStateAborted "
                            "ParallelStateAborted ParallelStateFailed ExecutionFailed"))
      << run.types();
}

TEST(ParallelState, Catches) {
  const MachineRun run =
      run_machine(parallel(branch("A", R"({"Type": "Fail", "Error": "E", "Cause": "c"})"),
                           R"("Catch": [{"ErrorEquals": ["E"], "Next": "After", "ResultPath": "$.e"}], "End": true)"));
  EXPECT_EQ(run.output, R"({"e":{"Error":"E","Cause":"c"}})");
  EXPECT_EQ(run.types(),
            "ExecutionStarted ParallelStateEntered ParallelStateStarted FailStateEntered ParallelStateFailed "
            "ParallelStateExited SucceedStateEntered SucceedStateExited ExecutionSucceeded");
}

TEST(ParallelState, RetriesAllBranches) {
  const MachineRun run = run_machine(
      only_parallel(branch("A", kTask), R"("End": true, "Retry": [{"ErrorEquals": ["X"], "MaxAttempts": 1}])"), "{}",
      {{"A", raises("X")}, {"A", raises("X")}});
  EXPECT_EQ(run.error, "X");
  EXPECT_EQ(std::ranges::count(run.history, "ParallelStateStarted", &HistoryEvent::type), 2);
  EXPECT_EQ(std::ranges::count(run.history, "ParallelStateFailed", &HistoryEvent::type), 1);
}

TEST(ParallelState, RuntimeFailureInABranchPassesByCatch) {
  const MachineRun run =
      run_machine(parallel(branch("A", R"({"Type": "Pass", "OutputPath": "$.x", "End": true})"),
                           R"("Catch": [{"ErrorEquals": ["States.ALL"], "Next": "After"}], "End": true)"));
  EXPECT_EQ(run.error, "States.Runtime");
  EXPECT_TRUE(run.cause.starts_with("An error occurred while executing the state 'A' (entered at the event id #4). "));
}

TEST(ParallelState, AbortedTasksAreNotAskedForNorAnswered) {
  Diagnostics diagnostics;
  const auto machine = StateMachine::parse(
      "m",
      only_parallel(branch("A", kTask) + "," +
                    branch("B", R"({"Type": "Wait", "Seconds": 1, "Next": "F"}, "F": {"Type": "Fail"})")),
      diagnostics);
  ASSERT_NE(machine, nullptr) << diagnostics.render();
  Execution execution(*machine, {.id = "exe_1"});
  execution.advance({0});
  execution.advance({1000});
  EXPECT_EQ(execution.status(), ExecutionStatus::kFailed);
  EXPECT_TRUE(execution.take_requests().empty());
  execution.complete({1}, returns("{}"), {2000});
  EXPECT_EQ(execution.status(), ExecutionStatus::kFailed);
}

}  // namespace
}  // namespace tocsin
