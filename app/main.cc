#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>

#include "app/commands.h"
#include "app/exit_code.h"

namespace {

constexpr const char* kFooter =
    "Start here:\n"
    "  tocsin replay incident.ndjson        no configuration needed\n"
    "  tocsin COMMAND --help                options and examples\n";

using AddCommand = void (*)(CLI::App&, int&);
constexpr AddCommand kCommands[] = {
    tocsin::add_replay_command, tocsin::add_rules_command,    tocsin::add_pattern_command,
    tocsin::add_alarm_command,  tocsin::add_workflow_command, tocsin::add_results_commands,
};

}  // namespace

int main(int argc, char** argv) {
  // A reader that goes away is told by write(), not by a signal.
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app("tocsin detects incidents in logs: test alarms on recorded incidents before you deploy them.", "tocsin");
  app.set_version_flag("--version", "tocsin " TOCSIN_VERSION);
  app.require_subcommand(1);
  app.footer(kFooter);
  int exit_code = tocsin::kExitOk;
  for (const AddCommand add : kCommands) add(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    fmt::print(stderr, "tocsin: {}\nRun with --help for the options and examples.\n", error.what());
    return tocsin::kExitUsage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "tocsin: {}\n", error.what());
    return tocsin::kExitFailure;
  }
  return exit_code;
}
