#include "engine/workflow/data_flow.h"

#include <nlohmann/json.hpp>

#include "engine/workflow/state_failure.h"

namespace tocsin {
namespace {

JsonRef empty_object() {
  static const JsonRef kEmpty = make_json(Json::object());
  return kEmpty;
}

JsonRef filtered(const NullablePath& path, const Scope& scope) {
  if (path.is_null) return empty_object();
  return path.path ? scope.require(*path.path) : scope.input();
}

}  // namespace

void check_payload(const Json& value, const std::string& what) {
  // Depth first: what writes the value as text is recursive. The payload leaves room for the details around it.
  if (deeper_than(value, kMaxJsonDepth)) {
    throw StateFailure::runtime("The data is nested deeper than " + std::to_string(kMaxJsonDepth) + " levels.");
  }
  if (json_bytes(value) > kMaxPayloadBytes) throw StateFailure::too_large(what);
}

JsonRef effective_input(const StateDefinition& state, const Scope& raw) {
  JsonRef input = filtered(state.flow.input_path, raw);
  if (state.flow.parameters != nullptr) input = state.flow.parameters->render(raw.with_input(input));
  if (input != raw.input()) check_payload(*input, state.name);
  return input;
}

JsonRef combine(const NullablePath& path, const JsonRef& raw_input, const JsonRef& result) {
  if (path.is_null) return raw_input;
  if (!path.path || path.path->steps().empty()) return result;
  JsonRef combined = with_value_at(*raw_input, *path.path, *result);
  if (combined == nullptr) {
    throw StateFailure::runtime("Unable to apply ReferencePath " + path.path->text() + " to input " +
                                json_text(*raw_input));
  }
  return combined;
}

JsonRef effective_output(const StateDefinition& state, const Scope& raw, const JsonRef& result) {
  JsonRef selected = result;
  if (state.flow.result_selector != nullptr) selected = state.flow.result_selector->render(raw.with_input(result));
  if (selected != raw.input()) check_payload(*selected, state.name);
  const JsonRef combined = combine(state.flow.result_path, raw.input(), selected);
  if (combined != selected && combined != raw.input()) check_payload(*combined, state.name);
  JsonRef output = filtered(state.flow.output_path, raw.with_input(combined));
  if (output != combined) check_payload(*output, state.name);
  return output;
}

}  // namespace tocsin
