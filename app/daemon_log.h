// The daemon's own log on stderr, as text or as a JSON object a line. Any thread. What is logged never holds a secret:
// urls are given without what stands between their scheme and host, and without their query.
#pragma once

#include <string>
#include <string_view>

#include "engine/event/log_event.h"

namespace tocsin {

// `level` and `format` as in DaemonSettings. To be called before the first message; again to change them.
void open_daemon_log(const std::string& level, const std::string& format);

void log_message(Level level, std::string_view message);

inline void log_info(std::string_view message) {
  log_message(Level::kInfo, message);
}
inline void log_warning(std::string_view message) {
  log_message(Level::kWarn, message);
}
inline void log_error(std::string_view message) {
  log_message(Level::kError, message);
}

}  // namespace tocsin
