// What each type of state makes of its input, and the history it leaves.
#include "engine/workflow/execution.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/workflow/history.h"
#include "engine/workflow/json.h"
#include "test/engine/workflow/machine_run.h"

namespace tocsin {
namespace {

struct StateCase {
  const char *states, *input, *result;  // output, or error and cause
};

std::string result_of(const MachineRun& run) {
  if (run.status == ExecutionStatus::kSucceeded) return run.output;
  return std::string(to_text(run.status)) + " " + run.error + (run.cause.empty() ? "" : ": " + run.cause);
}

void check(const std::vector<StateCase>& cases) {
  for (const StateCase& c : cases) {
    EXPECT_EQ(result_of(run_machine(machine_of(c.states), c.input)), c.result) << c.states << " " << c.input;
  }
}

TEST(PassState, MovesData) {
  check({
      {R"("S": {"Type": "Pass", "End": true})", R"({"b":1,"a":2})", R"({"b":1,"a":2})"},
      {R"("S": {"Type": "Pass", "Result": {"x.$": "$.literal"}, "End": true})", "{}", R"({"x.$":"$.literal"})"},
      {R"("S": {"Type": "Pass", "Result": null, "End": true})", R"({"a":1})", "null"},
      {R"("S": {"Type": "Pass", "InputPath": "$.a", "End": true})", R"({"a":[1]})", "[1]"},
      {R"("S": {"Type": "Pass", "InputPath": null, "End": true})", R"({"a":[1]})", "{}"},
      {R"("S": {"Type": "Pass", "OutputPath": "$.a", "End": true})", R"({"a":2})", "2"},
      {R"("S": {"Type": "Pass", "OutputPath": null, "End": true})", R"({"a":2})", "{}"},
      {R"("S": {"Type": "Pass", "Result": 5, "ResultPath": null, "End": true})", R"({"a":2})", R"({"a":2})"},
      {R"("S": {"Type": "Pass", "Result": 5, "ResultPath": "$.r.s", "End": true})", R"({"a":2})",
       R"({"a":2,"r":{"s":5}})"},
      {R"("S": {"Type": "Pass", "InputPath": "$.a", "ResultPath": "$.copy", "End": true})", R"({"a":2})",
       R"({"a":2,"copy":2})"},
      {R"("S": {"Type": "Pass", "Parameters": {"k": [{"v.$": "$.a"}, "$.a"], "all.$": "$.l[*].n"}, "End": true})",
       R"({"a":2,"l":[{"n":1},{},{"n":3}]})", R"({"k":[{"v":2},"$.a"],"all":[1,3]})"},
      {R"("S": {"Type": "Pass", "Parameters": {"name.$": "$$.State.Name", "id.$": "$$.Execution.Id"}, "End": true})",
       "{}", R"({"name":"S","id":"exe_test"})"},
      {R"("S": {"Type": "Pass", "InputPath": "$.x", "End": true})", R"({"a":1})",
       "FAILED States.Runtime: An error occurred while executing the state 'S' (entered at the event id #2). Invalid "
       "path "
       "'$.x' : No results for path: $['x']"},
      {R"("S": {"Type": "Pass", "OutputPath": "$.x.y", "End": true})", R"({"a":1})",
       "FAILED States.Runtime: An error occurred while executing the state 'S' (entered at the event id #2). Invalid "
       "path "
       "'$.x.y' : Missing property in path $['x']"},
      {R"("S": {"Type": "Pass", "Parameters": {"v.$": "$.x"}, "End": true})", R"({"a":1})",
       "FAILED States.Runtime: An error occurred while executing the state 'S' (entered at the event id #2). The "
       "JSONPath "
       "'$.x' specified for the field 'v.$' could not be found in the input '{\"a\":1}'"},
      {R"("S": {"Type": "Pass", "Result": 1, "ResultPath": "$.a.b", "End": true})", R"({"a":1})",
       "FAILED States.Runtime: An error occurred while executing the state 'S' (entered at the event id #2). Unable to "
       "apply "
       "ReferencePath $.a.b to input {\"a\":1}"},
  });
}

TEST(FailAndSucceedState, EndTheExecution) {
  check({
      {R"("S": {"Type": "Succeed", "InputPath": "$.a"})", R"({"a":1})", "1"},
      {R"("S": {"Type": "Fail"})", "{}", "FAILED "},
      {R"("S": {"Type": "Fail", "Error": "E", "Cause": "because"})", "{}", "FAILED E: because"},
      {R"("S": {"Type": "Fail", "ErrorPath": "$.e", "CausePath": "$$.State.Name"})", R"({"e":"E2"})", "FAILED E2: S"},
      {R"("S": {"Type": "Fail", "ErrorPath": "$.e"})", "{}",
       "FAILED States.Runtime: An error occurred while executing the state 'S' (entered at the event id #2). The "
       "JSONPath "
       "'$.e' specified for the field 'ErrorPath' could not be found in the input '{}'"},
  });
}

TEST(ChoiceState, TakesTheFirstRuleThatHolds) {
  const char* states = R"("S": {"Type": "Choice", "InputPath": "$.in", "Choices": [
      {"Variable": "$.n", "NumericLessThan": 5, "Next": "A"}, {"Variable": "$.n", "NumericLessThan": 9, "Next": "B"}]},
      "A": {"Type": "Pass", "Parameters": {"a.$": "$.n"}, "End": true}, "B": {"Type": "Succeed"})";
  check({
      {states, R"({"in":{"n":1}})", R"({"a":1})"},
      {states, R"({"in":{"n":6}})", R"({"n":6})"},
      {states, R"({"in":{"n":9}})",
       "FAILED States.NoChoiceMatched: An error occurred while executing the state 'S' (entered at the event id #2). "
       "Failed "
       "to transition out of the state. The state does not point to a next state."},
  });
}

