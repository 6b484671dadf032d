// The context object that "$$" paths read: the execution, its machine, the state it is in, the task's token.
#pragma once

#include <optional>
#include <string>

#include "engine/base/time.h"
#include "engine/workflow/json.h"

namespace tocsin {

class ContextObject {
 public:
  struct Execution {
    std::string id;
    std::string machine;
    JsonRef input;
    EventTime start;
    JsonRef given;  // laid over the rest; may be null
  };
  struct State {
    std::string name;
    EventTime entered;
    std::optional<std::int64_t> retry_count;  // of a state that can be retried
    std::string token;                        // of a task that waits for it
  };

  explicit ContextObject(const Execution& execution);

  JsonRef in_state(const State& state) const;
  // The region in the execution's ARN, "" where it has none.
  std::string region() const;

 private:
  JsonRef base_;
};

}  // namespace tocsin
