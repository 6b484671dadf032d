#include "engine/workflow/timestamp.h"

namespace tocsin {
namespace {

// Reads from the front of a text; after the first mismatch everything fails.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool good() const { return good_; }
  void fail() { good_ = false; }
  bool at_end() const { return rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  int digits(std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (peek() < '0' || peek() > '9') {
        good_ = false;
        return 0;
      }
      value = value * 10 + (peek() - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }

  void expect(char c) {
    if (!accept(c)) good_ = false;
  }

  bool accept(char c) {
    if (peek() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // The digits after a decimal point, at most nine.
  int nanoseconds() {
    int value = 0;
    int count = 0;
    while (peek() >= '0' && peek() <= '9') {
      if (++count > 9) good_ = false;
      if (count <= 9) value = value * 10 + (peek() - '0');
      rest_.remove_prefix(1);
    }
    if (count == 0) good_ = false;
    for (; count < 9; ++count) value *= 10;
    return value;
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

Period read_offset(Scanner& in) {
  if (in.accept('Z')) return {};
  const bool negative = in.accept('-');
  if (!negative) in.expect('+');
  const int hours = in.digits(2);
  in.expect(':');
  const int minutes = in.digits(2);
  if (hours > 18 || minutes > 59) in.fail();
  const Period offset = Period::hours(hours) + Period::minutes(minutes);
  return negative ? Period{} - offset : offset;
}

}  // namespace

std::optional<Instant> parse_timestamp(std::string_view text) {
  Scanner in(text);
  CivilTime civil;
  civil.year = in.digits(4);
  in.expect('-');
  civil.month = in.digits(2);
  in.expect('-');
  civil.day = in.digits(2);
  in.expect('T');
  civil.hour = in.digits(2);
  in.expect(':');
  civil.minute = in.digits(2);
  in.expect(':');
  civil.second = in.digits(2);
  const int nanos = in.accept('.') ? in.nanoseconds() : 0;
  const Period offset = read_offset(in);
  if (!in.good() || !in.at_end() || !is_valid(civil)) return std::nullopt;
  civil.millisecond = nanos / 1'000'000;
  return Instant{.time = from_civil(civil) - offset, .nanos = nanos % 1'000'000};
}

}  // namespace tocsin