TEST(WaitState, EndsAtItsInstant) {
  struct Case {
    const char *field, *input;
    std::int64_t waited_ms;  // below zero: fails
    const char* cause_end;
  };
  const Case cases[] = {
      {R"("Seconds": 0)", "{}", 0, ""},
      {R"("Seconds": 90)", "{}", 90'000, ""},
      {R"("SecondsPath": "$.s")", R"({"s":7})", 7'000, ""},
      {R"("SecondsPath": "$.s")", R"({"s":1.5})", -1, "cannot be parsed as a long value: $.s == 1.5"},
      {R"("SecondsPath": "$.s")", R"({"s":"7"})", -1, "cannot be parsed as a long value: $.s == 7"},
      {R"("SecondsPath": "$.s")", R"({"s":-1})", -1, "references a negative value: $.s == -1"},
      {R"("SecondsPath": "$.s")", "{}", -1, "The SecondsPath parameter does not reference an input value: $.s"},
      {R"("SecondsPath": "$.s")", R"({"s":18446744073709551615})", -1,
       "cannot be parsed as a long value: $.s == 18446744073709551615"},
      {R"("SecondsPath": "$.s")", R"({"s":9223372036854775807})", -1, "Wait state delay is too long."},
      {R"("Timestamp": "1970-01-01T00:01:00Z")", "{}", 60'000, ""},
      {R"("Timestamp": "1969-01-01T00:01:00Z")", "{}", 0, ""},
      {R"("TimestampPath": "$.t")", R"({"t":"1970-01-01T01:00:00.0000001+01:00"})", 1, ""},
      {R"("TimestampPath": "$.t")", R"({"t":"2038-01-19T03:14:08Z"})", -1, "Wait state delay is too long."},
      {R"("TimestampPath": "$.t")", R"({"t":"2038-01-19"})", -1,
       "does not reference a valid ISO-8601 extended offset date-time format string: $.t == 2038-01-19"},
  };
  for (const Case& c : cases) {
    const MachineRun run =
        run_machine(machine_of(R"("S": {"Type": "Wait", "End": true, )" + std::string(c.field) + "}"), c.input);
    if (c.waited_ms < 0) {
      EXPECT_EQ(run.error, "States.Runtime") << c.field << c.input;
      EXPECT_TRUE(run.cause.ends_with(c.cause_end)) << run.cause;
    } else {
      EXPECT_EQ(run.status, ExecutionStatus::kSucceeded) << run.cause;
      EXPECT_EQ((run.ended - run.started).ms, c.waited_ms) << c.field << c.input;
      EXPECT_EQ(run.types(), "ExecutionStarted WaitStateEntered WaitStateExited ExecutionSucceeded");
    }
  }
}

TEST(TaskState, RequestsAndSelects) {
  const MachineRun run = run_machine(
      machine_of(R"("S": {"Type": "Task", "Resource": "tocsin:analyze", "Parameters": {"alarm.$": "$.alarm"},
                          "ResultSelector": {"top.$": "$.services[0]"}, "ResultPath": "$.finding", "End": true})"),
      R"({"alarm":"a"})", {{"S", returns(R"({"services":["payment","cart"]})")}});
  EXPECT_EQ(run.output, R"({"alarm":"a","finding":{"top":"payment"}})");
  ASSERT_EQ(run.requests.size(), 1U);
  EXPECT_EQ(run.requests[0].resource, "tocsin:analyze");
  EXPECT_EQ(run.requests[0].parameters, R"({"alarm":"a"})");
  EXPECT_EQ(
      run.text(),
      "1 0 0 ExecutionStarted {\"input\":{\"alarm\":\"a\"}}\n"
      "2 0 0 TaskStateEntered {\"input\":{\"alarm\":\"a\"},\"name\":\"S\"}\n"
      "3 2 0 TaskScheduled {\"parameters\":{\"alarm\":\"a\"},\"resource\":\"analyze\",\"resourceType\":\"tocsin\"}\n"
      "4 3 0 TaskStarted {\"resource\":\"analyze\",\"resourceType\":\"tocsin\"}\n"
      "5 4 0 TaskSucceeded {\"output\":{\"services\":[\"payment\",\"cart\"]},\"resource\":\"analyze\",\"resourceType\":"
      "\"tocsin\"}\n"
      "6 5 0 TaskStateExited {\"name\":\"S\",\"output\":{\"alarm\":\"a\",\"finding\":{\"top\":\"payment\"}}}\n"
      "7 6 0 ExecutionSucceeded {\"output\":{\"alarm\":\"a\",\"finding\":{\"top\":\"payment\"}}}\n");
}

TEST(TaskState, HistoryFollowsTheKindOfResource) {
  struct Case {
    const char *resource, *types;
  };
  const Case cases[] = {
      {"arn:aws:lambda:eu-west-1:1:function:f",
       "LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionSucceeded"},
      {"arn:aws:states:eu-west-1:1:activity:a", "ActivityScheduled ActivityStarted ActivitySucceeded"},
      {"arn:aws:states:::sqs:sendMessage", "TaskScheduled TaskStarted TaskSucceeded"},
      {"arn:aws:states:::sqs:sendMessage.waitForTaskToken", "TaskScheduled TaskStarted TaskSubmitted TaskSucceeded"},
      {"arn:aws:states:::states:startExecution.sync:2", "TaskScheduled TaskStarted TaskSubmitted TaskSucceeded"},
      {"tocsin:http", "TaskScheduled TaskStarted TaskSucceeded"},
  };
  for (const Case& c : cases) {
    const MachineRun run = run_machine(
        machine_of(R"("S": {"Type": "Task", "Resource": ")" + std::string(c.resource) + R"(", "End": true})"));
    EXPECT_EQ(run.types(),
              "ExecutionStarted TaskStateEntered " + std::string(c.types) + " TaskStateExited ExecutionSucceeded");
  }
}

TEST(TaskState, GivesItsTokenOnlyWhereItIsWaitedFor) {
  const auto machine = [](const std::string& resource) {
    return machine_of(R"("S": {"Type": "Task", "Resource": ")" + resource +
                      R"(", "Parameters": {"t.$": "$$.Task.Token"}, "End": true})");
  };
  const MachineRun waits = run_machine(machine("arn:aws:states:::sqs:sendMessage.waitForTaskToken"));
  ASSERT_EQ(waits.requests.size(), 1U);
  EXPECT_TRUE(waits.requests[0].parameters.starts_with(R"({"t":"token_)"));
  EXPECT_EQ(run_machine(machine("arn:aws:states:::sqs:sendMessage")).error, "States.Runtime");
}

TEST(TaskState, RefusesOutputThatIsNoPayload) {
  const std::string machine = machine_of(R"("S": {"Type": "Task", "Resource": "tocsin:query", "End": true})");
  const MachineRun broken = run_machine(machine, "{}", {{"S", returns("{oops")}});
  EXPECT_EQ(broken.error, "States.TaskFailed");
  const MachineRun large =
      run_machine(machine, "{}", {{"S", returns("\"" + std::string(kMaxPayloadBytes, 'x') + "\"")}});
  EXPECT_EQ(large.error, "States.DataLimitExceeded");
  EXPECT_EQ(
      large.cause,
      "The state/task 'tocsin' returned a result with a size exceeding the maximum number of bytes service limit.");
  EXPECT_EQ(run_machine(machine, "{}", {{"S", returns(std::string(300, '[') + std::string(300, ']'))}}).error,
            "States.TaskFailed");
}

TEST(Execution, LaysGivenContextOverItsOwn) {
  ExecutionInput input{.id = "exe_1"};
  input.context =
      R"({"Execution": {"Id": "arn:aws:states:eu-west-1:1:execution:shop:run1", "Name": "run1"}, "Extra": 1})";
  const MachineRun run =
      run_machine(machine_of(R"("S": {"Type": "Pass", "Parameters": {"c.$": "$$"}, "End": true})"), "[7]", {}, input);
  EXPECT_EQ(run.output,
            R"({"c":{"Execution":{"Id":"arn:aws:states:eu-west-1:1:execution:shop:run1","Input":[7],)"
            R"("StartTime":"1970-01-01T00:00:00.000Z","Name":"run1","RedriveCount":0},)"
            R"("StateMachine":{"Id":"arn:aws:states:eu-west-1:1:stateMachine:shop","Name":"test"},"Extra":1,)"
            R"("State":{"Name":"S","EnteredTime":"1970-01-01T00:00:00.000Z"}}})");
}

TEST(Execution, FailsOnInputThatIsNoJson) {
  const std::string machine = machine_of(R"("S": {"Type": "Succeed"})");
  for (const std::string& input : {std::string("{"), std::string(1000, '['), std::string()}) {
    const MachineRun run = run_machine(machine, input);
    EXPECT_EQ(run.error, "States.Runtime");
    EXPECT_EQ(run.types(), "ExecutionStarted ExecutionFailed");
  }
  EXPECT_EQ(run_machine(machine, std::string(kMaxPayloadBytes + 1, ' ')).error, "States.DataLimitExceeded");
}

TEST(Execution, EndsAnEndlessLoopAtTheHistoryLimit) {
  const MachineRun run = run_machine(machine_of(
      R"("S": {"Type": "Pass", "Next": "C"}, "C": {"Type": "Choice", "Choices": [{"Variable": "$.stop", "IsPresent": true,
           "Next": "E"}], "Default": "S"}, "E": {"Type": "Succeed"})"));
  EXPECT_EQ(run.history.size(), kMaxHistoryEvents);
  EXPECT_EQ(run.error, "States.Runtime");
  EXPECT_EQ(run.cause, "The execution reached the maximum number of history events (25000).");
  EXPECT_EQ(run.history.back().type, "ExecutionFailed");
}

