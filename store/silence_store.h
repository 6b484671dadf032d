// The silences of a data directory: written by `tocsin silence`, read by the running engine, which notices a change.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/delivery/silence.h"
#include "store/database.h"

namespace tocsin {

class SilenceStore {
 public:
  explicit SilenceStore(Database& database);
  ~SilenceStore();
  void add(const Silence& silence);
  std::vector<Silence> all();                         // by (from, id)
  bool expire(const std::string& id, EventTime now);  // ends it now; false: unknown or over
  // Changes whenever another connection has written into the database: cheap to ask often.
  std::int64_t data_version();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tocsin
