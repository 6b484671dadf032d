#include "engine/workflow/state_machine.h"

#include <gtest/gtest.h>

#include "test/engine/workflow/machine_run.h"

namespace tocsin {
namespace {

struct ErrorCase {
  const char* definition;
  const char* errors;
};

void check(const std::vector<ErrorCase>& cases) {
  for (const ErrorCase& c : cases) EXPECT_EQ(errors_of(c.definition), c.errors) << c.definition;
}

TEST(StateMachine, ReportsMistakesOfTheMachine) {
  check({
      {"not a definition", "invalid definition: syntax error while parsing value - invalid literal; last read: 'no'"},
      {"[]", "Expected an object at /"},
      {"{}", "These fields are required: [StartAt, States] at /"},
      {R"({"States": {"P": {"Type": "Pass", "End": true}}})", "These fields are required: [StartAt] at /"},
      {R"({"StartAt": "P", "States": {}})", "Value cannot be empty at /States"},
      {R"({"StartAt": "P", "States": []})", "Expected an object at /States"},
      {R"({"StartAt": 1, "States": {"P": {"Type": "Pass", "End": true}}})", "Expected a string at /StartAt"},
      {R"({"StartAt": "Q", "States": {"P": {"Type": "Pass", "End": true}}})", "State 'Q' does not exist at /StartAt"},
      {R"({"StartAt": "P", "Stats": {}, "States": {"P": {"Type": "Pass", "End": true}}})",
       "Field 'Stats' is not known here at /Stats | did you mean 'States'?"},
      {R"({"StartAt": "P", "TimeoutSeconds": 0, "States": {"P": {"Type": "Pass", "End": true}}})",
       "Expected an integer from 1 to 99999999 at /TimeoutSeconds"},
      {R"({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true, "End": false}}})",
       "invalid definition: duplicate key 'End' in /States/P"},
  });
}

TEST(StateMachine, ReportsMistakesOfStates) {
  check({
      {R"({"StartAt": "S", "States": {"S": 1}})",
       "Expected an object at /States/S\nState 'S' does not exist at /StartAt"},
      {R"({"StartAt": "S", "States": {"S": {"End": true}}})", "These fields are required: [Type] at /States/S"},
      {R"({"StartAt": "S", "States": {"S": {"Type": "Pas", "End": true}}})",
       "'Pas' is no state type at /States/S/Type | did you mean 'Pass'?"},
      {R"({"StartAt": "S", "States": {"S": {"Type": "Pass"}}})",
       "One of these fields is required: [Next, End] at /States/S"},
      {R"({"StartAt": "S", "States": {"S": {"Type": "Pass", "End": true, "Nxt": "S"}}})",
       "Field 'Nxt' is not known here at /States/S/Nxt | did you mean 'Next'?"},
      {R"({"StartAt": "S", "States": {"S": {"Type": "Pass", "Next": "Q"}}})",
       "State 'Q' does not exist at /States/S/Next"},
      {R"({"StartAt": "S", "States": {"S": {"Type": "Pass", "Next": "S"}}})", "No state ends the execution at /States"},
      {R"({"StartAt": "S", "States": {"S": {"Type": "Pass", "End": true}, "T": {"Type": "Succeed"}}})",
       "State 'T' is not reachable at /States/T"},
      {R"({"StartAt": "S", "States": {"S": {"Type": "Task", "End": true}}})",
       "These fields are required: [Resource] at /States/S"},
      {R"({"StartAt": "S", "States": {"S": {"Type": "Task", "Resource": "tocsin:qeury", "End": true}}})",
       "There is no task 'tocsin:qeury' at /States/S/Resource | did you mean 'tocsin:query'?"},
      {R"({"StartAt": "S", "States": {"S": {"Type": "Pass", "End": true, "InputPath": "x"}}})",
       "Value is not a valid JSONPath (a path begins with '$') at /States/S/InputPath"},
      {R"({"StartAt": "S", "States": {"S": {"Type": "Pass", "End": true, "ResultPath": "$.a[*]"}}})",
       "Value is not a Reference Path at /States/S/ResultPath"},
      {R"({"StartAt": "S", "States": {"S": {"Type": "Wait", "End": true}}})",
       "Exactly one of these fields is required: [Seconds, SecondsPath, Timestamp, TimestampPath] at /States/S"},
      {R"({"StartAt": "S", "States": {"S": {"Type": "Wait", "Timestamp": "2016-03-14", "End": true}}})",
       "String does not match RFC3339 timestamp at /States/S/Timestamp"},
      {R"({"StartAt": "S", "States": {"S": {"Type": "Fail", "Error": "a", "ErrorPath": "$.a"}}})",
       "Only one of these fields may be given: [Error, ErrorPath] at /States/S"},
      {R"({"StartAt": "S", "States": {"S": {"Type": "Parallel", "Branches": [], "End": true}}})",
       "Value cannot be empty at /States/S/Branches"},
      {R"({"StartAt": "S", "States": {"S": {"Type": "Parallel", "End": true, "Branches": [
           {"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}, {"States": {"B": {"Type": "Succeed"}}}]}}})",
       "Duplicate state name: 'S' at /States/S/Branches/0/States/S\n"
       "These fields are required: [StartAt] at /States/S/Branches/1"},
      {R"({"StartAt": "S", "States": {"S": {"Type": "Task", "Resource": "tocsin:query", "End": true, "TimeoutSeconds": 5,
           "HeartbeatSeconds": 5}}})",
       "HeartbeatSeconds must be smaller than TimeoutSeconds at /States/S/HeartbeatSeconds"},
  });
}

