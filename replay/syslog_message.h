// The messages in what syslog senders send: how a TCP connection is cut into them (RFC 6587), and how each becomes one
// line of a log. No sockets here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.h"
#include "engine/event/line_format.h"

namespace tocsin {

// Cuts a connection's bytes. Each message tells its framing by itself: "34 <13>..." is counted octets, everything else
// ends at LF or NUL. Keeps the beginning of a message, at most max_message bytes; what is longer is cut. One thread.
class SyslogFramer {
 public:
  explicit SyslogFramer(std::size_t max_message) : max_message_(max_message) {}

  struct Message {
    std::string text;
    bool cut = false;
  };
  std::vector<Message> feed(std::string_view bytes);
  // The connection has ended: what stands behind the last end of a message, where there is something.
  std::vector<Message> finish();
  // A message has begun and not ended.
  bool is_within() const { return !held_.empty() || counted_ > 0 || skip_line_; }

 private:
  enum class Framing { kUnknown, kCounted, kLine };
  Framing read_count(std::string_view text, std::size_t& digits, std::uint64_t& count) const;

  std::size_t max_message_;
  std::string held_;           // of the message that has not ended
  std::uint64_t counted_ = 0;  // octets of it that are still to come
  bool is_counted_ = false;
  bool is_cut_ = false;
  bool skip_line_ = false;  // the message was given, cut; its end has not come
};

// The three that parsers tell apart; a sender, and even more a socket, may mix them.
enum class SyslogDialect { kRfc5424, kRfc3164, kJson };
SyslogDialect dialect_of(std::string_view message);
LineFormat format_of(SyslogDialect dialect);

// One line without its end: newlines and NUL bytes within become #012, #015 and #000, those at the end go; a 3164
// message that lacks its time stamp gets the time and the sender's address, as a relay would write them.
std::string syslog_line(std::string_view message, SyslogDialect dialect, EventTime received, std::string_view sender);

}  // namespace tocsin
