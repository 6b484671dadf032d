// Syslog as files hold it. RFC 3164 and what is written in its manner, with or without <PRI> and with either stamp:
//   <34>Oct 11 22:14:15 host app[123]: message
//   2023-01-29T17:20:11.371+08:00 host app[123]: message
// and RFC 5424:
//   <34>1 2023-01-29T17:20:11.371Z host app 123 ID47 [origin x="y"] message
#include <array>
#include <charconv>

#include "engine/event/level_token.h"
#include "engine/event/text_format.h"
#include "engine/event/text_scan.h"
#include "engine/event/timestamp.h"

namespace tocsin {
namespace {

constexpr std::array<std::string_view, 24> kFacilities = {"kern",   "user",   "mail",   "daemon", "auth",     "syslog",
                                                          "lpr",    "news",   "uucp",   "cron",   "authpriv", "ftp",
                                                          "ntp",    "audit",  "alert",  "clock",  "local0",   "local1",
                                                          "local2", "local3", "local4", "local5", "local6",   "local7"};
constexpr std::array<std::string_view, 8> kSeverities = {"emerg",   "alert",  "crit", "err",
                                                         "warning", "notice", "info", "debug"};

struct SyslogNames {
  explicit SyslogNames(const TextFieldNames& names)
      : host(names.number("host")),
        app(names.number("app")),
        procid(names.number("procid")),
        msgid(names.number("msgid")),
        facility(names.number("facility")),
        severity(names.number("severity")),
        message(names.number("message")) {}
  std::uint32_t host, app, procid, msgid, facility, severity, message;
};

// <PRI>: 1 to 3 digits, 0 to 191. False where it is malformed; `found` says whether there was one.
bool read_priority(std::string_view& text, const SyslogNames& names, TextLine& line, bool& found) {
  found = take_char(text, '<');
  if (!found) return true;
  std::size_t digits = 0;
  while (digits < text.size() && digits < 3 && is_digit(text[digits])) ++digits;
  unsigned priority = 192;
  std::from_chars(text.data(), text.data() + digits, priority);
  text.remove_prefix(digits);
  if (priority > 191 || !take_char(text, '>')) return false;
  line.offer(names.facility, kFacilities[priority / 8]);
  line.offer(names.severity, kSeverities[priority % 8]);
  line.event.level = parse_level(kSeverities[priority % 8]);
  return true;
}

void set_app(std::string_view app, const SyslogNames& names, TextLine& line) {
  line.event.service = app;
  line.offer(names.app, app);
}

class Syslog3164Format : public TextFormat {
 public:
  Syslog3164Format(const TextFieldNames& names, Period zone_offset) : names_(names), zone_offset_(zone_offset) {}

  std::optional<DeadReason> read(std::string_view text, TextLine& line) const override {
    bool has_priority = false;
    if (!read_priority(text, names_, line, has_priority)) return DeadReason::kUnparsed;
    skip_blanks(text);
    ScannedStamp stamp = scan_rfc3164(text, zone_offset_);
    if (stamp.length == 0) stamp = scan_rfc3339(text, zone_offset_);
    if (stamp.length == 0) return DeadReason::kNoTimestamp;
    if (!stamp.time) return DeadReason::kBadTimestamp;
    line.event.time = *stamp.time;
    line.has_time = true;
    text.remove_prefix(stamp.length);
    take_char(text, ':');
    skip_blanks(text);
    line.offer(names_.host, take_token(text));
    read_tag(text, line);
    line.event.message = text;
    line.offer(names_.message, text);
    if (!has_priority) line.event.level = read_level_token(text.substr(0, text.find_first_of(" \t"))).level;
    return std::nullopt;
  }

 private:
  // `app[123]: ` or `app: `; a line without, such as "last message repeated 3 times", has no app.
  void read_tag(std::string_view& text, TextLine& line) const {
    const std::size_t end = text.find_first_of("[: \t");
    if (end == std::string_view::npos || end == 0 || is_blank(text[end])) return;
    std::string_view rest = text.substr(end);
    std::string_view process;
    if (take_char(rest, '[')) {
      const std::size_t close = rest.find(']');
      if (close == std::string_view::npos) return;
      process = rest.substr(0, close);
      rest.remove_prefix(close + 1);
    }
    take_char(rest, ':');
    skip_blanks(rest);
    // sshd(pam_unix)[19939]: the module is not part of the program's name
    const std::string_view tag = text.substr(0, end);
    const std::string_view app = tag.substr(0, tag.find('('));
    set_app(app.empty() ? tag : app, names_, line);
    if (!process.empty()) line.offer_number(names_.procid, process);
    text = rest;
  }

  SyslogNames names_;
  Period zone_offset_;
};

// Structured data: "-" or [id name="value" ...]...; in values a backslash makes the next character literal.
bool skip_structured_data(std::string_view& text) {
  if (take_char(text, '-')) return true;
  if (text.empty() || text.front() != '[') return false;
  while (take_char(text, '[')) {
    bool quoted = false;
    std::size_t at = 0;
    for (; at < text.size() && (quoted || text[at] != ']'); ++at) {
      if (text[at] == '"') quoted = !quoted;
      if (quoted && text[at] == '\\') ++at;
    }
    if (at >= text.size()) return false;
    text.remove_prefix(at + 1);
  }
  return true;
}

class Syslog5424Format : public TextFormat {
 public:
  Syslog5424Format(const TextFieldNames& names, Period zone_offset) : names_(names), zone_offset_(zone_offset) {}

  std::optional<DeadReason> read(std::string_view text, TextLine& line) const override {
    bool has_priority = false;
    if (!read_priority(text, names_, line, has_priority) || !has_priority) return DeadReason::kUnparsed;
    if (!all_digits(take_token(text))) return DeadReason::kUnparsed;  // the version
    const std::string_view time = take_token(text);
    const std::string_view host = take_token(text);
    const std::string_view app = take_token(text);
    const std::string_view process = take_token(text);
    const std::string_view id = take_token(text);
    if (id.empty() || !skip_structured_data(text)) return DeadReason::kUnparsed;
    if (time == "-") return DeadReason::kNoTimestamp;
    const ScannedStamp stamp = scan_rfc3339(time, zone_offset_);
    if (!stamp.time || stamp.length != time.size()) return DeadReason::kBadTimestamp;
    line.event.time = *stamp.time;
    line.has_time = true;

    if (host != "-") line.offer(names_.host, host);
    if (app != "-") set_app(app, names_, line);
    if (process != "-") line.offer_number(names_.procid, process);
    if (id != "-") line.offer(names_.msgid, id);
    skip_blanks(text);
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    line.event.message = text;
    line.offer(names_.message, text);
    return std::nullopt;
  }

 private:
  SyslogNames names_;
  Period zone_offset_;
};

}  // namespace

std::unique_ptr<TextFormat> make_syslog3164_format(const TextFieldNames& names, Period zone_offset) {
  return std::make_unique<Syslog3164Format>(names, zone_offset);
}

std::unique_ptr<TextFormat> make_syslog5424_format(const TextFieldNames& names, Period zone_offset) {
  return std::make_unique<Syslog5424Format>(names, zone_offset);
}

}  // namespace tocsin
