// What `tocsin doctor` asks a database: everything is looked at, nothing is changed, and no damage stops the looking.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "store/sqlite_outbox.h"
#include "store/state_store.h"

namespace tocsin {

struct DatabaseInspection {
  std::string problem;                 // why it can't be looked at, or not further
  std::vector<std::string> integrity;  // what SQLite's own check found; empty: nothing
  std::int64_t schema_version = 0;     // newest_schema_version() is this build's
  std::uint64_t bytes = 0, free_bytes = 0;
  std::vector<GenerationReport> states;
  std::map<std::string, DeliveryTotals> deliveries;
  std::map<std::string, std::string> closed;
  std::uint64_t events = 0, results = 0, dead_letters = 0;
};

DatabaseInspection inspect_database(const std::string& data_dir);

}  // namespace tocsin
