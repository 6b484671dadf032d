#include "engine/workflow/context_object.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace tocsin {
namespace {

void lay_over(Json& base, const Json& given) {
  if (!base.is_object() || !given.is_object()) {
    base = given;
    return;
  }
  for (const auto& [key, value] : given.items()) {
    if (base.contains(key)) {
      lay_over(base[key], value);
    } else {
      base[key] = value;
    }
  }
}

std::vector<std::string> colon_parts(std::string_view text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ':') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

// An execution's ARN names its machine: arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME.
std::string machine_id(const std::string& execution_id, const std::string& machine) {
  const std::vector<std::string> parts = colon_parts(execution_id);
  if (parts.size() < 8 || parts[0] != "arn" || parts[5] != "execution") return machine;
  return parts[0] + ":" + parts[1] + ":" + parts[2] + ":" + parts[3] + ":" + parts[4] + ":stateMachine:" + parts[6];
}

}  // namespace

ContextObject::ContextObject(const Execution& execution) {
  Json base = {{"Execution",
                {{"Id", execution.id},
                 {"Input", *execution.input},
                 {"StartTime", to_iso8601(execution.start)},
                 {"Name", execution.id},
                 {"RedriveCount", 0}}},
               {"StateMachine", {{"Id", nullptr}, {"Name", execution.machine}}}};
  if (execution.given != nullptr) lay_over(base, *execution.given);
  if (base["StateMachine"].is_object() && base["StateMachine"]["Id"].is_null()) {
    const Json id = base["Execution"].is_object() ? base["Execution"].value("Id", Json()) : Json();
    const Json name = base["StateMachine"].value("Name", Json());
    base["StateMachine"]["Id"] = machine_id(id.is_string() ? id.get<std::string>() : "",
                                            name.is_string() ? name.get<std::string>() : execution.machine);
  }
  base_ = make_json(std::move(base));
}

JsonRef ContextObject::in_state(const State& state) const {
  Json context = *base_;
  Json& entered = context["State"];
  if (!entered.is_object()) entered = Json::object();
  entered["Name"] = state.name;
  entered["EnteredTime"] = to_iso8601(state.entered);
  if (state.retry_count) entered["RetryCount"] = *state.retry_count;
  if (!state.token.empty()) context["Task"] = {{"Token", state.token}};
  return make_json(std::move(context));
}

std::string ContextObject::region() const {
  const auto execution = base_->find("Execution");
  if (execution == base_->end() || !execution->is_object()) return {};
  const Json id = execution->value("Id", Json());
  if (!id.is_string()) return {};
  const std::vector<std::string> parts = colon_parts(id.get_ref<const std::string&>());
  return parts.size() >= 8 && parts[0] == "arn" ? parts[3] : "";
}

}  // namespace tocsin