TEST(StateMachine, ReportsMistakesInside) {
  check({
      {R"({"StartAt": "S", "States": {"S": {"Type": "Pass", "End": true, "Parameters": {"a": {"b.$": 1, "c.$": "$x", "c": 2}}}}})",
       "The value for the field 'b.$' must be a valid JSONPath or a valid intrinsic function call (it is no string) at "
       "/States/S/Parameters/a/b.$\n"
       "The value for the field 'c.$' must be a valid JSONPath or a valid intrinsic function call (expected '.' or '[' "
       "after '$'; variables are not supported) at /States/S/Parameters/a/c.$\n"
       "The fields 'c' and 'c.$' exclude each other at /States/S/Parameters/a"},
      {R"({"StartAt": "S", "States": {"S": {"Type": "Choice", "Choices": [{"Variable": "$.a", "NumericEqual": 1, "Next": "E"},
           {"Variable": "$.a", "NumericEquals": "1"}, {"And": [], "Next": "E"}, 7]}, "E": {"Type": "Succeed"}}})",
       "Field 'NumericEqual' is not known here at /States/S/Choices/0/NumericEqual | did you mean 'NumericEquals'?\n"
       "A rule has exactly one comparison, And, Or or Not at /States/S/Choices/0\n"
       "Expected a number at /States/S/Choices/1/NumericEquals\n"
       "These fields are required: [Next] at /States/S/Choices/1\n"
       "Expected a list of rules that is not empty at /States/S/Choices/2/And\n"
       "Expected an object at /States/S/Choices/3"},
      {R"({"StartAt": "S", "States": {"S": {"Type": "Task", "Resource": "tocsin:query", "End": true,
           "Retry": [{"ErrorEquals": ["States.ALL"], "BackoffRate": -2, "MaxAttempts": -1}, {"ErrorEquals": []}],
           "Catch": [{"ErrorEquals": ["A", "States.ALL"], "Next": "Q"}]}}})",
       "'States.ALL' must be in the last entry at /States/S/Retry/0/ErrorEquals\n"
       "Expected an integer from 0 to 99999999 at /States/S/Retry/0/MaxAttempts\n"
       "Expected a number of at least 1.0 at /States/S/Retry/0/BackoffRate\n"
       "Expected a list of strings that is not empty at /States/S/Retry/1/ErrorEquals\n"
       "'States.ALL' must appear alone at /States/S/Catch/0/ErrorEquals\n"
       "State 'Q' does not exist at /States/S/Catch/0/Next"},
  });
}

TEST(StateMachine, RefusesWhatItWouldNotRun) {
  check({
      {R"({"StartAt": "S", "States": {"S": {"Type": "Map", "End": true}}})",
       "Map states are not supported at /States/S/Type"},
      {R"({"StartAt": "S", "QueryLanguage": "JSONata", "States": {"S": {"Type": "Pass", "End": true}}})",
       "JSONata is not supported at /QueryLanguage"},
      {R"({"StartAt": "S", "States": {"S": {"Type": "Pass", "End": true, "Assign": {"x": 1}}}})",
       "Field 'Assign' is not supported: variables are not supported at /States/S/Assign"},
      {R"-({"StartAt": "S", "States": {"S": {"Type": "Pass", "End": true, "Parameters": {"a.$": "States.UUID()"}}}})-",
       "Intrinsic functions are not supported at /States/S/Parameters/a.$"},
  });
}

TEST(StateMachine, BoundsDefinitions) {
  EXPECT_EQ(errors_of(std::string(2'000'000, '[')), "invalid definition: a definition has at most 1 MiB");
  EXPECT_EQ(errors_of(std::string(100'000, '[')), "invalid definition: nested deeper than 200 levels");
  const std::string name(81, 'n');
  EXPECT_EQ(errors_of(R"({"StartAt": ")" + name + R"(", "States": {")" + name + R"(": {"Type": "Succeed"}}})"),
            "A state's name has 1 to 80 characters at /States/" + name);
}

TEST(StateMachine, ExpressMachinesDoNotWaitForOthers) {
  const auto with = [](const std::string& resource) {
    return machine_of(R"("S": {"Type": "Task", "Resource": ")" + resource + R"(", "End": true})");
  };
  for (const char* resource :
       {"arn:aws:states:::sqs:sendMessage.waitForTaskToken", "arn:aws:states:::states:startExecution.sync",
        "arn:aws:states:eu-west-1:1:activity:a"}) {
    EXPECT_EQ(errors_of(with(resource)), "");
    EXPECT_NE(errors_of(with(resource), WorkflowType::kExpress), "") << resource;
  }
  EXPECT_EQ(errors_of(with("arn:aws:states:::sqs:sendMessage"), WorkflowType::kExpress), "");
}

TEST(StateMachine, KeepsWhatItWasMadeFrom) {
  Diagnostics diagnostics;
  const std::string definition = machine_of(R"("S": {"Type": "Succeed", "Comment": "done"})");
  const auto machine = StateMachine::parse("investigate", definition, diagnostics);
  ASSERT_NE(machine, nullptr);
  EXPECT_EQ(machine->name(), "investigate");
  EXPECT_EQ(machine->definition(), definition);
  EXPECT_TRUE(diagnostics.all().empty());
}

}  // namespace
}  // namespace tocsin
