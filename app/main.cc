#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <string>

#include "app/commands.h"
#include "app/console.h"
#include "app/exit_code.h"

namespace {

constexpr const char* kFooter =
    "Start here:\n"
    "  tocsin replay incident.ndjson        no configuration needed\n"
    "  tocsin COMMAND --help                options and examples\n";

using AddCommand = void (*)(CLI::App&, int&);
constexpr AddCommand kCommands[] = {
    tocsin::add_replay_command,     tocsin::add_tail_command,         tocsin::add_run_command,
    tocsin::add_reload_command,     tocsin::add_rules_command,        tocsin::add_pattern_command,
    tocsin::add_alarm_command,      tocsin::add_workflow_command,     tocsin::add_results_commands,
    tocsin::add_deliveries_command, tocsin::add_dead_letters_command, tocsin::add_doctor_command,
    tocsin::add_silence_command,    tocsin::add_webhook_command,
};

// For an unknown command CLI11 only says that one is required.
std::string message_of(const CLI::ParseError& error, const CLI::App& app, const char* first) {
  const bool missing = error.get_name() == "RequiredError" && app.get_subcommands().empty();
  if (!missing || first == nullptr || *first == '-') return error.what();
  return "there is no command '" + std::string(first) + "'";
}

int run(int argc, char** argv) {
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
    tocsin::tell(message_of(error, app, argc > 1 ? argv[1] : nullptr));
    tocsin::tell_lines("Run with --help for the options and examples.");
    return tocsin::kExitUsage;
  } catch (const std::exception& error) {
    tocsin::tell(error.what());
    return tocsin::kExitFailure;
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  tocsin::open_standard_streams();
  // A reader that goes away is told by write(), not by a signal.
  std::signal(SIGPIPE, SIG_IGN);
  const int exit_code = run(argc, argv);
  if (tocsin::flush_standard_output() || exit_code != tocsin::kExitOk) return exit_code;
  tocsin::tell("cannot write to standard output");
  return tocsin::kExitFailure;
}
