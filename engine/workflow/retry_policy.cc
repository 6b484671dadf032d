#include "engine/workflow/retry_policy.h"

#include <algorithm>
#include <cmath>

#include "engine/workflow/state_failure.h"

namespace tocsin {

Period Retrier::delay(std::int64_t retries_done) const {
  // No execution lasts longer than a year on AWS; a bound keeps the power from leaving the integers.
  constexpr double kLongest = 366.0 * 86'400'000;
  const double ms = static_cast<double>(interval.ms) * std::pow(backoff_rate, static_cast<double>(retries_done));
  const Period wanted{static_cast<std::int64_t>(std::llround(std::min(ms, kLongest)))};
  return max_delay ? std::min(wanted, *max_delay) : wanted;
}

bool matches_error(const std::vector<std::string>& errors, std::string_view error) {
  return std::any_of(errors.begin(), errors.end(), [&](const std::string& name) {
    return name == error || name == kErrorAll || (name == kErrorTaskFailed && error != kErrorTimeout);
  });
}

}  // namespace tocsin
