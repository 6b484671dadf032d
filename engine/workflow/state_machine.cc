#include "engine/workflow/state_machine.h"

#include <nlohmann/json.hpp>

#include "engine/workflow/field_reader.h"
#include "engine/workflow/parsed_machine.h"
#include "engine/workflow/state_reader.h"

namespace tocsin {
namespace {

// What the whole machine says about the language binds its states.
void check_machine_language(const FieldReader& fields) {
  const Json* language = fields.find("QueryLanguage");
  if (language == nullptr || *language == "JSONPath") return;
  if (*language != "JSONata") {
    fields.error("Expected 'JSONPath' or 'JSONata'", "QueryLanguage");
    return;
  }
  fields.error("JSONata is not supported", "QueryLanguage");
  const Json* states = fields.find("States");
  if (states == nullptr || !states->is_object()) return;
  for (const auto& [name, state] : states->items()) {
    if (state.is_object() && state.contains("QueryLanguage") && state["QueryLanguage"] == "JSONPath") {
      fields.error("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
                   "States/" + name + "/QueryLanguage");
    }
  }
}

JsonRef read_json(std::string_view definition, const std::string& file, Diagnostics& diagnostics) {
  JsonProblem problem;
  if (definition.size() > kMaxDefinitionBytes) {
    problem.message = "a definition has at most 1 MiB";
  } else if (JsonRef json = parse_json(definition, DuplicateKeys::kRefuse, problem)) {
    return json;
  }
  diagnostics.error({.file = file, .line = problem.line, .column = problem.column},
                    "invalid definition: " + problem.message);
  return nullptr;
}

}  // namespace

StateMachine::StateMachine() = default;
StateMachine::~StateMachine() = default;

std::unique_ptr<const StateMachine> StateMachine::parse(std::string_view name, std::string_view definition,
                                                        Diagnostics& diagnostics, WorkflowType type) {
  const DefinitionReport report{.diagnostics = diagnostics, .file = std::string(name)};
  const std::size_t errors_before = diagnostics.error_count();
  const JsonRef json = read_json(definition, report.file, diagnostics);
  if (json == nullptr) return nullptr;
  if (!json->is_object()) {
    report.error("Expected an object", "/");
    return nullptr;
  }
  const FieldReader fields(*json, "", report);
  fields.check_known({"Comment", "StartAt", "States", "TimeoutSeconds", "Version", "QueryLanguage"});
  fields.require({"StartAt", "States"});
  check_machine_language(fields);
  auto parsed = std::make_unique<Parsed>();
  parsed->name = std::string(name);
  parsed->definition = std::string(definition);
  if (const auto timeout = fields.integer("TimeoutSeconds", 1, 99'999'999)) parsed->timeout = Period::seconds(*timeout);
  parsed->graph = StateReader(report, type).read_graph(fields);
  if (diagnostics.error_count() > errors_before) return nullptr;
  std::unique_ptr<StateMachine> machine(new StateMachine());
  machine->parsed_ = std::move(parsed);
  return machine;
}

const std::string& StateMachine::name() const {
  return parsed_->name;
}
const std::string& StateMachine::definition() const {
  return parsed_->definition;
}

std::string_view type_name(const StateDefinition& state) {
  static constexpr std::string_view kNames[] = {"Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Parallel"};
  return kNames[state.detail.index()];
}

}  // namespace tocsin
