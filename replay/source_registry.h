// Every kind of live source: a row each.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/pipeline/source_definition.h"
#include "replay/live_source.h"

namespace tocsin {

struct LiveSourceOptions {
  std::vector<StreamCheckpoint> checkpoints;  // of this source, committed
  std::size_t batch_bytes = 256 << 10;
  std::size_t max_open_files = 256;  // descriptors at a time
  Period poll = Period{1000};        // how often is looked where the system gives no notice
  Period quiet = Period{5000};       // a file that was rotated away and not written to for so long is finished
};

// Throws SourceError where the source can never work here: an address that can't be listened on, a build without
// journald.
std::unique_ptr<LiveSource> make_live_source(const SourceDefinition& definition, LiveSourceOptions options);

// What it has not committed can be read again after a restart. Of the others what was received must not be thrown away.
bool can_read_again(SourceType type);

// Why this build or machine can't run it; empty: it can.
std::string source_problem(const SourceDefinition& definition);

}  // namespace tocsin
