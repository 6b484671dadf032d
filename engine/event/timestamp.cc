#include "engine/event/timestamp.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "engine/base/text.h"

namespace tocsin {
namespace {

constexpr std::int64_t kEndSeconds = 7'258'118'400;  // 2200-01-01T00:00:00Z
constexpr int kYearless = 1972;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::optional<EventTime> in_range(EventTime time) {
  if (time.ms < 0 || time.ms >= kEndSeconds * 1000) return std::nullopt;
  return time;
}

// Reads a text from its beginning; every step answers whether it stood there.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::size_t position() const { return at_; }
  bool done() const { return at_ == text_.size(); }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  void skip(std::size_t count) { at_ += count; }

  bool accept(char c) {
    if (peek() != c || done()) return false;
    ++at_;
    return true;
  }
  bool accept(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  // Exactly `count` digits.
  bool digits(int count, int& value) {
    if (at_ + static_cast<std::size_t>(count) > text_.size()) return false;
    int sum = 0;
    for (int i = 0; i < count; ++i) {
      const char c = text_[at_ + static_cast<std::size_t>(i)];
      if (!is_digit(c)) return false;
      sum = sum * 10 + (c - '0');
    }
    at_ += static_cast<std::size_t>(count);
    value = sum;
    return true;
  }
  // Digits behind a dot or comma, at least one, as milliseconds; what is finer is dropped.
  void fraction(int& millisecond) {
    if ((peek() != '.' && peek() != ',') || !is_digit(peek(1))) return;
    ++at_;
    int scale = 100;
    for (; is_digit(peek()); ++at_) {
      millisecond += (peek() - '0') * scale;
      scale /= 10;
    }
  }
  bool month_name(int& month) {
    static constexpr std::array<std::string_view, 12> kNames = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      if (!accept(kNames[i])) continue;
      month = static_cast<int>(i) + 1;
      return true;
    }
    return false;
  }
  // hh:mm:ss with an optional fraction.
  bool clock(CivilTime& civil) {
    if (!digits(2, civil.hour) || !accept(':') || !digits(2, civil.minute) || !accept(':') ||
        !digits(2, civil.second)) {
      return false;
    }
    fraction(civil.millisecond);
    return true;
  }
  // A zone, whose offset replaces `offset`; false where one stands there that can't be.
  bool zone(Period& offset);

 private:
  bool numeric_zone(Period& offset);

