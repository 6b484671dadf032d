#include "replay/syslog_message.h"

#include <algorithm>

#include "engine/event/timestamp.h"

namespace tocsin {
namespace {

constexpr std::size_t kMostDigits = 9;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The size of "<13>" at the beginning; 0 where there is none.
std::size_t priority_size(std::string_view text) {
  if (!text.starts_with('<')) return 0;
  std::size_t at = 1;
  while (at < text.size() && at < 4 && is_digit(text[at])) ++at;
  return at > 1 && at < text.size() && text[at] == '>' ? at + 1 : 0;
}

}  // namespace

// "34 <": counted, where a message or a JSON object follows; "2024-01-01 ..." is a line that begins with a number.
SyslogFramer::Framing SyslogFramer::read_count(std::string_view text, std::size_t& digits, std::uint64_t& count) const {
  digits = 0;
  count = 0;
  while (digits < text.size() && digits <= kMostDigits && is_digit(text[digits])) {
    count = count * 10 + static_cast<std::uint64_t>(text[digits++] - '0');
  }
  if (digits == 0 || digits > kMostDigits || text.front() == '0') return Framing::kLine;
  if (digits == text.size()) return Framing::kUnknown;
  if (text[digits] != ' ') return Framing::kLine;
  if (digits + 1 == text.size()) return Framing::kUnknown;
  return text[digits + 1] == '<' || text[digits + 1] == '{' ? Framing::kCounted : Framing::kLine;
}

std::vector<SyslogFramer::Message> SyslogFramer::feed(std::string_view bytes) {
  std::vector<Message> messages;
  const auto end_message = [&] {
    if (!held_.empty()) messages.push_back({std::move(held_), is_cut_});
    held_.clear();
    is_counted_ = is_cut_ = false;
  };
  const auto keep = [&](std::string_view text) {
    const std::size_t room = max_message_ - std::min(held_.size(), max_message_);
    is_cut_ = is_cut_ || text.size() > room;
    held_ += text.substr(0, room);
  };
  std::string joined;
  while (!bytes.empty()) {
    if (is_counted_) {
      const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(counted_, bytes.size()));
      keep(bytes.substr(0, size));
      bytes.remove_prefix(size);
      counted_ -= size;
      if (counted_ == 0) end_message();
      continue;
    }
    const std::size_t end = std::min(bytes.find_first_of(std::string_view("\n\0", 2)), bytes.size());
    if (skip_line_) {
      skip_line_ = end == bytes.size();
      bytes.remove_prefix(std::min(end + 1, bytes.size()));
      continue;
    }
    if (held_.size() <= kMostDigits + 1) {
      // The beginning of a message, perhaps with the first of its digits held.
      joined = held_;
      joined += bytes.substr(0, kMostDigits + 2);
      std::size_t digits = 0;
      const Framing framing = read_count(joined, digits, counted_);
      if (framing == Framing::kCounted) {
        bytes.remove_prefix(digits + 1 - held_.size());
        held_.clear();
        is_counted_ = true;
        continue;
      }
      counted_ = 0;
    }
    keep(bytes.substr(0, end));
    const bool has_ended = end < bytes.size();
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    if (has_ended || is_cut_) {
      skip_line_ = !has_ended;
      end_message();
    }
  }
  return messages;
}

std::vector<SyslogFramer::Message> SyslogFramer::finish() {
  std::vector<Message> messages;
  if (!held_.empty()) messages.push_back({std::move(held_), is_cut_});
  held_.clear();
  counted_ = 0;
  is_counted_ = is_cut_ = skip_line_ = false;
  return messages;
}

SyslogDialect dialect_of(std::string_view message) {
  if (message.starts_with('{')) return SyslogDialect::kJson;
  message.remove_prefix(priority_size(message));
  const bool has_version = message.size() >= 2 && message[0] >= '1' && message[0] <= '9' && message[1] == ' ';
  if (!has_version) return SyslogDialect::kRfc3164;
  message.remove_prefix(2);
  const bool has_stamp = message.starts_with("- ") || scan_rfc3339(message, Period{}).length > 0;
  return has_stamp ? SyslogDialect::kRfc5424 : SyslogDialect::kRfc3164;
}

LineFormat format_of(SyslogDialect dialect) {
  switch (dialect) {
    case SyslogDialect::kRfc5424:
      return LineFormat::kSyslog5424;
    case SyslogDialect::kRfc3164:
      return LineFormat::kSyslog3164;
    case SyslogDialect::kJson:
      return LineFormat::kNdjson;
  }
  return LineFormat::kSyslog3164;
}

std::string syslog_line(std::string_view message, SyslogDialect dialect, EventTime received, std::string_view sender) {
  while (!message.empty() && (message.back() == '\n' || message.back() == '\r' || message.back() == '\0')) {
    message.remove_suffix(1);
  }
  std::string line;
  if (dialect == SyslogDialect::kRfc3164) {
    const std::size_t priority = priority_size(message);
    std::string_view rest = message.substr(priority);
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    const bool has_stamp = scan_rfc3164(rest, Period{}).length > 0 || scan_rfc3339(rest, Period{}).length > 0;
    if (!has_stamp) {
      line.append(priority > 0 ? message.substr(0, priority) : std::string_view("<13>"));
      line.append(to_iso8601(received)).append(" ").append(sender).append(" ");
      message = rest;
    }
  }
  for (const char c : message) {
    switch (c) {
      case '\n':
        line += "#012";
        break;
      case '\r':
        line += "#015";
        break;
      case '\0':
        line += "#000";
        break;
      default:
        line += c;
    }
  }
  return line;
}

}  // namespace tocsin
