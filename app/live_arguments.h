// What `tocsin tail` and `tocsin run` have in common on the command line.
#pragma once

#include <string>
#include <vector>

#include "app/live_run.h"

namespace CLI {
class App;
}

namespace tocsin {

struct LiveArguments {
  std::vector<std::string> rules;
  std::string data_dir, metrics_listen, idle_timeout, shutdown_timeout, log_level, log_format;  // empty: as configured
  std::string output;
  std::string colour = "auto";
  bool dry_run = false;
  unsigned threads = 0;
  std::vector<SourceDefinition> sources;  // instead of the configured ones, unless empty
};

// Adds all options but the one that names the rules.
void add_live_options(CLI::App& command, LiveArguments& arguments);
// The exit code. Throws CLI::ValidationError where an option's text can't be read.
int run_live_command(const LiveArguments& arguments);

}  // namespace tocsin
