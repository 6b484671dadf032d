#include "app/live_arguments.h"

#include <unistd.h>

#include <CLI/CLI.hpp>

#include "app/console.h"
#include "app/exit_code.h"
#include "app/terminal_settings.h"
#include "replay/source_registry.h"

namespace tocsin {
namespace {

void set_period(const std::string& option, const std::string& text, Period& value) {
  if (text.empty()) return;
  const std::optional<Period> period = parse_period(text);
  if (!period) throw CLI::ValidationError(option + ": '" + text + "' is no duration; write 30s or 5m");
  value = *period;
}

void lay_over(const LiveArguments& arguments, RuleSet& rules) {
  DaemonSettings& daemon = rules.daemon;
  for (const auto& [text, value] : {std::pair{&arguments.data_dir, &daemon.data_dir},
                                    {&arguments.metrics_listen, &daemon.metrics_listen},
                                    {&arguments.log_level, &daemon.log_level},
                                    {&arguments.log_format, &daemon.log_format}}) {
    if (!text->empty()) *value = *text;
  }
  set_period("--idle-timeout", arguments.idle_timeout, daemon.idle_timeout);
  set_period("--shutdown-timeout", arguments.shutdown_timeout, daemon.shutdown_timeout);
  if (!arguments.sources.empty()) rules.sources = arguments.sources;
}

// What no rules file can be blamed for.
std::string problem_of(const RuleSet& rules) {
  if (rules.sources.empty()) return "no sources are configured; give the rules a section 'sources:'";
  if (rules.daemon.data_dir.empty()) return "name a directory for the state: --data-dir DIR";
  for (const SourceDefinition& source : rules.sources) {
    std::string problem = source_problem(source);
    if (!problem.empty()) return "source '" + source.name + "': " + problem;
  }
  return {};
}

}  // namespace

void add_live_options(CLI::App& command, LiveArguments& arguments) {
  command.add_option("--data-dir", arguments.data_dir, "where the state, events, findings and deliveries are kept");
  command.add_option("--output", arguments.output, "what to print on stdout")
      ->check(CLI::IsMember({"text", "ndjson", "none"}))
      ->capture_default_str();
  command.add_flag("--dry-run", arguments.dry_run, "send nothing and run no HTTP tasks: only keep what would be sent");
  command.add_option("--metrics-listen", arguments.metrics_listen,
                     "serve /metrics, /healthz and /readyz on this address, such as 127.0.0.1:9464");
  command.add_option("--idle-timeout", arguments.idle_timeout,
                     "without a line for so long event time goes on by the clock (default 30s)");
  command.add_option("--shutdown-timeout", arguments.shutdown_timeout,
                     "how long deliveries under way may take at the end (default 30s)");
  command.add_option("--log-level", arguments.log_level, "of tocsin's own log on stderr")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
  command.add_option("--log-format", arguments.log_format, "of tocsin's own log")
      ->check(CLI::IsMember({"text", "json"}));
  command.add_option("--color", arguments.colour, "colours")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  command.add_option("--threads", arguments.threads, "parse threads (default: by the machine)")
      ->check(CLI::Range(1, 64));
}

int run_live_command(const LiveArguments& arguments) {
  LiveOptions options;
  options.load = [&arguments] {
    LoadedRules loaded = load_rule_files(arguments.rules, process_environment());
    lay_over(arguments, loaded.rules);
    return loaded;
  };
  options.output = arguments.output == "ndjson" ? LiveOutput::kNdjson
                   : arguments.output == "none" ? LiveOutput::kNone
                                                : LiveOutput::kText;
  options.dry_run = arguments.dry_run;
  options.colour = wants_colour(arguments.colour, STDOUT_FILENO);
  options.utf8 = locale_is_utf8();
  options.threads = arguments.threads;
  LoadedRules loaded = options.load();
  tell(loaded.diagnostics);
  if (loaded.diagnostics.has_errors()) return kExitInvalidConfig;
  const std::string problem = problem_of(loaded.rules);
  if (!problem.empty()) {
    tell(problem);
    return kExitUsage;
  }
  return run_live(options, std::move(loaded));
}

}  // namespace tocsin
