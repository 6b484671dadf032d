// Retry and Catch: which errors an entry answers for, and how long a retry waits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.h"
#include "engine/workflow/nullable_path.h"

namespace tocsin {

struct Retrier {
  std::vector<std::string> errors;
  Period interval = Period::seconds(1);
  double backoff_rate = 2;
  std::int64_t max_attempts = 3;  // retries, beyond the first attempt
  std::optional<Period> max_delay;

  // The wait before retry number `retries_done + 1`. JitterStrategy FULL draws a delay between nothing and this on AWS;
  // here it is always the full delay, because equal runs must have equal histories.
  Period delay(std::int64_t retries_done) const;
};

struct Catcher {
  std::vector<std::string> errors;
  std::string next;
  NullablePath result_path;
};

// States.ALL stands for every error, States.TaskFailed for every one but States.Timeout.
bool matches_error(const std::vector<std::string>& errors, std::string_view error);

}  // namespace tocsin
