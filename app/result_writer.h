// Keeps what a replay concluded in its data directory, as the lines of the effect log, for later questions.
#pragma once

#include <optional>
#include <string>

#include "app/replay_view.h"
#include "store/database.h"
#include "store/result_store.h"

namespace tocsin {

class ResultWriter {
 public:
  explicit ResultWriter(Database& database, bool live = false) : store_(database, live) {}

  // No run has written here.
  bool is_empty();
  void put(const Effect& effect, const std::string& line);
  // `id` names the line among all that were ever read.
  void put(const ShownDeadLetter& letter, std::optional<EventTime> now, const std::string& line, const std::string& id);
  void flush() { store_.flush(); }
  std::size_t buffered_bytes() const { return store_.buffered_bytes(); }
  void finish(const std::string& summary_line, const ReplaySummary& summary);

 private:
  ResultStore store_;
};

}  // namespace tocsin
