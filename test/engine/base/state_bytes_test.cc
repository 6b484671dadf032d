#include "engine/base/state_bytes.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

namespace tocsin {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

template <typename Value, typename Write, typename Read>
void comes_back(const std::vector<Value>& values, const Write& write, const Read& read) {
  StateWriter out;
  for (const Value& value : values) write(out, value);
  const std::string bytes = out.take();
  StateReader in(bytes);
  for (const Value& value : values) EXPECT_TRUE(read(in, value));
  EXPECT_TRUE(in.ok());
  EXPECT_TRUE(in.at_end());
  // Cut anywhere, it is noticed, and everything behind the cut is nothing.
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    StateReader cut(std::string_view(bytes).substr(0, size));
    for (const Value& value : values) (void)read(cut, value);
    EXPECT_FALSE(cut.ok()) << size;
    EXPECT_EQ(cut.number(), 0U);
  }
}

TEST(StateBytes, NumbersComeBack) {
  comes_back<std::uint64_t>(
      {0, 1, 127, 128, 300, 1U << 31, kMost - 1, kMost},
      [](StateWriter& out, std::uint64_t value) { out.number(value); },
      [](StateReader& in, std::uint64_t value) { return in.number() == value; });
  comes_back<std::int64_t>(
      {0, -1, 1, -64, 64, INT64_MIN, INT64_MAX}, [](StateWriter& out, std::int64_t value) { out.integer(value); },
      [](StateReader& in, std::int64_t value) { return in.integer() == value; });
}

const std::vector<double> kReals = {0.0,
                                    -0.0,
                                    1,
                                    -1,
                                    0.1,
                                    1e308,
                                    -5e-324,
                                    1 << 30,
                                    -(1 << 30),
                                    (1 << 30) + 1.0,
                                    std::numeric_limits<double>::infinity(),
                                    -std::numeric_limits<double>::infinity(),
                                    std::numeric_limits<double>::quiet_NaN()};

TEST(StateBytes, RealsComeBackToTheBit) {
  const auto same = [](double a, double b) {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
  };
  comes_back<double>(
      kReals, [](StateWriter& out, double value) { out.real(value); },
      [&](StateReader& in, double value) { return same(in.real(), value); });
  comes_back<double>(
      kReals, [](StateWriter& out, double value) { out.measure(value); },
      [&](StateReader& in, double value) { return same(in.measure(), value); });
}

TEST(StateBytes, OthersComeBack) {
  comes_back<std::string>(
      {"", "a", std::string(200, 'x'), std::string("\0\xff", 2)},
      [](StateWriter& out, const std::string& value) { out.text(value); },
      [](StateReader& in, const std::string& value) { return in.text() == value; });
  comes_back<bool>(
      {true, false}, [](StateWriter& out, bool value) { out.flag(value); },
      [](StateReader& in, bool value) { return in.flag() == value; });
  comes_back<std::optional<EventTime>>(
      {std::nullopt, EventTime{-5}, EventTime{1'795'168'800'000}},
      [](StateWriter& out, const std::optional<EventTime>& value) { out.optional_time(value); },
      [](StateReader& in, const std::optional<EventTime>& value) { return in.optional_instant() == value; });
}

struct SizeCase {
  double value;
  std::size_t bytes;
};

TEST(StateBytes, SmallMeasuresAreShort) {
  for (const SizeCase& c : {SizeCase{0, 1}, {31, 1}, {-31, 1}, {32, 2}, {-200, 2}, {0.5, 9}}) {
    StateWriter out;
    out.measure(c.value);
    EXPECT_EQ(out.size(), c.bytes) << c.value;
  }
}

TEST(StateBytes, WhatCanNotBeIsAFault) {
  const struct {
    const char* what;
    std::string bytes;
    void (*read)(StateReader&);
  } cases[] = {
      {"a number of eleven bytes", std::string(10, '\xff') + '\x01', [](StateReader& in) { in.number(); }},
      {"a number of 65 bits", std::string(9, '\xff') + '\x02', [](StateReader& in) { in.number(); }},
      {"a flag of 2", "\x02", [](StateReader& in) { in.flag(); }},
      {"a text longer than the rest",
       "\x05"
       "abc",
       [](StateReader& in) { in.text(); }},
      {"more items than bytes",
       "\x05"
       "abc",
       [](StateReader& in) { in.count(); }},
      {"an index behind the end", "\x03", [](StateReader& in) { in.number_below(3); }},
      {"an index into nothing", std::string(1, '\0'), [](StateReader& in) { in.number_below(0); }},
      {"a measure of no kind",
       "\x03"
       "12345678",
       [](StateReader& in) { in.measure(); }},
  };
  for (const auto& c : cases) {
    StateReader in(c.bytes);
    c.read(in);
    EXPECT_FALSE(in.ok()) << c.what;
    EXPECT_TRUE(in.at_end()) << c.what;
  }
}

TEST(StateBytes, AnInstantIsOneOfTheCalendar) {
  const std::pair<std::int64_t, bool> cases[] = {{0, true},
                                                 {-62'167'219'200'000, true},
                                                 {-62'167'219'200'001, false},
                                                 {253'402'300'799'999, true},
                                                 {253'402'300'800'000, false},
                                                 {INT64_MIN, false}};
  for (const auto& [ms, allowed] : cases) {
    StateWriter out;
    out.time({ms});
    const std::string bytes = out.take();
    StateReader in(bytes);
    EXPECT_EQ(in.instant().ms, allowed ? ms : 0);
    EXPECT_EQ(in.ok(), allowed) << ms;
  }
}

TEST(StateBytes, AnyBytesCanBeRead) {
  std::mt19937 random(20261120);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    StateReader in(bytes);
    for (int i = 0; i < 12; ++i) {
      switch (random() % 7) {
        case 0:
          in.number();
          break;
        case 1:
          in.integer();
          break;
        case 2:
          in.measure();
          break;
        case 3:
          EXPECT_LE(in.text().size(), bytes.size());
          break;
        case 4:
          EXPECT_LE(in.count(), bytes.size());
          break;
        case 5:
          EXPECT_LT(in.number_below(9), 9U);
          break;
        default:
          in.optional_instant();
      }
    }
  }
}

TEST(StateBytes, ListsAndLabels) {
  const std::vector<std::string> texts = {"a", "", "b\n"};
  const std::map<std::string, std::string> labels = {{"alarm", "x"}, {"service", ""}};
  StateWriter out;
  out.texts(texts);
  out.labels(labels);
  out.texts({});
  out.labels({});
  const std::string bytes = out.take();
  StateReader in(bytes);
  EXPECT_EQ(in.texts(), texts);
  EXPECT_EQ(in.labels(), labels);
  EXPECT_TRUE(in.texts().empty());
  EXPECT_TRUE(in.labels().empty());
  EXPECT_TRUE(in.ok() && in.at_end());
  StateReader cut(std::string_view(bytes).substr(0, 3));
  cut.texts();
  EXPECT_FALSE(cut.ok());
}

}  // namespace
}  // namespace tocsin
