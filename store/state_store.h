// What a run needs to go on after it was stopped or killed: the engine's state and how far each source was read. Both
// are written in the same transaction as what they caused (the caller's Transaction). Two generations are kept, each
// with a checksum: where the newer one can't be trusted the older one is used, and what was stored after it is taken
// back or recognized by its id when it happens again.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "store/database.h"

namespace tocsin {

struct CheckpointRow {
  std::string source, key;
  std::string value;  // the caller's own bytes; empty: forget the row
};

class StateStore {
 public:
  explicit StateStore(Database& database);
  ~StateStore();

  struct Saved {
    std::string engine;  // as given to put(); empty: a new data directory
    std::vector<CheckpointRow> checkpoints;
    std::string problem;  // why an older state, or none, is given; for the log
  };
  // Also takes the categorized events back that were stored after the state that is given.
  Saved load();

  // Inside the caller's transaction, after the events of the batch were flushed. `changed` are the checkpoints that
  // changed since the last call.
  void put(const std::string& engine, const std::vector<CheckpointRow>& changed);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tocsin
