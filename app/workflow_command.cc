// `tocsin workflow validate` checks a state machine; `tocsin workflow run` runs it in simulated time.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>

#include "app/batch_io.h"
#include "app/checked_output.h"
#include "app/commands.h"
#include "app/console.h"
#include "app/diagnostics_json.h"
#include "app/exit_code.h"
#include "app/text_file.h"
#include "app/workflow_simulation.h"
#include "engine/base/diagnostics.h"
#include "engine/base/text.h"
#include "engine/workflow/json.h"
#include "engine/workflow/timestamp.h"
#include "rules/yaml_to_json.h"

namespace tocsin {
namespace {

// When simulated executions begin where nobody says otherwise: a fixed instant, so that equal runs give equal
// histories.
constexpr const char* kDefaultStart = "2026-01-01T00:00:00Z";

struct WorkflowOptions {
  bool batch = false;
  std::string file;
  std::string input_file;
  std::string mocks_file;
  std::string start = kDefaultStart;
  std::string type = "standard";
  std::string output = "text";
};

JsonRef read_json_file(const std::string& path) {
  JsonProblem problem;
  JsonRef value = parse_json(read_text_file(path), DuplicateKeys::kKeepLast, problem);
  if (value == nullptr) {
    throw std::invalid_argument(fmt::format("{}:{}:{}: {}", path, problem.line, problem.column, problem.message));
  }
  return value;
}

WorkflowType workflow_type(std::string_view text) {
  return to_lower(text) == "express" ? WorkflowType::kExpress : WorkflowType::kStandard;
}

std::unique_ptr<const StateMachine> load(const WorkflowOptions& options, Diagnostics& diagnostics) {
  std::string text = read_text_file(options.file);
  if (options.file.ends_with(".yaml") || options.file.ends_with(".yml")) {
    std::optional<std::string> json = yaml_to_json(options.file, text, diagnostics);
    if (!json) return nullptr;
    text = std::move(*json);
  }
  return StateMachine::parse(options.file, text, diagnostics, workflow_type(options.type));
}

// The definition of a batch request: a value, or its text.
std::string requested_definition(const Json& request) {
  const auto text = request.find("definition_text");
  if (text != request.end() && text->is_string()) return text->get<std::string>();
  const Json& definition = request.at("definition");
  return definition.is_string() ? definition.get<std::string>() : json_text(definition);
}

std::string text_member(const Json& request, const char* field, const std::string& otherwise) {
  const auto found = request.find(field);
  return found != request.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

void answer_validate(const Json& request, Json& answer) {
  Diagnostics diagnostics;
  const auto machine = StateMachine::parse("definition", requested_definition(request), diagnostics,
                                           workflow_type(text_member(request, "type", "STANDARD")));
  answer["valid"] = machine != nullptr;
  answer["diagnostics"] = diagnostics_json(diagnostics);
}

void answer_run(const Json& request, Json& answer) {
  const std::string kind = text_member(request, "kind", "execution");
  if (kind != "execution" || request.contains("request")) {
    throw BatchError("NOT_SUPPORTED", "requests of kind '" + kind + "' are not supported; only executions are");
  }
  Diagnostics diagnostics;
  const auto machine = StateMachine::parse("definition", requested_definition(request), diagnostics,
                                           workflow_type(text_member(request, "machine_type", "STANDARD")));
  if (machine == nullptr) throw BatchError("INVALID_DEFINITION", diagnostics.render());
  const std::optional<Instant> start = parse_timestamp(text_member(request, "clock_start", kDefaultStart));
  if (!start) throw BatchError("INVALID_REQUEST", "clock_start is no RFC 3339 timestamp");
  ExecutionInput input{.id = text_member(request, "id", "exe_batch"), .start = start->time};
  if (request.contains("input")) input.input = json_text(request["input"]);
  if (request.contains("context") && request["context"].is_object()) input.context = json_text(request["context"]);
  try {
    const Json none = Json::array();
    const auto mocks = request.find("mocks");
    TaskMocks answers = TaskMocks::parse(mocks == request.end() || mocks->is_null() ? none : *mocks);
    describe(simulate(*machine, input, answers), answer);
  } catch (const std::invalid_argument& error) {
    throw BatchError("INVALID_REQUEST", error.what());
  }
}

void print_text(const Execution& execution, CheckedOutput& out) {
  constexpr std::size_t kDetailsShown = 160;
  out.line(fmt::format("status  {}", to_text(execution.status())));
  if (execution.status() == ExecutionStatus::kSucceeded) {
    out.line(fmt::format("output  {}", printable(execution.output(), 4096)));
  }
  if (!execution.error().empty()) out.line(fmt::format("error   {}", printable(execution.error())));
  if (!execution.cause().empty()) out.line(fmt::format("cause   {}", printable(execution.cause(), 4096)));
  out.line("");
  out.line(fmt::format("{:>5} {:>5}  {:<24}  {:<28} {}", "id", "prev", "time", "event", "details"));
  for (const HistoryEvent& event : execution.history()) {
    out.line(fmt::format("{:>5} {:>5}  {:<24}  {:<28} {}", event.id, event.previous, to_iso8601(event.at), event.type,
                         printable(event.details, kDetailsShown)));
  }
}

int validate(const WorkflowOptions& options) {
  Diagnostics diagnostics;
  const bool valid = load(options, diagnostics) != nullptr;
  CheckedOutput out;
  if (options.output == "json") {
    out.line(json_text({{"valid", valid}, {"diagnostics", diagnostics_json(diagnostics)}}));
  } else {
    tell(diagnostics);
    if (valid) out.line(printable(options.file) + ": valid");
  }
  out.flush();
  return valid ? kExitOk : kExitInvalidConfig;
}

int run(const WorkflowOptions& options) {
  Diagnostics diagnostics;
  const auto machine = load(options, diagnostics);
  tell(diagnostics);
  if (machine == nullptr) return kExitInvalidConfig;
  const std::optional<Instant> start = parse_timestamp(options.start);
  if (!start) throw CLI::ValidationError("--start", "expected a timestamp such as " + std::string(kDefaultStart));
  ExecutionInput input{.id = "exe_simulated", .start = start->time};
  if (!options.input_file.empty()) input.input = json_text(*read_json_file(options.input_file));
  TaskMocks mocks = options.mocks_file.empty() ? TaskMocks() : TaskMocks::parse(*read_json_file(options.mocks_file));
  const Execution execution = simulate(*machine, input, mocks);
  CheckedOutput out;
  if (options.output == "json") {
    Json answer = Json::object();
    describe(execution, answer);
    out.line(json_text(answer));
  } else {
    print_text(execution, out);
  }
  out.flush();
  return execution.status() == ExecutionStatus::kSucceeded ? kExitOk : kExitFailure;
}

void add_common_options(CLI::App& command, WorkflowOptions& options) {
  CLI::Option* batch = command.add_flag("--batch", options.batch,
                                        "read requests from stdin, one JSON object a line; answer each with a line");
  command.add_option("FILE", options.file, "state machine in the Amazon States Language, JSON or YAML")
      ->excludes(batch);
  command.add_option("--type", options.type, "standard or express")
      ->check(CLI::IsMember({"standard", "express"}))
      ->capture_default_str()
      ->excludes(batch);
  command.add_option("--output", options.output, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str()
      ->excludes(batch);
}

using BatchAnswer = void (*)(const Json&, Json&);

struct Action {
  const char* name;
  BatchAnswer answer;
  int (*perform)(const WorkflowOptions&);
};

int perform(const Action& action, const WorkflowOptions& options) {
  if (options.batch) {
    run_batch(std::cin, std::cout, action.answer);
    return kExitOk;
  }
  if (options.file.empty()) throw CLI::RequiredError("FILE or --batch");
  try {
    return action.perform(options);
  } catch (const std::invalid_argument& error) {
    tell(fmt::format("workflow {}: {}", action.name, error.what()));
    return kExitInvalidConfig;
  } catch (const std::runtime_error& error) {
    if (dynamic_cast<const CLI::Error*>(&error) != nullptr) throw;
    tell(fmt::format("workflow {}: {}", action.name, error.what()));
    return kExitFailure;
  }
}

}  // namespace

void add_workflow_command(CLI::App& app, int& exit_code) {
  CLI::App* workflow = app.add_subcommand("workflow", "Check and try state machines");
  workflow->require_subcommand(1);
  const auto options = std::make_shared<WorkflowOptions>();

  CLI::App* check = workflow->add_subcommand("validate", "Check a state machine; all its mistakes at once");
  add_common_options(*check, *options);
  check->footer("Example:\n  tocsin workflow validate investigate.asl.yaml");
  check->callback([options, &exit_code] { exit_code = perform({"validate", answer_validate, validate}, *options); });

  CLI::App* run_command = workflow->add_subcommand("run", "Run a state machine in simulated time, with its history");
  add_common_options(*run_command, *options);
  CLI::Option* batch = run_command->get_option("--batch");
  run_command->add_option("--input", options->input_file, "JSON file with the execution's input")->excludes(batch);
  run_command->add_option("--mocks", options->mocks_file, "JSON file with answers for tasks; others are answered by {}")
      ->excludes(batch);
  run_command->add_option("--start", options->start, "when the execution begins")
      ->capture_default_str()
      ->excludes(batch);
  run_command->footer(
      "Examples:\n"
      "  tocsin workflow run investigate.asl.yaml --input alarm.json\n"
      "  tocsin workflow run order.asl.json --mocks mocks.json --output json\n"
      "    with mocks.json: {\"Charge\": [{\"raises\": {\"Error\": \"Busy\"}}, {\"returns\": {\"paid\": true}}]}");
  run_command->callback([options, &exit_code] { exit_code = perform({"run", answer_run, run}, *options); });
}

}  // namespace tocsin
