// The line formats tocsin knows, and how a file's format is told from its first lines.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tocsin {

enum class LineFormat {
  kNdjson,
  kSyslog3164,  // <34>Oct 11 22:14:15 host app[pid]: message; the <PRI> may be missing
  kSyslog5424,
  kCombined,  // nginx and Apache access logs, combined or common
  kLogfmt,
  kPlain,  // timestamp, then a service and a level in either order or neither, then the message
};

std::string_view to_text(LineFormat format);  // "ndjson"
std::optional<LineFormat> parse_line_format(std::string_view text);

// The format that most lines of `sample` fit (the beginning of a file, whole lines where possible); NDJSON wins ties,
// then the order above. kPlain where nothing fits.
LineFormat detect_line_format(std::string_view sample);

}  // namespace tocsin
