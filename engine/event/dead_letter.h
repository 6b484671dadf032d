// A line that could not become an event. It is kept with its reason and place, counted and listed; lines = events +
// dead letters, always.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/event/log_event.h"

namespace tocsin {

enum class DeadReason : std::uint8_t {
  kEmpty,       // nothing but blanks
  kBrokenJson,  // the file is NDJSON and the line is no JSON object
  kTooDeep,     // nested deeper than 1,024
  kInvalidUtf8,
  kNulByte,
  kTooLong,  // cut at max_line, and what is left can't be parsed
  kNoTimestamp,
  kBadTimestamp,  // there is one, but it can't be read or lies outside 1970 to 2200
  kUnparsed,      // the line does not fit the file's text format
  kFuture,        // more than an hour ahead of its file, and no later line confirmed it
};

std::string_view to_text(DeadReason reason);  // "broken_json"

struct DeadLetter {
  DeadReason reason = DeadReason::kEmpty;
  LineOrigin origin;
  std::string_view raw;  // the line, cut at max_line; lives as long as its batch
};

}  // namespace tocsin