TEST(Execution, BoundsPayloads) {
  // The data doubles with every turn, and grows deeper.
  const char* doubling = R"("S": {"Type": "Pass", "Parameters": {"a.$": "$", "b.$": "$"}, "Next": "C"},
      "C": {"Type": "Choice", "Choices": [{"Variable": "$.stop", "IsPresent": true, "Next": "E"}], "Default": "S"},
      "E": {"Type": "Succeed"})";
  EXPECT_EQ(run_machine(machine_of(doubling)).error, "States.DataLimitExceeded");
  const char* deepening = R"("S": {"Type": "Pass", "Parameters": {"a.$": "$"}, "Next": "C"},
      "C": {"Type": "Choice", "Choices": [{"Variable": "$.stop", "IsPresent": true, "Next": "E"}], "Default": "S"},
      "E": {"Type": "Succeed"})";
  const MachineRun deep = run_machine(machine_of(deepening));
  EXPECT_EQ(deep.error, "States.Runtime");
  EXPECT_NE(deep.cause.find("nested deeper than 200 levels"), std::string::npos);
  // Many copies of a large input, in one template.
  std::string fields;
  for (int i = 0; i < 2000; ++i) fields += (i == 0 ? "\"f" : ",\"f") + std::to_string(i) + ".$\": \"$\"";
  EXPECT_EQ(run_machine(machine_of(R"("S": {"Type": "Pass", "Parameters": {)" + fields + R"(}, "End": true})"),
                        "\"" + std::string(200'000, 'x') + "\"")
                .error,
            "States.DataLimitExceeded");
}

TEST(Execution, LeavesPayloadsOutOfAnOversizedHistory) {
  const MachineRun run = run_machine(
      machine_of(
          R"("S": {"Type": "Pass", "Next": "C"}, "C": {"Type": "Choice", "Choices": [{"Variable": "$.stop", "IsPresent":
           true, "Next": "E"}], "Default": "S"}, "E": {"Type": "Succeed"})"),
      R"({"x":")" + std::string(100'000, 'x') + "\"}");
  std::size_t bytes = 0;
  for (const HistoryEvent& event : run.history) bytes += event.details.size();
  EXPECT_LT(bytes, kMaxHistoryBytes + 10'000'000);
  EXPECT_NE(run.history[20'000].details.find("\"truncated\":true"), std::string::npos);
}

TEST(Execution, IsDeterministic) {
  const std::string machine =
      machine_of(R"("S": {"Type": "Parallel", "End": true, "Retry": [{"ErrorEquals": ["States.ALL"]}],
      "Branches": [{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "tocsin:query", "End": true,
                    "Retry": [{"ErrorEquals": ["X"], "JitterStrategy": "FULL"}]}}},
                   {"StartAt": "B", "States": {"B": {"Type": "Wait", "Seconds": 3, "Next": "B2"},
                                               "B2": {"Type": "Task", "Resource": "tocsin:http", "End": true}}}]})");
  const std::vector<ScriptedAnswer> script = {{"A", raises("X")}, {"B2", raises("Y")}, {"A", returns("[1]")}};
  const MachineRun first = run_machine(machine, "{}", script);
  EXPECT_EQ(first.status, ExecutionStatus::kSucceeded);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(run_machine(machine, "{}", script).text(), first.text());
}

}  // namespace
}  // namespace tocsin
