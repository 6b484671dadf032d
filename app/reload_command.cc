#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <memory>
#include <thread>

#include "app/commands.h"
#include "app/console.h"
#include "app/exit_code.h"
#include "app/reload_report.h"
#include "store/owner_lock.h"

namespace tocsin {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  tocsin reload --data-dir /var/lib/tocsin\n"
    "\n"
    "Tells the running tocsin to load its configuration again, waits for it, and prints what it says. A configuration\n"
    "with errors changes nothing (exit code 78). The same as SIGHUP, which waits for nothing.\n";

int reload(const std::string& data_dir, double timeout_s) {
  const int owner = OwnerLock::owner_of(data_dir);
  if (owner == 0) {
    tell("no tocsin runs with the data directory " + data_dir);
    return kExitFailure;
  }
  const std::optional<ReloadReport> before = read_reload_report(data_dir);
  if (kill(owner, SIGHUP) != 0) {
    tell("process " + std::to_string(owner) + " can't be told: " + std::generic_category().message(errno));
    return kExitFailure;
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(timeout_s);
  while (std::chrono::steady_clock::now() < end) {
    const std::optional<ReloadReport> report = read_reload_report(data_dir);
    if (report && (!before || report->number > before->number)) {
      tell_lines(report->text);
      if (report->loaded) return kExitOk;
      tell("the configuration has errors; nothing is changed");
      return kExitInvalidConfig;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  tell("process " + std::to_string(owner) + " has not answered yet; see its log");
  return kExitFailure;
}

}  // namespace

void add_reload_command(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("reload", "Tell the running tocsin to load its configuration again");
  command->footer(kExamples);
  struct Arguments {
    std::string data_dir;
    double timeout_s = 30;
  };
  auto arguments = std::make_shared<Arguments>();
  command->add_option("--data-dir", arguments->data_dir, "of the running tocsin")->required();
  command->add_option("--timeout", arguments->timeout_s, "seconds to wait for its answer")->capture_default_str();
  command->callback([arguments, &exit_code] { exit_code = reload(arguments->data_dir, arguments->timeout_s); });
}

}  // namespace tocsin
