// RFC 3339 timestamps as the language wants them: a date, 'T', a time, and an offset. Kept to the nanosecond, since two
// of them may differ by less than EventTime can say.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/base/time.h"

namespace tocsin {

struct Instant {
  EventTime time;          // rounded down
  std::int32_t nanos = 0;  // after `time`, below a million
  auto operator<=>(const Instant&) const = default;
};

std::optional<Instant> parse_timestamp(std::string_view text);

}  // namespace tocsin
