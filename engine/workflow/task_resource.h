// What a Task state names as its resource, and the family of history events that its kind brings.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin {

enum class ResourceKind : std::uint8_t {
  kLambda,    // arn:aws:lambda:…, called directly: LambdaFunctionScheduled …
  kActivity,  // arn:aws:states:…:activity:…: ActivityScheduled …
  kService,   // arn:aws:states:::sqs:sendMessage, tocsin:analyze: TaskScheduled … with resourceType and resource
};

struct TaskResource {
  ResourceKind kind = ResourceKind::kService;
  std::string text;    // as written
  std::string type;    // kService: "sqs", "aws-sdk:s3", "tocsin"
  std::string action;  // kService: "sendMessage.waitForTaskToken"

  bool waits_for_token() const { return action.ends_with(".waitForTaskToken"); }
  bool is_sync() const { return action.find(".sync") != std::string::npos; }
  bool is_submitted() const { return waits_for_token() || is_sync(); }
  // The name that a cause gives the task: "lambda", or the ARN.
  const std::string& name_in_cause() const { return kind == ResourceKind::kService && !type.empty() ? type : text; }
};

TaskResource parse_resource(std::string_view text);

// Beginning of the kind's event types: "LambdaFunction", "Activity", "Task".
std::string_view event_prefix(ResourceKind kind);

}  // namespace tocsin
