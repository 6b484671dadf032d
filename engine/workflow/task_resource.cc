#include "engine/workflow/task_resource.h"

#include <vector>

namespace tocsin {
namespace {

// "a:b:c" cut at its first `count - 1` colons.
std::vector<std::string_view> cut(std::string_view text, std::size_t count) {
  std::vector<std::string_view> parts;
  while (parts.size() + 1 < count) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) break;
    parts.push_back(text.substr(0, colon));
    text.remove_prefix(colon + 1);
  }
  parts.push_back(text);
  return parts;
}

// "sqs:sendMessage", "aws-sdk:s3:getObject", "states:startExecution.sync:2"
void read_integration(TaskResource& resource, std::string_view text) {
  const std::size_t service_end = text.find(':', text.starts_with("aws-sdk:") ? 8 : 0);
  if (service_end == std::string_view::npos) {
    resource.action = std::string(text);
    return;
  }
  resource.type = std::string(text.substr(0, service_end));
  resource.action = std::string(text.substr(service_end + 1));
}

}  // namespace

TaskResource parse_resource(std::string_view text) {
  TaskResource resource;
  resource.text = std::string(text);
  const std::vector<std::string_view> parts = cut(text, 6);  // arn : partition : service : region : account : rest
  if (parts.size() == 6 && parts[0] == "arn" && parts[2] == "lambda") {
    resource.kind = ResourceKind::kLambda;
  } else if (parts.size() == 6 && parts[0] == "arn" && parts[2] == "states" && parts[5].starts_with("activity:")) {
    resource.kind = ResourceKind::kActivity;
  } else if (parts.size() == 6 && parts[0] == "arn" && parts[2] == "states") {
    read_integration(resource, parts[5]);
  } else if (text.starts_with("tocsin:")) {
    resource.type = "tocsin";
    resource.action = std::string(text.substr(7));
  } else {
    resource.action = resource.text;
  }
  return resource;
}

std::string_view event_prefix(ResourceKind kind) {
  switch (kind) {
    case ResourceKind::kLambda:
      return "LambdaFunction";
    case ResourceKind::kActivity:
      return "Activity";
    case ResourceKind::kService:
      return "Task";
  }
  return "Task";
}

}  // namespace tocsin
