// What a live run prints on stdout: each effect, once it has been committed.
#pragma once

#include <string>
#include <vector>

#include "app/checked_output.h"
#include "app/live_run.h"
#include "app/text_layout.h"
#include "engine/pipeline/effect.h"

namespace tocsin {

class LiveView {
 public:
  explicit LiveView(const LiveOptions& options)
      : output_(options.output), style_{.colour = options.colour, .utf8 = options.utf8} {}

  // `line` is the effect's line in the effect log.
  void add(const Effect& effect, const std::string& line);
  void add_dead_letter(const std::string& line);
  // Prints what was added. Throws std::runtime_error where stdout can't be written.
  void flush();

 private:
  LiveOutput output_;
  TextStyle style_;
  CheckedOutput out_;
  std::vector<std::string> lines_;
};

}  // namespace tocsin
