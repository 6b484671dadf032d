#include "engine/event/dead_letter.h"

namespace tocsin {

std::string_view to_text(DeadReason reason) {
  switch (reason) {
    case DeadReason::kEmpty:
      return "empty";
    case DeadReason::kBrokenJson:
      return "broken_json";
    case DeadReason::kTooDeep:
      return "too_deep";
    case DeadReason::kInvalidUtf8:
      return "invalid_utf8";
    case DeadReason::kNulByte:
      return "nul_byte";
    case DeadReason::kTooLong:
      return "too_long";
    case DeadReason::kNoTimestamp:
      return "no_timestamp";
    case DeadReason::kBadTimestamp:
      return "bad_timestamp";
    case DeadReason::kUnparsed:
      return "unparsed";
    case DeadReason::kFuture:
      return "future";
  }
  return "";
}

}  // namespace tocsin
