// An entry of the systemd journal as one line of NDJSON. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tocsin {

struct JournalEntry {
  std::uint64_t received_us = 0;  // since 1970
  std::string_view sent_us;       // _SOURCE_REALTIME_TIMESTAMP, decimal; may be empty, as all that follow
  std::string_view priority;      // PRIORITY: 0 to 7
  std::string_view unit;          // _SYSTEMD_UNIT
  std::string_view identifier;    // SYSLOG_IDENTIFIER
  std::string_view command;       // _COMM
  std::string_view host;          // _HOSTNAME
  std::string_view pid;           // _PID
  std::string_view message;       // MESSAGE: any bytes
};

// With its newline.
std::string journal_line(const JournalEntry& entry);

}  // namespace tocsin
