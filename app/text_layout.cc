#include "app/text_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/base/text.h"

namespace tocsin {
namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;
};

// `text` is valid UTF-8 (printable() made it so); a stray byte counts as one column.
CodePoint code_point_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0U; };
  const std::uint32_t lead = byte(at);
  if (lead < 0xc2 || lead > 0xf4) return {lead, 1};
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (at + length > text.size()) return {lead, 1};
  char32_t value = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) value = (value << 6) | (byte(at + i) & 0x3fU);
  return {value, length};
}

struct Range {
  char32_t first, last;
};

// East Asian wide characters and the pictures: two columns. A terminal may differ for rare ones; then a line is a
// column short, not broken.
constexpr std::array kWide{Range{0x1100, 0x115f},   Range{0x2e80, 0x303e},  Range{0x3041, 0xa4cf},
                           Range{0xac00, 0xd7a3},   Range{0xf900, 0xfaff},  Range{0xfe30, 0xfe6f},
                           Range{0xff00, 0xff60},   Range{0xffe0, 0xffe6},  Range{0x1f300, 0x1f64f},
                           Range{0x1f680, 0x1faff}, Range{0x20000, 0x3fffd}};
constexpr std::array kZero{Range{0x0300, 0x036f}, Range{0x200b, 0x200f}, Range{0x20d0, 0x20ff}, Range{0xfe00, 0xfe0f},
                           Range{0xfe20, 0xfe2f}};

bool is_in(const auto& ranges, char32_t value) {
  return std::ranges::any_of(ranges, [value](const Range& r) { return value >= r.first && value <= r.last; });
}

std::size_t columns_of(char32_t value) {
  if (value < 0x300) return 1;
  if (is_in(kZero, value)) return 0;
  return is_in(kWide, value) ? 2 : 1;
}

// The longest prefix that takes at most `columns`, in bytes.
std::size_t prefix_bytes(std::string_view text, std::size_t columns) {
  std::size_t used = 0, at = 0;
  while (at < text.size()) {
    const CodePoint point = code_point_at(text, at);
    used += columns_of(point.value);
    if (used > columns) break;
    at += point.bytes;
  }
  return at;
}

// The signs that our own texts use have an ASCII twin.
std::string_view ascii_of(char32_t value) {
  switch (value) {
    case U'…':
      return "...";
    case U'×':
      return "x";
    case U'→':
      return "->";
    default:
      return "?";
  }
}

std::string_view escape_of(Tone tone) {
  switch (tone) {
    case Tone::kPlain:
      return "";
    case Tone::kStrong:
      return "\x1b[1m";
    case Tone::kDim:
      return "\x1b[2m";
    case Tone::kGood:
      return "\x1b[32m";
    case Tone::kBad:
      return "\x1b[1;31m";
    case Tone::kUnsure:
      return "\x1b[33m";
  }
  return "";
}

}  // namespace

Tone tone_of(AlarmState state) {
  switch (state) {
    case AlarmState::kOk:
      return Tone::kGood;
    case AlarmState::kAlarm:
      return Tone::kBad;
    case AlarmState::kInsufficientData:
      return Tone::kUnsure;
  }
  return Tone::kPlain;
}

Tone tone_of(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return Tone::kPlain;
    case Severity::kWarning:
      return Tone::kUnsure;
    case Severity::kCritical:
      return Tone::kBad;
  }
  return Tone::kPlain;
}

std::string TextStyle::paint(Tone tone, std::string_view text) const {
  if (!colour || tone == Tone::kPlain || text.empty()) return std::string(text);
  return fmt::format("{}{}\x1b[0m", escape_of(tone), text);
}

std::string TextStyle::safe(std::string_view raw, std::size_t max_bytes) const {
  std::string shown = printable(raw, max_bytes);
  if (utf8) return shown;
  std::string ascii;
  for (std::size_t at = 0; at < shown.size();) {
    const CodePoint point = code_point_at(shown, at);
    if (point.value < 0x80) {
      ascii += shown[at];
    } else {
      ascii += ascii_of(point.value);
    }
    at += point.bytes;
  }
  return ascii;
}

std::string TextStyle::cut(std::string_view text, std::size_t columns) const {
  if (display_width(text) <= columns) return std::string(text);
  const std::size_t mark = display_width(ellipsis());
  if (columns <= mark) return std::string(text.substr(0, prefix_bytes(text, columns)));
  std::string kept(text.substr(0, prefix_bytes(text, columns - mark)));
  return kept.append(ellipsis());
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = code_point_at(text, at);
    width += columns_of(point.value);
    at += point.bytes;
  }
  return width;
}

std::string padded(std::string_view text, std::size_t columns) {
  const std::size_t width = display_width(text);
  return std::string(text) + std::string(width < columns ? columns - width : 0, ' ');
}

std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
  columns = std::max<std::size_t>(columns, 8);
  std::vector<std::string> lines(1);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = std::min(text.find_first_not_of(' ', at), text.size());
    const std::string_view blanks = text.substr(at, begin - at);
    at = std::min(text.find(' ', begin), text.size());
    std::string_view word = text.substr(begin, at - begin);
    if (word.empty()) break;
    if (!lines.back().empty()) {
      if (display_width(lines.back()) + blanks.size() + display_width(word) <= columns) {
        lines.back() += blanks;
      } else {
        lines.emplace_back();
      }
    }
    while (display_width(word) > columns) {
      const std::size_t bytes = std::max<std::size_t>(prefix_bytes(word, columns), 1);
      lines.back() += word.substr(0, bytes);
      lines.emplace_back();
      word.remove_prefix(bytes);
    }
    lines.back() += word;
  }
  return lines;
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string rounded(double value, int digits) {
  std::string text = fmt::format("{:.{}f}", value, digits);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

std::string percent(double part, double whole) {
  if (whole <= 0) return "0 %";
  const double value = 100 * part / whole;
  if (value == 0) return "0 %";
  const int digits = value >= 10 ? 0 : value >= 1 ? 1 : value >= 0.01 ? 2 : 4;
  return rounded(value, digits) + " %";
}

std::string spoken(Period period) {
  if (period.ms < 0) return "-" + spoken({-period.ms});
  if (period.ms < 1000) return fmt::format("{} ms", period.ms);
  const std::int64_t s = (period.ms + 500) / 1000;
  const auto two = [](std::int64_t big, std::string_view big_unit, std::int64_t small, std::string_view small_unit) {
    return small == 0 ? fmt::format("{} {}", big, big_unit)
                      : fmt::format("{} {} {} {}", big, big_unit, small, small_unit);
  };
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return two(s / 60, "min", s % 60, "s");
  if (s < 86400) return two(s / 3600, "h", s % 3600 / 60, "min");
  return two(s / 86400, "d", s % 86400 / 3600, "h");
}

std::string spoken_seconds(double seconds) {
  if (!(seconds > 0)) return "0 s";
  if (seconds < 1) return rounded(seconds, 2) + " s";
  if (seconds < 10) return rounded(seconds, 1) + " s";
  if (seconds > 1e9) return "long";
  return spoken(Period::seconds(std::llround(seconds)));
}

std::string counted(std::uint64_t number, std::string_view singular) {
  if (number == 1) return fmt::format("1 {}", singular);
  return fmt::format("{} {}s", grouped(number), singular);
}

}  // namespace tocsin
