#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "app/commands.h"
#include "app/live_arguments.h"
#include "engine/event/timestamp.h"

namespace tocsin {
namespace {

constexpr const char* kTailExamples =
    "Examples:\n"
    "  tocsin tail '/var/log/shop/*.log' --data-dir /var/lib/tocsin    with the built-in rules\n"
    "  tocsin tail '/srv/**/*.log' --rules alarms.yaml --data-dir D --from end\n"
    "  kubectl logs -f shop | tocsin tail - --data-dir D --output ndjson\n"
    "\n"
    "Quote patterns, so that files which appear later are found too: '*', '?', '[a-z]', '{a,b}', and '**' for any "
    "depth.\n"
    "A second start with the same data directory goes on where the first one stopped, even after kill -9.\n";

constexpr const char* kRunExamples =
    "Examples:\n"
    "  tocsin run --config /etc/tocsin/tocsin.yaml\n"
    "  tocsin run --config tocsin.yaml --dry-run --output text     what would be sent, without sending it\n"
    "  tocsin reload --data-dir /var/lib/tocsin                    load the changed configuration\n";

struct TailArguments {
  LiveArguments live;
  SourceDefinition source;
  std::string from = "beginning", format, zone;
};

[[noreturn]] void usage(const std::string& message) {
  throw CLI::ValidationError(message);
}

std::vector<SourceDefinition> sources_of(const TailArguments& arguments) {
  std::vector<SourceDefinition> sources;
  SourceDefinition source = arguments.source;
  source.name = "tail";
  if (arguments.from == "end") {
    source.from = SourceDefinition::From::kEnd;
  } else if (arguments.from != "beginning") {
    const std::optional<EventTime> time = parse_timestamp(arguments.from, Period{});
    if (!time) usage("--from: '" + arguments.from + "' is none of beginning, end, or a time as 2026-11-20T10:00:00Z");
    source.from = SourceDefinition::From::kTime;
    source.from_time = *time;
  }
  if (!arguments.format.empty() && arguments.format != "auto") {
    source.format = parse_line_format(arguments.format);
    if (!source.format) usage("--format: there is no format '" + arguments.format + "'");
  }
  if (!arguments.zone.empty()) {
    const std::optional<Period> zone = parse_zone_offset(arguments.zone);
    if (!zone) usage("--zone: '" + arguments.zone + "' is no offset; write +02:00");
    source.zone_offset = *zone;
  }
  if (std::erase(source.paths, "-") > 0) {
    SourceDefinition stream = source;
    stream.type = SourceType::kStdin;
    stream.name = "stdin";
    stream.paths.clear();
    stream.exclude.clear();
    sources.push_back(std::move(stream));
  }
  if (!source.paths.empty()) sources.push_back(std::move(source));
  return sources;
}

}  // namespace

void add_tail_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("tail", "Follow log files: alarms, findings and webhooks as lines come");
  command->footer(kTailExamples);
  auto arguments = std::make_shared<TailArguments>();
  arguments->live.output = "text";
  SourceDefinition& source = arguments->source;
  command->add_option("PATTERN", source.paths, "files to follow; '-' is standard input")->required();
  command->add_option("--rules", arguments->live.rules, "rule files, laid over the built-in rules")
      ->type_size(1)
      ->allow_extra_args(false);
  command->add_option("--exclude", source.exclude, "patterns of files to leave out")
      ->type_size(1)
      ->allow_extra_args(false);
  command->add_option("--from", arguments->from, "where files without a checkpoint begin: beginning, end, or a time")
      ->capture_default_str();
  command->add_option("--service", source.service, "of lines that name none (default: by the file's name)");
  command->add_option("--format", arguments->format,
                      "ndjson, syslog3164, syslog5424, combined, logfmt or plain instead of detecting it");
  command->add_option("--zone", arguments->zone, "offset of time stamps that name no zone, as +02:00 (default: UTC)");
  command->add_option("--max-line", source.max_line, "bytes of a line that are kept")
      ->check(CLI::Range(1024, 64 << 20))
      ->capture_default_str();
  add_live_options(*command, arguments->live);
  command->callback([arguments, &exit_code] {
    arguments->live.sources = sources_of(*arguments);
    exit_code = run_live_command(arguments->live);
  });
}

void add_run_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("run", "The daemon: follow all configured sources");
  command->footer(kRunExamples);
  auto arguments = std::make_shared<LiveArguments>();
  arguments->output = "none";
  command->add_option("--config,--rules", arguments->rules, "rule files with a section 'sources:'")->required();
  add_live_options(*command, *arguments);
  command->callback([arguments, &exit_code] { exit_code = run_live_command(*arguments); });
}

}  // namespace tocsin
