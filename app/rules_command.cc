// `tocsin rules check|test|show`: rules files read and judged without a log line.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/checked_output.h"
#include "app/commands.h"
#include "app/console.h"
#include "app/diagnostics_json.h"
#include "app/exit_code.h"
#include "engine/base/text.h"
#include "rules/rule_loader.h"
#include "rules/rule_test.h"

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

struct RulesOptions {
  std::vector<std::string> files;
  std::string output = "text";
};

std::string counted(std::size_t n, std::string_view noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

void print_json(const Json& document, const std::string& output) {
  const int indent = output == "json" ? 2 : -1;
  fmt::print("{}\n", document.dump(indent, ' ', false, Json::error_handler_t::replace));
}

int check(const RulesOptions& options) {
  const LoadedRules loaded = load_rule_files(options.files, process_environment());
  const RuleSet& rules = loaded.rules;
  const bool valid = !loaded.diagnostics.has_errors();
  if (options.output == "text") {
    tell(loaded.diagnostics);
    if (valid) {
      fmt::print("{}: {}, {}, {}\n", counted(options.files.size(), "file"), counted(rules.alarms.size(), "alarm"),
                 counted(rules.metric_filters.size(), "metric filter"), counted(rules.workflows.size(), "workflow"));
    } else {
      tell_lines(counted(options.files.size(), "file") + ": " + counted(loaded.diagnostics.error_count(), "error"));
    }
  } else {
    print_json({{"valid", valid},
                {"files", options.files.size()},
                {"alarms", rules.alarms.size()},
                {"metric_filters", rules.metric_filters.size()},
                {"workflows", rules.workflows.size()},
                {"contact_points", rules.contact_points.size()},
                {"diagnostics", diagnostics_json(loaded.diagnostics)}},
               options.output);
  }
  return valid ? kExitOk : kExitInvalidConfig;
}

// What came of one file of tests.
struct TestReport {
  Json tests = Json::array();
  std::size_t passed = 0, failed = 0;
  bool invalid = false;
};

void run_tests(const RuleTestFile& file, const RuleSet& rules, const std::string& name, const RulesOptions& options,
               TestReport& report) {
  for (const RuleTest& test : file.tests) {
    const std::vector<std::string> failures = run_rule_test(test, rules);
    ++(failures.empty() ? report.passed : report.failed);
    if (options.output == "text") {
      fmt::print("{} {}\n", failures.empty() ? "PASS" : "FAIL", printable(test.name));
      for (const std::string& failure : failures) fmt::print("     {}\n", printable(failure, 4096));
    } else {
      report.tests.push_back(
          {{"file", name}, {"test", test.name}, {"passed", failures.empty()}, {"failures", failures}});
    }
  }
}

void test_file(const std::string& name, const RulesOptions& options, TestReport& report) {
  const RuleEnvironment environment = process_environment();
  const std::optional<std::string> text = environment.read_file(name);
  RuleTestFile file;
  if (text) {
    file = read_rule_tests({name, *text});
  } else {
    file.diagnostics.error({name, 0, 0}, "cannot read this file of tests");
  }
  const LoadedRules loaded = load_rule_files(file.rules, environment);
  tell(file.diagnostics);
  tell(loaded.diagnostics);
  if (file.diagnostics.has_errors() || loaded.diagnostics.has_errors()) {
    report.invalid = true;
  } else {
    run_tests(file, loaded.rules, name, options, report);
  }
}

int test(const RulesOptions& options) {
  TestReport report;
  for (const std::string& name : options.files) test_file(name, options, report);
  if (options.output == "text") {
    fmt::print("{}: {} passed, {} failed\n", counted(options.files.size(), "file"), counted(report.passed, "test"),
               report.failed);
  } else if (options.output == "ndjson") {
    for (const Json& line : report.tests) print_json(line, options.output);
  } else {
    print_json({{"passed", report.passed}, {"failed", report.failed}, {"tests", report.tests}}, options.output);
  }
  if (report.invalid) return kExitInvalidConfig;
  return report.failed == 0 ? kExitOk : kExitFailure;
}

void add_output(CLI::App& command, RulesOptions& options) {
  command.add_option("--output", options.output, "text, json or ndjson")
      ->check(CLI::IsMember({"text", "json", "ndjson"}))
      ->capture_default_str();
}

}  // namespace

void add_rules_command(CLI::App& app, int& exit_code) {
  CLI::App* rules = app.add_subcommand("rules", "checks and shows rules files");
  rules->require_subcommand(1);
  auto options = std::make_shared<RulesOptions>();

  CLI::App* check_command = rules->add_subcommand("check", "reports everything that is wrong with rules files");
  check_command->add_option("FILE", options->files, "rules files; together they are one configuration")->required();
  add_output(*check_command, *options);
  check_command->footer(
      "Examples:\n"
      "  tocsin rules check shop.yaml\n"
      "  tocsin rules check alarms.yaml contacts.yaml --output json\n"
      "Exit code 0, or 78 where there are errors.\n");
  check_command->callback([options, &exit_code] { exit_code = check(*options); });

  CLI::App* test_command = rules->add_subcommand("test", "runs rule unit tests: events in, states of alarms out");
  test_command->add_option("FILE", options->files, "files of rule tests; see docs/rules.md")->required();
  add_output(*test_command, *options);
  test_command->footer(
      "Examples:\n"
      "  tocsin rules test shop_test.yaml\n"
      "  tocsin rules test rules/*_test.yaml --output ndjson\n"
      "Exit code 0; 1 where a test failed; 78 where a file has errors.\n");
  test_command->callback([options, &exit_code] { exit_code = test(*options); });

  CLI::App* show_command = rules->add_subcommand("show", "prints the rules that are built in");
  show_command->footer(
      "Example:\n"
      "  tocsin rules show > mine.yaml        a file to begin with\n");
  show_command->callback([&exit_code] {
    const std::string_view text = default_rules_text();
    CheckedOutput out;
    out.write(text);
    out.flush();
    exit_code = kExitOk;
  });
}

}  // namespace tocsin
