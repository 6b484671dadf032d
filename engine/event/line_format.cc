#include "engine/event/line_format.h"

#include <algorithm>
#include <array>

#include "engine/event/event_fields.h"
#include "engine/event/json_scalar.h"
#include "engine/event/line_cursor.h"
#include "engine/event/line_parser.h"
#include "engine/event/text_scan.h"
#include "engine/event/timestamp.h"

namespace tocsin {
namespace {

struct FormatName {
  LineFormat format;
  std::string_view name;
};
constexpr std::array kFormatNames = {
    FormatName{LineFormat::kNdjson, "ndjson"},         FormatName{LineFormat::kSyslog3164, "syslog3164"},
    FormatName{LineFormat::kSyslog5424, "syslog5424"}, FormatName{LineFormat::kCombined, "combined"},
    FormatName{LineFormat::kLogfmt, "logfmt"},         FormatName{LineFormat::kPlain, "plain"},
};

constexpr std::size_t kSampleLines = 1000;

std::string_view skip_priority(std::string_view text) {
  const std::size_t close = text.substr(0, 5).find('>');
  if (!text.starts_with('<') || close == std::string_view::npos || !all_digits(text.substr(1, close - 1))) return text;
  return text.substr(close + 1);
}

// A broken JSON line is still one of an NDJSON file: it becomes a dead letter there instead of turning the file into
// text.
bool fits_ndjson(std::string_view text) {
  skip_blanks(text);
  if (!take_char(text, '{')) return false;
  skip_blanks(text);
  return text.starts_with('"') || text.starts_with('}');
}

bool fits_syslog5424(std::string_view text) {
  std::string_view rest = skip_priority(text);
  if (rest.size() == text.size()) return false;
  if (!all_digits(take_token(rest))) return false;
  const std::string_view time = take_token(rest);
  return time == "-" || scan_rfc3339(time, Period{}).length > 0;
}

bool fits_syslog3164(std::string_view text) {
  std::string_view rest = skip_priority(text);
  const bool has_priority = rest.size() != text.size();
  skip_blanks(rest);
  ScannedStamp stamp = scan_rfc3164(rest, Period{});
  if (stamp.length > 0) return true;
  stamp = scan_rfc3339(rest, Period{});
  if (stamp.length == 0 || stamp.length == rest.size()) return false;
  if (has_priority) return true;
  // The same with an RFC 3339 stamp: only `host app[pid]:` tells it from a plain line.
  rest.remove_prefix(stamp.length);
  skip_blanks(rest);
  take_token(rest);
  const std::string_view tag = take_token(rest);
  const std::size_t open = tag.find('[');
  return open != std::string_view::npos && open > 0 && tag.ends_with("]:") &&
         all_digits(tag.substr(open + 1, tag.size() - open - 3));
}

bool fits_combined(std::string_view text) {
  const std::size_t open = text.find(" [");
  if (open == std::string_view::npos) return false;
  text.remove_prefix(open + 2);
  const std::size_t length = scan_common_log(text, Period{}).length;
  return length > 0 && text.substr(length).starts_with("] \"");
}

bool fits_logfmt(std::string_view text) {
  skip_blanks(text);
  std::size_t pairs = 0;
  while (!text.empty() && pairs < 2) {
    const std::size_t size = std::min(text.find_first_of("= \t\""), text.size());
    if (size == 0 || size == text.size() || text[size] != '=') return false;
    text.remove_prefix(size + 1);
    if (text.starts_with('"')) {
      std::size_t end = 1;
      while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
      if (end >= text.size()) return false;
      text.remove_prefix(end + 1);
      skip_blanks(text);
    } else {
      take_token(text);
    }
    ++pairs;
  }
  return pairs == 2;
}

bool fits_plain(std::string_view text) {
  take_char(text, '[');
  return scan_rfc3339(text, Period{}).length > 0 || scan_common_log(text, Period{}).length > 0 ||
         scan_asctime(text, Period{}).length > 0 || scan_epoch(text).length > 0;
}

// The most special format that the line fits.
std::optional<LineFormat> format_of(std::string_view text) {
  if (fits_ndjson(text)) return LineFormat::kNdjson;
  if (fits_syslog5424(text)) return LineFormat::kSyslog5424;
  if (fits_syslog3164(text)) return LineFormat::kSyslog3164;
  if (fits_combined(text)) return LineFormat::kCombined;
  if (fits_logfmt(text)) return LineFormat::kLogfmt;
  if (fits_plain(text)) return LineFormat::kPlain;
  return std::nullopt;
}

}  // namespace

std::string_view to_text(LineFormat format) {
  return std::ranges::find(kFormatNames, format, &FormatName::format)->name;
}

std::optional<LineFormat> parse_line_format(std::string_view text) {
  const auto* found = std::ranges::find(kFormatNames, text, &FormatName::name);
  if (found == kFormatNames.end()) return std::nullopt;
  return found->format;
}

LineFormat detect_line_format(std::string_view sample) {
  if (sample.starts_with("\xEF\xBB\xBF")) sample.remove_prefix(3);
  std::array<std::size_t, kFormatNames.size()> counts{};
  for (std::size_t lines = 0; !sample.empty() && lines < kSampleLines; ++lines) {
    const std::size_t end = std::min(sample.find('\n'), sample.size());
    std::string_view line = sample.substr(0, end);
    sample.remove_prefix(std::min(end + 1, sample.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::optional<LineFormat> format = format_of(line);
    if (format) ++counts[static_cast<std::size_t>(*format)];
  }
  const auto most = std::ranges::max_element(counts);  // the first of equals
  return *most == 0 ? LineFormat::kPlain : static_cast<LineFormat>(most - counts.begin());
}

}  // namespace tocsin
