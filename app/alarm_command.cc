// `tocsin alarm simulate`: an alarm definition and a series in, states and reasons out.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/alarm_simulation.h"
#include "app/batch_io.h"
#include "app/commands.h"
#include "app/console.h"
#include "app/exit_code.h"
#include "app/text_file.h"
#include "engine/base/text.h"
#include "engine/workflow/json.h"

namespace tocsin {
namespace {

struct SimulateOptions {
  bool batch = false;
  std::string alarm_file;
  double threshold = 0;
  std::string comparison = ">";
  int evaluation_periods = 1;
  int datapoints_to_alarm = 0;  // 0: as many as the evaluation periods
  std::string period = "60s";
  std::string statistic = "Sum";
  std::string treat_missing_data = "missing";
  std::string low_samples = "evaluate";
  int evaluation_range = 0;  // 0: the default
  std::string previous_state = "INSUFFICIENT_DATA";
  std::string datapoints;
  std::string output = "text";
};

AlarmState state_of(const std::string& text) {
  const std::optional<AlarmState> state = parse_alarm_state(text);
  if (!state) throw BatchError("INVALID_STATE", "a state is OK, ALARM or INSUFFICIENT_DATA");
  return *state;
}

// Milliseconds since 1970 at which the newest period ends; without it the first period begins with 1970.
EventTime end_of(const Json& request, const AlarmDefinition& alarm, std::size_t datapoints) {
  const auto given = request.find("period_end");
  if (given == request.end() || given->is_null())
    return EventTime{} + alarm.period * static_cast<std::int64_t>(datapoints);
  constexpr std::int64_t kMostMs = 7'258'118'400'000;  // the year 2200
  const std::int64_t ms = given->get<std::int64_t>();
  if (ms < 0 || ms > kMostMs) throw BatchError("INVALID_REQUEST", "period_end lies outside 1970 to 2200");
  return {ms};
}

void answer_request(const Json& request, Json& answer) {
  AlarmDefinition alarm = alarm_from_cloudwatch(request.at("alarm"));
  std::vector<Datapoint> datapoints = datapoints_from_json(request.at("datapoints"));
  const AlarmState previous = state_of(request.value("previous_state", std::string("INSUFFICIENT_DATA")));
  const EventTime end = end_of(request, alarm, datapoints.size());
  // Without a datapoint there is still an evaluation: of a range in which nothing is known.
  if (datapoints.empty()) datapoints.emplace_back();
  const AlarmSimulation simulation(std::move(alarm), std::move(datapoints), end);
  const AlarmVerdict verdict = simulation.evaluate(simulation.size() - 1, previous, true);
  answer["state"] = to_text(verdict.state);
  answer["reason"] = verdict.reason;
  answer["reason_data"] = Json::parse(verdict.reason_data);
}

// The options in CloudWatch's words, so that one reader checks both forms.
AlarmDefinition alarm_of_options(const SimulateOptions& options) {
  const std::optional<Period> period = parse_period(options.period);
  if (!period || period->ms % 1000 != 0) {
    throw BatchError("INVALID_ALARM", "--period is a length of time in whole seconds, such as 60s or 5m");
  }
  Json properties = {{"Threshold", options.threshold},
                     {"ComparisonOperator", options.comparison},
                     {"EvaluationPeriods", options.evaluation_periods},
                     {"Period", period->ms / 1000},
                     {"ExtendedStatistic", options.statistic},
                     {"TreatMissingData", options.treat_missing_data},
                     {"EvaluateLowSampleCountPercentile", options.low_samples}};
  if (options.datapoints_to_alarm != 0) properties["DatapointsToAlarm"] = options.datapoints_to_alarm;
  return alarm_from_cloudwatch(properties);
}

std::string datapoint_text(const Datapoint& point) {
  if (!point.value) return "_";
  const std::string value = number_text(*point.value);
  return point.sample_count > 0 ? value + "@" + number_text(point.sample_count) : value;
}

Json step_json(const AlarmSimulation& simulation, std::size_t index, const AlarmVerdict& verdict) {
  const Datapoint& point = simulation.datapoint(index);
  Json step = {
      {"step", index + 1}, {"datapoint", nullptr}, {"state", to_text(verdict.state)}, {"reason", verdict.reason}};
  if (point.value) step["datapoint"] = *point.value;
  step["reason_data"] = Json::parse(verdict.reason_data);
  return step;
}

// A row for each datapoint as it arrives; the reason where the state changes.
void print_steps(const AlarmSimulation& simulation, AlarmState state, const std::string& output) {
  Json steps = Json::array();
  if (output == "text") fmt::print("{:>5}  {:>12}  {:<17}  {}\n", "step", "datapoint", "state", "reason of the change");
  for (std::size_t index = 0; index < simulation.size(); ++index) {
    const AlarmVerdict verdict = simulation.evaluate(index, state, output != "text");
    if (output == "text") {
      const std::string row =
          fmt::format("{:>5}  {:>12}  {:<17}  {}", index + 1, datapoint_text(simulation.datapoint(index)),
                      to_text(verdict.state), verdict.state == state ? "" : verdict.reason);
      fmt::print("{}\n", row.substr(0, row.find_last_not_of(' ') + 1));
    } else if (output == "ndjson") {
      fmt::print("{}\n", step_json(simulation, index, verdict).dump());
    } else {
      steps.push_back(step_json(simulation, index, verdict));
    }
    state = verdict.state;
  }
  if (output == "json") fmt::print("{}\n", steps.dump(2));
}

// Throws std::runtime_error, with the exit code that tells a wrong option from a wrong file.
AlarmDefinition read_alarm(const SimulateOptions& options, int& exit_code) {
  if (options.alarm_file.empty()) return alarm_of_options(options);
  exit_code = kExitFailure;
  const std::string text = read_text_file(options.alarm_file);
  exit_code = kExitInvalidConfig;
  JsonProblem problem;
  const JsonRef properties = parse_json(text, DuplicateKeys::kKeepLast, problem);
  if (properties == nullptr) {
    throw BatchError("INVALID_ALARM",
                     fmt::format("{}:{}:{}: {}", options.alarm_file, problem.line, problem.column, problem.message));
  }
  try {
    return alarm_from_cloudwatch(*properties);
  } catch (const nlohmann::json::exception& error) {
    throw BatchError("INVALID_ALARM", options.alarm_file + ": " + error.what());
  }
}

int simulate(const SimulateOptions& options) {
  int exit_code = kExitUsage;
  try {
    AlarmDefinition alarm = read_alarm(options, exit_code);
    exit_code = kExitUsage;
    if (options.evaluation_range != 0) alarm.evaluation_range = options.evaluation_range;
    const std::string problem = alarm_problem(alarm);
    if (!problem.empty()) throw BatchError("INVALID_ALARM", problem);
    std::vector<Datapoint> datapoints = datapoints_from_text(options.datapoints);
    const EventTime end = EventTime{} + alarm.period * static_cast<std::int64_t>(datapoints.size());
    print_steps(AlarmSimulation(std::move(alarm), std::move(datapoints), end), state_of(options.previous_state),
                options.output);
    return kExitOk;
  } catch (const std::runtime_error& error) {  // also BatchError
    tell(fmt::format("alarm simulate: {}", error.what()));
    return exit_code;
  }
}

void add_options(CLI::App& command, SimulateOptions& options) {
  command.add_flag("--batch", options.batch,
                   "read requests from stdin, one JSON object a line; answer each with a line");
  command.add_option("--alarm", options.alarm_file, "a JSON file with CloudWatch's alarm properties");
  const auto text = [&command](const char* name, std::string& value, const char* help) {
    return command.add_option(name, value, help)->capture_default_str();
  };
  command.add_option("--threshold", options.threshold, "what a datapoint is compared with");
  text("--comparison", options.comparison, "> >= < <=, or CloudWatch's name");
  command.add_option("--evaluation-periods", options.evaluation_periods, "N")->capture_default_str();
  command.add_option("--datapoints-to-alarm", options.datapoints_to_alarm, "M of N; without it N");
  text("--period", options.period, "length of a period");
  text("--statistic", options.statistic, "Sum, Average, p99, ...");
  text("--treat-missing-data", options.treat_missing_data, "missing, ignore, breaching or notBreaching");
  text("--evaluate-low-sample-count-percentile", options.low_samples, "evaluate, or ignore percentiles of few samples");
  command.add_option("--evaluation-range", options.evaluation_range,
                     "periods looked at; without it N + 2, below a minute N + 60/period");
  text("--previous-state", options.previous_state, "OK, ALARM or INSUFFICIENT_DATA");
  command.add_option("--datapoints", options.datapoints,
                     "oldest first: a number, _ for none, 5x3 for three times 5, 9@40 for a 9 of 40 samples");
  text("--output", options.output, "text, json or ndjson")->check(CLI::IsMember({"text", "json", "ndjson"}));
}

// Options that would have no effect are refused, not passed over.
void check_options(const CLI::App& command) {
  const auto allow_only = [&command](const std::string& leader, const std::vector<std::string>& others) {
    for (const CLI::Option* option : command.get_options()) {
      const std::string name = option->get_name();
      if (option->count() > 0 && name != leader && std::find(others.begin(), others.end(), name) == others.end()) {
        throw CLI::ExcludesError(leader, name);
      }
    }
  };
  if (command.count("--batch") > 0) return allow_only("--batch", {});
  if (command.count("--alarm") > 0) {
    allow_only("--alarm", {"--evaluation-range", "--previous-state", "--datapoints", "--output"});
  } else if (command.count("--threshold") == 0) {
    throw CLI::RequiredError("--threshold, --alarm or --batch");
  }
  if (command.count("--datapoints") == 0) throw CLI::RequiredError("--datapoints");
}

}  // namespace

void add_alarm_command(CLI::App& app, int& exit_code) {
  CLI::App* alarm = app.add_subcommand("alarm", "Try alarm definitions");
  alarm->require_subcommand(1);
  CLI::App* command = alarm->add_subcommand("simulate", "Evaluate an alarm over a series, datapoint by datapoint");
  const auto options = std::make_shared<SimulateOptions>();
  add_options(*command, *options);
  command->footer(
      "Examples:\n"
      "  tocsin alarm simulate --threshold 5 --evaluation-periods 3 --datapoints-to-alarm 2 --datapoints \"0 6 6 _ "
      "_\"\n"
      "  tocsin alarm simulate --threshold 500 --statistic p99 --evaluate-low-sample-count-percentile ignore \\\n"
      "    --datapoints \"900@20 900@2000\"\n"
      "  tocsin alarm simulate --alarm alarm.json --datapoints \"0x5 9x3 _x5\" --output ndjson\n"
      "  tocsin alarm simulate --batch < requests.ndjson");
  command->callback([options, command, &exit_code] {
    check_options(*command);
    if (options->batch) {
      run_batch(std::cin, std::cout, answer_request);
      exit_code = kExitOk;
      return;
    }
    exit_code = simulate(*options);
  });
}

}  // namespace tocsin
