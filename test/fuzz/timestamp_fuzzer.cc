// Any bytes as a time stamp: what is read lies in the years it may, and its ISO form reads back as the same time.
#include <cstddef>
#include <cstdint>

#include "engine/base/ensure.h"
#include "engine/event/level_token.h"
#include "engine/event/timestamp.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tocsin;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Period zone = Period::minutes(size > 0 ? (data[0] % 48 - 24) * 30 : 0);
  for (const auto scan : {scan_rfc3339, scan_rfc3164, scan_common_log, scan_asctime}) {
    const ScannedStamp stamp = scan(text, zone);
    ENSURE(stamp.length <= text.size());
    ENSURE(stamp.length > 0 || !stamp.time);
  }
  ENSURE(scan_epoch(text).length <= text.size());
  const std::optional<EventTime> time = parse_timestamp(text, zone);
  if (time) {
    ENSURE(time->ms >= 0 && to_civil(*time).year < 2200);
    ENSURE(parse_timestamp(to_iso8601(*time), zone) == time);
  }
  read_level_token(text);
  return 0;
}
