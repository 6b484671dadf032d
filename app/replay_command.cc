#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <memory>

#include "app/commands.h"
#include "app/console.h"
#include "app/exit_code.h"
#include "app/replay_run.h"
#include "app/terminal_settings.h"
#include "engine/base/text.h"
#include "engine/delivery/contact_point_types.h"
#include "engine/event/timestamp.h"
#include "rules/rule_loader.h"

namespace tocsin {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  tocsin replay incident.ndjson                       what would have fired, at full speed\n"
    "  tocsin replay incident.ndjson.gz --speed 60         a minute of the incident each second\n"
    "  tocsin replay logs/*.log --rules alarms.yaml        your alarms over several files, merged by time\n"
    "  zcat old.gz | tocsin replay - --output ndjson       machine-readable effect log\n"
    "  tocsin replay incident.ndjson --rules r.yaml --notify   really send the webhooks\n";

// The options as written; checked texts are turned into values by options_of().
struct Arguments {
  ReplayOptions options;
  std::string speed = "max";
  std::string from, to, format, zone, fail_on;
  std::string output = "text";
  std::string colour = "auto";
  std::string wait_delivery = "60s";
  std::vector<std::string> rules;
};

[[noreturn]] void usage(const std::string& message) {
  throw CLI::ValidationError(message);
}

double speed_of(const std::string& text) {
  if (text == "max") return 0;
  const std::optional<double> speed = parse_number(text.ends_with('x') ? text.substr(0, text.size() - 1) : text);
  if (!speed || *speed <= 0) usage("--speed: '" + text + "' is neither a number above 0 nor 'max'");
  return *speed;
}

EventTime time_of(const std::string& option, const std::string& text) {
  const std::optional<EventTime> time = parse_timestamp(text, Period{});
  if (!time) usage(option + ": '" + text + "' is no time; write 2026-11-20T10:00:00Z");
  return *time;
}

Period zone_of(const std::string& text) {
  const std::optional<Period> offset = parse_zone_offset(text);
  if (!offset) usage("--zone: '" + text + "' is no offset; write +02:00");
  return *offset;
}

bool names_rules(const std::string& path) {
  return path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json") || path.ends_with(".template");
}

// "--rules a.yaml b.yaml" names two rule files, but in "replay --rules a.yaml incident.ndjson" the last is the
// incident's.
void sort_out_rules(Arguments& arguments) {
  std::vector<std::string>& paths = arguments.options.paths;
  if (!paths.empty()) return;
  std::ranges::copy_if(arguments.rules, std::back_inserter(paths), [](const auto& path) { return !names_rules(path); });
  std::erase_if(arguments.rules, [](const auto& path) { return !names_rules(path); });
  if (paths.empty()) usage("FILE is required: name an incident file, or '-' for standard input");
}

ReplayOptions options_of(const Arguments& arguments) {
  ReplayOptions options = arguments.options;
  options.speed = speed_of(arguments.speed);
  if (!arguments.from.empty()) options.from = time_of("--from", arguments.from);
  if (!arguments.to.empty()) options.to = time_of("--to", arguments.to);
  if (options.from && options.to && *options.from >= *options.to) {
    usage("--from " + arguments.from + " is not before --to " + arguments.to);
  }
  // Two readers of one stream would each get a part of it.
  if (std::ranges::count(options.paths, "-") > 1) usage("'-', standard input, can be named once only");
  if (!arguments.zone.empty()) options.zone_offset = zone_of(arguments.zone);
  if (!arguments.format.empty()) {
    options.format = parse_line_format(arguments.format);
    if (!options.format) usage("--format: there is no format '" + arguments.format + "'");
  }
  if (!arguments.fail_on.empty()) {
    options.fail_on = parse_severity(arguments.fail_on);
    if (!options.fail_on) usage("--fail-on: '" + arguments.fail_on + "' is none of info, warning, critical");
  }
  const std::optional<Period> wait = parse_period(arguments.wait_delivery);
  if (!wait) usage("--wait-delivery: '" + arguments.wait_delivery + "' is no duration; write 30s or 5m");
  options.wait_delivery = *wait;
  const std::string& report = options.report;
  if (!report.empty() && !report.ends_with(".md") && !report.ends_with(".json")) {
    usage("--report: '" + report + "' must end with .md or .json");
  }
  options.output = arguments.output == "json"     ? Output::kJson
                   : arguments.output == "ndjson" ? Output::kNdjson
                                                  : Output::kText;
  options.terminal = isatty(STDERR_FILENO) != 0 && environment("TERM") != "dumb";
  options.colour = wants_colour(arguments.colour, options.terminal ? STDERR_FILENO : STDOUT_FILENO);
  options.utf8 = locale_is_utf8();
  return options;
}

int run(const Arguments& arguments) {
  const ReplayOptions options = options_of(arguments);
  const LoadedRules loaded = load_rule_files(arguments.rules, process_environment());
  tell(loaded.diagnostics);
  if (loaded.diagnostics.has_errors()) return kExitInvalidConfig;
  if (options.notify) {
    for (const ContactPoint& contact : loaded.rules.contact_points) {
      if (is_shown_only(contact)) {
        tell(fmt::format("contact point '{}' has no url: what it should get is shown, but goes nowhere", contact.name));
      }
    }
  }
  return run_replay(options, loaded.rules);
}

void add_options(CLI::App& command, Arguments& arguments) {
  ReplayOptions& options = arguments.options;
  command.add_option("FILE", options.paths, "incident files: plain, .gz or .zst; '-' is standard input");
  command.add_option("--speed", arguments.speed, "event time per wall time: a number, or 'max'")->capture_default_str();
  command.add_option("--rules", arguments.rules, "rule files (.yaml, .yml, .json), laid over the built-in rules");
  command.add_option("--from", arguments.from, "leave out events before this time");
  command.add_option("--to", arguments.to, "leave out events from this time on");
  command.add_flag("--notify", options.notify, "really send webhooks and run HTTP tasks; else they are only shown");
  command.add_option("--wait-delivery", arguments.wait_delivery, "how long to wait for deliveries at the end")
      ->capture_default_str();
  command.add_option("--mocks", options.mocks, "JSON file with answers for tasks that reach outside");
  command.add_option("--data-dir", options.data_dir, "keep events, history, findings and dead letters here");
  command.add_option("--output", arguments.output, "what to print on stdout")
      ->check(CLI::IsMember({"text", "json", "ndjson"}))
      ->capture_default_str();
  command.add_option("--report", options.report, "write the incident report to this file (.md or .json)");
  command.add_option("--fail-on", arguments.fail_on,
                     "exit 3 if anything this severe was found: info, warning, critical");
  command.add_option("--max-bad-lines", options.max_bad_lines, "exit 4 if more lines than this could not be parsed")
      ->check(CLI::NonNegativeNumber);
  command.add_option("--format", arguments.format,
                     "ndjson, syslog3164, syslog5424, combined, logfmt or plain instead of detecting it");
  command.add_option("--zone", arguments.zone, "offset of time stamps that name no zone, as +02:00 (default: UTC)");
  command.add_option("--color", arguments.colour, "colours")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  command.add_option("--threads", options.threads, "parse threads (default: by the machine)")->check(CLI::Range(1, 64));
}

}  // namespace

void add_replay_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("replay", "Replay incident files: which alarms fire, and why");
  command->footer(kExamples);
  auto arguments = std::make_shared<Arguments>();
  add_options(*command, *arguments);
  command->callback([arguments, &exit_code] {
    sort_out_rules(*arguments);
    exit_code = run(*arguments);
  });
}

}  // namespace tocsin
