// What a run needs to go on after it was stopped or killed: the engine's state and how far each source was read. Both
// are written in the same transaction as what they caused (the caller's Transaction). Two generations are kept, each
// with a checksum: where the newer one can't be trusted the older one is used, and what was stored after it is taken
// back or recognized by its id when it happens again.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "store/database.h"

namespace tocsin {

struct CheckpointRow {
  std::string source, key;
  std::string value;  // the caller's own bytes; empty: forget the row
};

// What is known of one generation without using it; for `tocsin doctor`.
struct GenerationReport {
  int generation = 0;  // 0: the newer one
  std::uint64_t engine_bytes = 0, checkpoints = 0;
  std::string problem;  // empty: it can be trusted
};

class StateStore {
 public:
  struct Options {
    Period refresh = Period::minutes(1);  // how old the older generation may become
  };
  explicit StateStore(Database& database) : StateStore(database, Options{}) {}
  StateStore(Database& database, Options options);
  ~StateStore();

  struct Saved {
    std::string engine;  // as given to put(); empty: a new data directory
    std::vector<CheckpointRow> checkpoints;
    std::string problem;  // why an older state, or none, is given; for the log
  };
  // Also takes the categorized events back that were stored after the state that is given. Call it before the event
  // store is made, which counts them. Where no generation is whole the engine, or single checkpoints, are left out:
  // damage never throws.
  Saved load();

  // The generations that are there, newest first. Reads all of it.
  std::vector<GenerationReport> inspect();

  // Inside the caller's transaction, after the events of the batch were flushed. `changed` are the checkpoints that
  // changed since the last call.
  void put(const std::string& engine, const std::vector<CheckpointRow>& changed);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tocsin