  std::string_view text_;
  std::size_t at_ = 0;
};

bool Scanner::numeric_zone(Period& offset) {
  const bool behind = peek() == '-';
  skip(1);
  int hours = 0;
  int minutes = 0;
  if (!digits(2, hours)) return false;
  if (peek() == ':' && is_digit(peek(1))) {
    skip(1);
    if (!digits(2, minutes)) return false;
  } else if (is_digit(peek())) {
    if (!digits(2, minutes)) return false;
  }
  if (hours > 23 || minutes > 59) return false;
  offset = Period::minutes((std::int64_t{hours} * 60 + minutes) * (behind ? -1 : 1));
  return true;
}

bool Scanner::zone(Period& offset) {
  if (peek() == 'Z' && at_ + 1 == text_.size()) {
    ++at_;
    offset = Period{};
    return true;
  }
  const std::size_t blank = peek() == ' ' ? 1 : 0;
  const char sign = peek(blank);
  if (sign == '+' || sign == '-') {
    // Behind a blank a sign may begin a message; there the zone must be +hhmm or +hh:mm and nothing more.
    if (blank == 1) {
      Scanner ahead = *this;
      ahead.skip(2);
      int number = 0;
      const bool hours = ahead.digits(2, number);
      ahead.accept(':');
      if (!hours || !ahead.digits(2, number) || is_digit(ahead.peek()) || is_letter(ahead.peek())) return true;
    }
    skip(blank);
    return numeric_zone(offset);
  }
  for (const std::string_view name : {"Z", "z", "UTC", "GMT"}) {
    Scanner ahead = *this;
    ahead.skip(blank);
    if (!ahead.accept(name) || is_letter(ahead.peek()) || is_digit(ahead.peek())) continue;
    *this = ahead;
    offset = Period{};
    return true;
  }
  return true;
}

// Eight bytes as their distance from `pattern`: 0 to 9 where the pattern has a '0' and the text a digit, 0 where it has
// another character and the text the same.
std::uint64_t distance(const char* text, std::string_view pattern) {
  std::uint64_t bytes = 0;
  std::uint64_t expected = 0;
  std::memcpy(&bytes, text, 8);
  std::memcpy(&expected, pattern.data(), 8);
  return bytes ^ expected;
}

bool all_below_ten(std::uint64_t bytes) {
  return (((bytes + 0x7676'7676'7676'7676U) | bytes) & 0x8080'8080'8080'8080U) == 0;
}

int two_digits(std::uint64_t bytes, int at) {
  return static_cast<int>((bytes >> (8 * at)) & 0xFF) * 10 + static_cast<int>((bytes >> (8 * at + 8)) & 0xFF);
}

// 2023-01-29T17:20:11, by far the most usual stamp, without a loop. False where it is written in any other way.
bool read_usual_form(std::string_view text, CivilTime& civil) {
  static_assert(std::endian::native == std::endian::little, "bytes are taken by their place in the text");
  if (text.size() < 19 || (text[10] != 'T' && text[10] != ' ')) return false;
  const std::uint64_t date = distance(text.data(), "0000-00-");
  const std::uint64_t clock = distance(text.data() + 11, "00:00:00");
  if (!all_below_ten(date) || (date & 0xFF00'00FF'0000'0000U) != 0) return false;
  if (!all_below_ten(clock) || (clock & 0x0000'FF00'00FF'0000U) != 0) return false;
  if (!is_digit(text[8]) || !is_digit(text[9])) return false;
  civil.year = two_digits(date, 0) * 100 + two_digits(date, 2);
  civil.month = two_digits(date, 5);
  civil.day = (text[8] - '0') * 10 + (text[9] - '0');
  civil.hour = two_digits(clock, 0);
  civil.minute = two_digits(clock, 3);
  civil.second = two_digits(clock, 6);
  return true;
}

// The stamp that has been read up to `scanner`, if its parts can be.
ScannedStamp finish(Scanner& scanner, const CivilTime& civil, Period zone_offset) {
  if (!scanner.zone(zone_offset)) return {scanner.position(), std::nullopt};
  if (!is_valid(civil)) return {scanner.position(), std::nullopt};
  return {scanner.position(), in_range(from_civil(civil) - zone_offset)};
}

// `whole` and `fraction` are digits. Behind the point of anything finer than a second nothing counts.
std::optional<EventTime> epoch_time(std::string_view whole, std::string_view fraction = {}) {
  if (whole.empty() || whole.size() > 19) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : whole) value = value * 10 + static_cast<std::uint64_t>(c - '0');
  constexpr auto kEnd = static_cast<std::uint64_t>(kEndSeconds);
  if (value >= kEnd * 1'000'000'000) return std::nullopt;
  if (value >= kEnd * 1'000'000) return EventTime{static_cast<std::int64_t>(value / 1'000'000)};
  if (value >= kEnd * 1000) return EventTime{static_cast<std::int64_t>(value / 1000)};
  if (value >= kEnd) return EventTime{static_cast<std::int64_t>(value)};
  auto ms = static_cast<std::int64_t>(value * 1000);
  for (std::size_t i = 0, scale = 100; i < fraction.size() && scale > 0; ++i, scale /= 10) {
    ms += static_cast<std::int64_t>(scale) * (fraction[i] - '0');
  }
  return EventTime{ms};
}

std::size_t count_digits(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - from;
}

std::optional<EventTime> parse_epoch(std::string_view text) {
  const std::size_t whole = count_digits(text, 0);
  if (whole == text.size()) return epoch_time(text);
  if (whole > 0 && text[whole] == '.') {
    const std::size_t fraction = count_digits(text, whole + 1);
    if (fraction > 0 && whole + 1 + fraction == text.size()) {
      return epoch_time(text.substr(0, whole), text.substr(whole + 1));
    }
  }
  // 1.674981611e9, as printers of doubles write it.
  const std::optional<double> number = parse_number(text);
  if (!number || !(*number >= 0) || *number >= 7.2e18) return std::nullopt;
  if (*number < static_cast<double>(kEndSeconds)) {
    return in_range(EventTime{static_cast<std::int64_t>(*number * 1000)});
  }
  return epoch_time(std::to_string(static_cast<std::uint64_t>(*number)));
}

}  // namespace

ScannedStamp scan_rfc3339(std::string_view text, Period zone_offset) {
  Scanner scanner(text);
  CivilTime civil;
  if (read_usual_form(text, civil)) {
    scanner.skip(19);
    scanner.fraction(civil.millisecond);
    return finish(scanner, civil, zone_offset);
  }
  if (!scanner.digits(4, civil.year)) return {};
  const char separator = scanner.peek();
  if (separator != '-' && separator != '/') return {};
  scanner.skip(1);
  if (!scanner.digits(2, civil.month) || !scanner.accept(separator) || !scanner.digits(2, civil.day)) return {};
  if (!scanner.accept('T') && !scanner.accept(' ') && !scanner.accept('t')) return {};
  if (!scanner.digits(2, civil.hour) || !scanner.accept(':') || !scanner.digits(2, civil.minute)) return {};
  if (scanner.peek() == ':' && is_digit(scanner.peek(1))) {
    scanner.skip(1);
    if (!scanner.digits(2, civil.second)) return {};
    scanner.fraction(civil.millisecond);
  }
  return finish(scanner, civil, zone_offset);
}

ScannedStamp scan_rfc3164(std::string_view text, Period zone_offset) {
  Scanner scanner(text);
  CivilTime civil;
  civil.year = kYearless;
  if (!scanner.month_name(civil.month) || !scanner.accept(' ')) return {};
  const bool one_digit = scanner.accept(' ') || !is_digit(scanner.peek(1));
  if (!scanner.digits(one_digit ? 1 : 2, civil.day) || !scanner.accept(' ')) return {};
  if (is_digit(scanner.peek(2))) {  // Jan 29 2023 17:20:11, as some routers write it
    if (!scanner.digits(4, civil.year) || !scanner.accept(' ')) return {};
  }
  if (!scanner.clock(civil)) return {};
  if (!is_valid(civil)) return {scanner.position(), std::nullopt};
  return {scanner.position(), in_range(from_civil(civil) - zone_offset)};
}

ScannedStamp scan_common_log(std::string_view text, Period zone_offset) {
  Scanner scanner(text);
  CivilTime civil;
  if (!scanner.digits(2, civil.day) || !scanner.accept('/') || !scanner.month_name(civil.month)) return {};
  if (!scanner.accept('/') || !scanner.digits(4, civil.year) || !scanner.accept(':')) return {};
  if (!scanner.clock(civil)) return {};
  return finish(scanner, civil, zone_offset);
}

ScannedStamp scan_asctime(std::string_view text, Period zone_offset) {
  Scanner scanner(text);
  CivilTime civil;
  for (int i = 0; i < 3; ++i) {
    if (!is_letter(scanner.peek())) return {};
    scanner.skip(1);
  }
  if (!scanner.accept(' ') || !scanner.month_name(civil.month) || !scanner.accept(' ')) return {};
  const bool one_digit = scanner.accept(' ');
  if (!scanner.digits(one_digit ? 1 : 2, civil.day) || !scanner.accept(' ')) return {};
  if (!scanner.clock(civil) || !scanner.accept(' ') || !scanner.digits(4, civil.year)) return {};
  if (!is_valid(civil)) return {scanner.position(), std::nullopt};
  return {scanner.position(), in_range(from_civil(civil) - zone_offset)};
}

ScannedStamp scan_epoch(std::string_view text) {
  const std::size_t whole = count_digits(text, 0);
  if (whole < 9 || whole > 19) return {};
  std::size_t fraction = 0;
  if (whole < text.size() && text[whole] == '.') fraction = count_digits(text, whole + 1);
  const std::size_t length = fraction > 0 ? whole + 1 + fraction : whole;
  if (length < text.size() && (is_letter(text[length]) || text[length] == '-')) return {};
  return {length, parse_epoch(text.substr(0, length))};
}

std::optional<EventTime> parse_timestamp(std::string_view text, Period zone_offset) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  if (text.empty()) return std::nullopt;
  ScannedStamp stamp = scan_rfc3339(text, zone_offset);
  if (stamp.length == 0 && is_digit(text[0])) stamp = scan_common_log(text, zone_offset);
  if (stamp.length == 0 && is_letter(text[0])) stamp = scan_asctime(text, zone_offset);
  if (stamp.length > 0) return stamp.length == text.size() ? stamp.time : std::nullopt;
  return parse_epoch(text);
}

std::optional<Period> parse_zone_offset(std::string_view text) {
  if (text == "Z" || text == "UTC") return Period{};
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  // The same instant read with and without the offset.
  const std::optional<EventTime> time = parse_timestamp("1970-01-02T00:00:00" + std::string(text), Period{});
  if (!time) return std::nullopt;
  return EventTime{Period::days(1).ms} - *time;
}

namespace {

constexpr std::size_t kWithMillis = 24;  // 2023-01-29T17:20:11.371Z

// ":11.371Z" in milliseconds, -1 where the eight bytes are no such text.
int read_seconds(const char* text) {
  const std::uint64_t bytes = distance(text, ":00.000Z");
  if (!all_below_ten(bytes) || (bytes & 0xFF00'0000'FF00'00FFU) != 0) return -1;
  const int second = two_digits(bytes, 1);
  if (second >= 60) return -1;  // a leap second belongs to the next minute
  return second * 1000 + static_cast<int>((bytes >> 32) & 0xFF) * 100 + two_digits(bytes, 5);
}

}  // namespace

std::optional<EventTime> TimestampReader::read(std::string_view text, Period zone_offset) {
  if (text.size() != kWithMillis) return parse_timestamp(text, zone_offset);
  std::uint64_t date = 0;
  std::uint64_t clock = 0;
  std::memcpy(&date, text.data(), 8);
  std::memcpy(&clock, text.data() + 8, 8);
  const int into = read_seconds(text.data() + 16);
  if (into < 0) return parse_timestamp(text, zone_offset);
  if (date == date_ && clock == clock_) return EventTime{minute_.ms + into};
  const std::optional<EventTime> time = parse_timestamp(text, zone_offset);
  if (time) {
    date_ = date;
    clock_ = clock;
    minute_ = {time->ms - into};
  }
  return time;
}

bool lacks_year(EventTime time) {
  // A day of room on both sides: a zone may have moved the stamp out of its year.
  static const EventTime kBegin = from_civil({.year = kYearless}) - Period::days(1);
  static const EventTime kEnd = from_civil({.year = kYearless + 1}) + Period::days(1);
  return kBegin <= time && time < kEnd;
}

}  // namespace tocsin
