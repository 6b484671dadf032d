// `tocsin tail` and `tocsin run`: follows the sources until it is told to stop. Wires live sources, engine, ledger,
// tasks and deliveries together; the thread that calls run_live() owns the engine and the ledger.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "rules/rule_loader.h"

namespace tocsin {

enum class LiveOutput { kNone, kText, kNdjson };

struct LiveOptions {
  // Loads and checks the whole configuration, with what the command line says laid over it. Called again by a reload.
  std::function<LoadedRules()> load;
  LiveOutput output = LiveOutput::kText;
  bool dry_run = false;  // nothing reaches outside
  bool colour = false;
  bool utf8 = true;
  unsigned threads = 0;  // parse threads; 0: by the machine
};

// The exit code. Errors of the world are told in the log.
int run_live(const LiveOptions& options, LoadedRules loaded);

}  // namespace tocsin
