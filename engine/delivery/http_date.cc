#include "engine/delivery/http_date.h"

#include <array>
#include <string>

namespace tocsin {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};

// Takes a date apart from its front. Once something does not fit, `ok` stays false.
class DateScanner {
 public:
  explicit DateScanner(std::string_view text) : rest_(text) {}

  void literal(std::string_view expected) {
    if (ok_ && rest_.starts_with(expected)) {
      rest_.remove_prefix(expected.size());
    } else {
      ok_ = false;
    }
  }

  int digits(std::size_t count) {
    if (!ok_ || rest_.size() < count) return fail();
    int value = 0;
    for (const char c : rest_.substr(0, count)) {
      if (c < '0' || c > '9') return fail();
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }

  // The index of the name that stands here.
  template <std::size_t N>
  int name(const std::array<std::string_view, N>& names) {
    for (std::size_t i = 0; ok_ && i < N; ++i) {
      if (!rest_.starts_with(names[i])) continue;
      rest_.remove_prefix(names[i].size());
      return static_cast<int>(i);
    }
    return fail();
  }

  void time_of_day(CivilTime& civil) {
    civil.hour = digits(2);
    literal(":");
    civil.minute = digits(2);
    literal(":");
    civil.second = digits(2);
  }

  bool starts_with(char c) const { return !rest_.empty() && rest_.front() == c; }
  bool finished() const { return ok_ && rest_.empty(); }

 private:
  int fail() {
    ok_ = false;
    return 0;
  }

  std::string_view rest_;
  bool ok_ = true;
};

std::optional<EventTime> instant(const DateScanner& scanner, const CivilTime& civil) {
  if (!scanner.finished() || !is_valid(civil)) return std::nullopt;
  return from_civil(civil);
}

std::optional<EventTime> parse_imf(std::string_view text) {
  DateScanner scanner(text);
  CivilTime civil;
  scanner.name(kDays);
  scanner.literal(", ");
  civil.day = scanner.digits(2);
  scanner.literal(" ");
  civil.month = scanner.name(kMonths) + 1;
  scanner.literal(" ");
  civil.year = scanner.digits(4);
  scanner.literal(" ");
  scanner.time_of_day(civil);
  scanner.literal(" GMT");
  return instant(scanner, civil);
}

std::optional<EventTime> parse_rfc850(std::string_view text, EventTime now) {
  DateScanner scanner(text);
  CivilTime civil;
  scanner.name(kLongDays);
  scanner.literal(", ");
  civil.day = scanner.digits(2);
  scanner.literal("-");
  civil.month = scanner.name(kMonths) + 1;
  scanner.literal("-");
  const int two_digits = scanner.digits(2);
  const int this_year = to_civil(now).year;
  civil.year = this_year - this_year % 100 + two_digits;
  if (civil.year > this_year + 50) civil.year -= 100;
  scanner.literal(" ");
  scanner.time_of_day(civil);
  scanner.literal(" GMT");
  return instant(scanner, civil);
}

std::optional<EventTime> parse_asctime(std::string_view text) {
  DateScanner scanner(text);
  CivilTime civil;
  scanner.name(kDays);
  scanner.literal(" ");
  civil.month = scanner.name(kMonths) + 1;
  scanner.literal(" ");
  if (scanner.starts_with(' ')) {
    scanner.literal(" ");
    civil.day = scanner.digits(1);
  } else {
    civil.day = scanner.digits(2);
  }
  scanner.literal(" ");
  scanner.time_of_day(civil);
  scanner.literal(" ");
  civil.year = scanner.digits(4);
  return instant(scanner, civil);
}

}  // namespace

std::optional<EventTime> parse_http_date(std::string_view text, EventTime now) {
  if (const auto time = parse_imf(text)) return time;
  if (const auto time = parse_rfc850(text, now)) return time;
  return parse_asctime(text);
}

}  // namespace tocsin
