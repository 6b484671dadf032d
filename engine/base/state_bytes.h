// How the engine's parts write down what they remember, and read it again: a plain run of numbers and texts in the
// order of writing, the same bytes on every machine. No tags and no names; whoever writes a part also reads it, and
// begins it with a version where its layout may change. Whether the bytes are the ones that were written is the
// business of whoever stores them (a checksum); the reader only promises that wrong bytes harm nobody.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.h"

namespace tocsin {

class StateWriter {
 public:
  void number(std::uint64_t value) {  // small ones take a byte
    if (value < 0x80) {
      bytes_.push_back(static_cast<char>(value));
    } else {
      long_number(value);
    }
  }
  void integer(std::int64_t value);  // small ones of either sign take a byte
  void real(double value);           // exactly, NaN too
  void measure(double value);        // exactly too; small whole numbers take a byte or two
  void flag(bool value) { number(value ? 1 : 0); }
  void text(std::string_view value);
  void texts(const std::vector<std::string>& values);
  void labels(const std::map<std::string, std::string>& values);
  void time(EventTime value) { integer(value.ms); }
  void period(Period value) { integer(value.ms); }
  void optional_time(const std::optional<EventTime>& value);
  void count(std::size_t value) { number(value); }

  std::size_t size() const { return bytes_.size(); }
  std::string take() { return std::move(bytes_); }

 private:
  void long_number(std::uint64_t value);

  std::string bytes_;
};

// After the first fault (too few bytes, a number that can't be) ok() is false and everything read is zero or empty, so
// a part is read to its end and asked once. Texts are views into the bytes.
class StateReader {
 public:
  explicit StateReader(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t number();
  std::int64_t integer();
  double real();
  double measure();
  bool flag();
  std::string_view text();
  std::vector<std::string> texts();
  std::map<std::string, std::string> labels();
  EventTime time() { return {integer()}; }
  Period period() { return Period{integer()}; }
  std::optional<EventTime> optional_time();
  // A time of the years 0 to 9999, so that it can be reckoned with; another is a fault.
  EventTime instant();
  std::optional<EventTime> optional_instant();
  // How many items follow, each of at least one byte: never more than bytes are left, so that it can be reserved.
  std::size_t count();
  // A number below `end`, for enums and indices.
  std::uint64_t number_below(std::uint64_t end);

  void fail() { ok_ = false, rest_ = {}; }
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace tocsin
