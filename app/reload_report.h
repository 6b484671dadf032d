// How the last reload of a running tocsin ended, left in its data directory for `tocsin reload` to read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tocsin {

struct ReloadReport {
  std::uint64_t number = 0;  // of the reload, over all runs
  bool loaded = false;
  std::string text;  // the diagnostics
};

// Numbers it and replaces the one before. A directory that can't be written is told in the log only.
void write_reload_report(const std::string& data_dir, ReloadReport report);
std::optional<ReloadReport> read_reload_report(const std::string& data_dir);

}  // namespace tocsin
