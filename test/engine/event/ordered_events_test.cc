#include "engine/event/ordered_events.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "test/engine/event/parse_lines.h"

namespace tocsin::test {
namespace {

// A file as minutes of events: "0 1 x 90" is events at minute 0, 1 and 90 with a dead line between; '|' ends a batch.
std::vector<std::shared_ptr<ParsedBatch>> batches_of(std::string_view script) {
  std::vector<std::shared_ptr<ParsedBatch>> out;
  std::uint64_t offset = 0;
  std::string bytes;
  const auto flush = [&](bool last) {
    auto batch = std::make_shared<ParsedBatch>();
    batch->raw = {.first_offset = offset, .bytes = bytes, .last = last};
    offset += bytes.size();
    bytes.clear();
    make_parser({})->parse(*batch);
    out.push_back(std::move(batch));
  };
  constexpr std::int64_t kStart = 1'700'000'000'000;
  std::string word;
  for (const char c : std::string(script) + " ") {
    if (c != ' ') {
      word.push_back(c);
      continue;
    }
    if (word == "|") {
      flush(false);
    } else if (word == "x") {
      bytes += "broken\n";
    } else if (!word.empty()) {
      bytes += "{\"ts\":" + std::to_string(kStart + std::stoll(word) * 60'000) + ",\"msg\":\"" + word + "\"}\n";
    }
    word.clear();
  }
  flush(true);
  return out;
}

std::string shown(OrderedEvents::Item item) {
  if (item.event != nullptr) return std::string(item.event->message);
  if (item.dead->reason == DeadReason::kFuture) return "future";
  return item.dead->reason == DeadReason::kBrokenJson ? "x" : "?";
}

// What comes out, with '?' each time a batch is asked for.
std::string run(std::string_view script, bool ask_late) {
  OrderedEvents ordered({});
  std::string out;
  std::uint64_t line = 0;
  const auto drain = [&] {
    while (true) {
      const OrderedEvents::Item item = ordered.front();
      if (item.event == nullptr && item.dead == nullptr) break;
      ++line;
      EXPECT_EQ(item.event != nullptr ? item.event->origin.line : item.dead->origin.line, line) << script;
      EXPECT_FALSE(ordered.needs_batch());
      out += (out.empty() ? "" : " ") + shown(item);
      ordered.pop();
    }
  };
  for (auto& batch : batches_of(script)) {
    EXPECT_FALSE(ordered.ended());
    EXPECT_TRUE(!ask_late || ordered.needs_batch());
    ordered.push(std::move(batch));
    if (ask_late) drain();
  }
  drain();
  EXPECT_TRUE(ordered.ended()) << script;
  EXPECT_FALSE(ordered.needs_batch()) << script;
  EXPECT_EQ(ordered.lines(), line) << script;
  return out;
}

struct OrderCase {
  std::string_view script;
  std::string_view expected;
};

TEST(OrderedEvents, HoldsJumpsUntilTheNextEventConfirmsThem) {
  const OrderCase cases[] = {
      {"", ""},
      {"0", "0"},
      {"0 1 2", "0 1 2"},
      {"0 2 1 -500 3", "0 2 1 -500 3"},  // backward never matters
      {"0 60 120", "0 60 120"},          // an hour is not more than an hour
      {"0 61 62", "0 61 62"},            // confirmed
      {"0 61 1", "0 future 1"},          // denied
      {"0 61", "0 future"},              // nothing confirms it
      {"0 61 200 201", "0 61 200 201"},  // the one that confirms jumps itself, and is confirmed
      {"0 61 200 62", "0 61 future 62"},
      {"0 500 501 1", "0 500 501 1"},
      {"0 61 x x 62", "0 61 x x 62"},  // dead lines neither confirm nor deny
      {"0 61 x x 1", "0 future x x 1"},
      {"0 61 x", "0 future x"},
      {"x 0 x", "x 0 x"},
      {"x", "x"},
      {"500 0 1", "future 0 1"},       // the first is wrong
      {"500 440 441", "500 440 441"},  // an hour before the first is not more than an hour
      {"0 500 1", "0 future 1"},
      {"0 500 501", "0 500 501"},
      {"500 x 0", "future x 0"},
      {"0 | 1 | 2", "0 1 2"},
      {"0 | | 1", "0 1"},
      {"0 61 | 62", "0 61 62"},
      {"0 61 | x | x 1", "0 future x x 1"},
      {"0 61 |", "0 future"},
      {"500 | x |", "500 x"},
      {"500 | | 0", "future 0"},
  };
  for (const OrderCase& c : cases) {
    EXPECT_EQ(run(c.script, true), c.expected) << c.script;
    EXPECT_EQ(run(c.script, false), c.expected) << c.script;
  }
}

TEST(OrderedEvents, AsksForABatchOnlyWhenItCannotDecide) {
  auto batches = batches_of("0 1 99 | 100");
  OrderedEvents ordered({});
  EXPECT_TRUE(ordered.needs_batch());
  ordered.push(batches[0]);
  EXPECT_EQ(shown(ordered.front()), "0");
  ordered.pop();
  EXPECT_EQ(shown(ordered.front()), "1");
  ordered.pop();
  EXPECT_TRUE(ordered.needs_batch());
  EXPECT_FALSE(ordered.ended());
  ordered.push(batches[1]);
  EXPECT_FALSE(ordered.needs_batch());
  EXPECT_EQ(shown(ordered.front()), "99");
}

TEST(OrderedEvents, LetsGoOfUsedBatchesButKeepsAHeldEvent) {
  auto batches = batches_of("0 1 | 2 | 99 | x | 100");
  OrderedEvents ordered({});
  const std::weak_ptr<ParsedBatch> first = batches[0];
  const std::weak_ptr<ParsedBatch> held = batches[2];
  for (std::size_t i = 0; i < 4; ++i) ordered.push(std::move(batches[i]));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(shown(ordered.front()), std::to_string(i));
    ordered.pop();
  }
  EXPECT_TRUE(first.expired());
  EXPECT_TRUE(ordered.needs_batch());
  EXPECT_FALSE(held.expired());
  ordered.push(std::move(batches[4]));
  EXPECT_EQ(shown(ordered.front()), "99");
  ordered.pop();
  EXPECT_TRUE(held.expired());
}

TEST(OrderedEvents, DoesNotLookForAConfirmationWithoutEnd) {
  std::string script = "0 61";
  for (int i = 0; i < 700'000; ++i) script += " x";
  auto batches = batches_of(script + " | 62");
  OrderedEvents ordered({});
  ordered.push(batches[0]);
  EXPECT_EQ(shown(ordered.front()), "0");
  ordered.pop();
  EXPECT_FALSE(ordered.needs_batch());
  EXPECT_EQ(shown(ordered.front()), "future");
}

// What an OrderedEvents gave, in the order of the file, with all that is final only then.
std::string told(OrderedEvents::Item item) {
  if (item.event != nullptr) {
    return "event " + to_iso8601(item.event->time) + " line " + std::to_string(item.event->origin.line) + " at " +
           std::to_string(item.event->origin.offset);
  }
  return "dead " + std::string(to_text(item.dead->reason)) + " line " + std::to_string(item.dead->origin.line) +
         " at " + std::to_string(item.dead->origin.offset);
}

// The batches of a text from `at` on, of random numbers of lines.
std::vector<std::shared_ptr<ParsedBatch>> random_batches(const std::string& text, std::size_t at, LineFormat format,
                                                         std::mt19937& random) {
  std::vector<std::shared_ptr<ParsedBatch>> out;
  do {
    std::size_t end = at;
    for (unsigned lines = random() % 5; lines > 0 && end < text.size(); --lines) end = text.find('\n', end) + 1;
    auto batch = std::make_shared<ParsedBatch>();
    batch->raw = {.first_offset = at, .bytes = text.substr(at, end - at), .last = end == text.size()};
    make_parser({.format = format})->parse(*batch);
    at = end;
    out.push_back(std::move(batch));
  } while (!out.back()->raw.last);
  return out;
}

std::vector<std::string> told_all(OrderedEvents& ordered, std::vector<std::shared_ptr<ParsedBatch>> batches,
                                  std::size_t at_most) {
  std::vector<std::string> out;
  std::size_t next = 0;
  while (out.size() < at_most) {
    while (next < batches.size() && ordered.needs_batch()) ordered.push(std::move(batches[next++]));
    const OrderedEvents::Item item = ordered.front();
    if (item.event == nullptr && item.dead == nullptr) break;
    out.push_back(told(item));
    ordered.pop();
  }
  if (next == 0) ordered.push(std::move(batches[0]));  // so that something is held back
  ordered.front();
  return out;
}

std::string random_file(LineFormat format, std::mt19937& random) {
  std::string text;
  std::int64_t minute = 40'000'000;
  for (int line = 0; line < 40; ++line) {
    const unsigned kind = random() % 10;
    minute += kind == 0 ? 100 : kind == 1 ? -100 : static_cast<std::int64_t>(random() % 30);
    if (format == LineFormat::kSyslog3164 && kind == 2) minute += 60 * 24 * 150;
    const EventTime time = EventTime{} + Period::minutes(minute);
    if (kind == 3) {
      text += "\n";
    } else if (format == LineFormat::kNdjson) {
      text += "{\"ts\":" + std::to_string(time.ms) + ",\"msg\":\"m\"}\n";
    } else if (kind == 4) {
      text += to_iso8601(time) + " h app: m\n";
    } else {
      static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
      const CivilTime civil = to_civil(time);
      text += std::string(kMonths[civil.month - 1]) + (civil.day < 10 ? "  " : " ") + std::to_string(civil.day) +
              to_iso8601(time).replace(0, 10, "").replace(0, 1, " ").substr(0, 9) + " h app: m\n";
    }
  }
  return text;
}

TEST(OrderedEvents, CutAnywhereAnotherOneGoesOnTheSame) {
  std::mt19937 random(20261120);
  std::size_t futures = 0, years = 0;
  for (int round = 0; round < 60; ++round) {
    const LineFormat format = round % 2 == 0 ? LineFormat::kNdjson : LineFormat::kSyslog3164;
    const std::string text = random_file(format, random);
    const OrderedEvents::Options options{.lacks_year = lacks_year(format),
                                         .reference = EventTime{} + Period::minutes(41'000'000)};
    OrderedEvents whole(options);
    const std::vector<std::string> expected = told_all(whole, random_batches(text, 0, format, random), 1000);
    ASSERT_EQ(expected.size(), 40U);
    EXPECT_EQ(whole.position(), (OrderedEvents::Position{text.size(), 40}));
    for (const std::string& line : expected) futures += line.starts_with("dead future") ? 1 : 0;
    years += std::ranges::count_if(expected, [](const std::string& line) { return line.substr(6, 4) != "2046"; });
    for (std::size_t cut = 0; cut <= expected.size(); ++cut) {
      OrderedEvents before(options);
      std::vector<std::string> seen = told_all(before, random_batches(text, 0, format, random), cut);
      const OrderedEvents::Position position = before.position();
      ASSERT_EQ(position.lines, cut);
      const std::string state = before.order_state();
      OrderedEvents::Options further = options;
      further.first_line = position.lines;
      further.first_offset = position.offset;
      further.state = state;
      OrderedEvents after(further);
      EXPECT_EQ(after.position(), position);
      EXPECT_EQ(after.order_state(), state);
      if (position.offset < text.size()) {
        for (std::string& line : told_all(after, random_batches(text, position.offset, format, random), 1000)) {
          seen.push_back(std::move(line));
        }
      }
      ASSERT_EQ(seen, expected) << "cut behind line " << cut;
    }
  }
  EXPECT_GT(futures, 50U);
  EXPECT_GT(years, 100U);
}

TEST(OrderedEvents, AStateThatCanNotBeReadCountsAsNone) {
  OrderedEvents plain({});
  for (const std::string& bytes : {std::string("\x02"), std::string("\x01\x01"), std::string(20, '\xff')}) {
    OrderedEvents ordered({.state = bytes});
    EXPECT_EQ(ordered.order_state(), plain.order_state());
  }
}

struct HeldCase {
  std::string_view script;
  std::optional<std::int64_t> now;  // minute
  std::string_view expected;        // what comes before the file is idle, '|', and what is given then
};

TEST(OrderedEvents, WhatIsHeldBackIsGivenWhenTheFileIsIdle) {
  const HeldCase cases[] = {
      {"0", {}, "| 0"},
      {"0 1", {}, "0 1 |"},
      {"0 99", {}, "0 | future"},
      {"0 99", 99, "0 | 99"},
      {"0 99", 40, "0 | 99"},
      {"0 99", 38, "0 | future"},
      {"0 99 x x", {}, "0 | future x x"},
      {"0 99 x x", 300, "0 | 99 x x"},
      {"0 99 200", 300, "0 99 | 200"},
      {"x", {}, "x |"},
      {"", {}, "|"},
      {"500", 0, "| 500"},  // the first of a file is believed, as at its end
  };
  for (const HeldCase& c : cases) {
    auto batch = batches_of(c.script)[0];
    batch->raw.last = false;
    OrderedEvents ordered({});
    ordered.push(batch);
    std::string seen;
    const auto drain = [&] {
      for (auto item = ordered.front(); item.event != nullptr || item.dead != nullptr; item = ordered.front()) {
        seen += shown(item) + " ";
        ordered.pop();
      }
    };
    drain();
    seen += "| ";
    std::optional<EventTime> now;
    if (c.now) now = EventTime{1'700'000'000'000} + Period::minutes(*c.now);
    ordered.settle_held(now);
    drain();
    seen.pop_back();
    EXPECT_EQ(seen, c.expected) << c.script;
    EXPECT_TRUE(ordered.needs_batch());
    EXPECT_EQ(ordered.position().offset, batch->raw.bytes.size());
  }
}

// The rest of a line that was too long is behind the position as well.
TEST(OrderedEvents, ThePositionKnowsDroppedBytes) {
  auto batch = batches_of("0")[0];
  batch->raw.last = false;
  batch->raw.first_offset = 1000;
  batch->raw.dropped_bytes = 77;
  OrderedEvents ordered({.first_line = 5, .first_offset = 1000});
  EXPECT_EQ(ordered.position(), (OrderedEvents::Position{1000, 5}));
  EXPECT_EQ(ordered.lines(), 5U);
  ordered.push(batch);
  EXPECT_EQ(ordered.position().lines, 5U);
  ordered.settle_held();
  EXPECT_EQ(ordered.front().event->origin.line, 6U);
  ordered.pop();
  EXPECT_EQ(ordered.position(), (OrderedEvents::Position{1077 + batch->raw.bytes.size(), 6}));
}

struct YearCase {
  std::string_view reference;
  std::vector<std::string_view> stamps;    // month-dayThh:mm
  std::vector<std::string_view> expected;  // year-month-day
};

EventTime minute(std::string text) {
  CivilTime civil;
  civil.year = std::stoi(text.substr(0, 4));
  civil.month = std::stoi(text.substr(5, 2));
  civil.day = std::stoi(text.substr(8, 2));
  return from_civil(civil);
}

TEST(YearResolver, InfersTheYear) {
  const YearCase cases[] = {
      {"2023-03-01", {"01-29", "02-01"}, {"2023-01-29", "2023-02-01"}},
      {"2023-03-01", {"12-30", "12-31", "01-01", "02-28"}, {"2022-12-30", "2022-12-31", "2023-01-01", "2023-02-28"}},
      {"2023-03-01", {"03-01"}, {"2023-03-01"}},
      {"2023-03-01", {"03-02"}, {"2023-03-02"}},  // a zone ahead
      {"2023-03-01", {"03-03"}, {"2022-03-03"}},
      {"2023-01-01", {"12-31", "01-01", "12-31", "01-01"}, {"2022-12-31", "2023-01-01", "2022-12-31", "2023-01-01"}},
      {"2024-03-05", {"02-28", "02-29", "03-01"}, {"2024-02-28", "2024-02-29", "2024-03-01"}},
      {"2023-03-05", {"02-29"}, {"2023-03-01"}},
      {"2023-07-01", {"06-30", "06-01", "03-01"}, {"2023-06-30", "2023-06-01", "2023-03-01"}},
  };
  for (const YearCase& c : cases) {
    YearResolver years(minute(std::string(c.reference)));
    for (std::size_t i = 0; i < c.stamps.size(); ++i) {
      const EventTime time = years.resolve(minute("1972-" + std::string(c.stamps[i])));
      EXPECT_EQ(to_iso8601(time).substr(0, 10), c.expected[i]) << c.reference << " " << i;
    }
  }
}

TEST(OrderedEvents, GivesSyslogItsYearAndLeavesFullStampsAlone) {
  auto batch = std::make_shared<ParsedBatch>();
  batch->raw.bytes =
      "Dec 31 23:59:59 h app: a\n"
      "Jan  1 00:00:01 h app: b\n"
      "2022-12-31T23:00:02Z h app[1]: c\n";
  batch->raw.last = true;
  make_parser({.format = LineFormat::kSyslog3164, .zone_offset = Period::hours(1)})->parse(*batch);
  OrderedEvents ordered({.lacks_year = true, .reference = minute("2023-01-01")});
  ordered.push(batch);
  std::vector<std::string> times;
  for (; !ordered.ended(); ordered.pop()) times.push_back(to_iso8601(ordered.front().event->time));
  EXPECT_EQ(times, (std::vector<std::string>{"2022-12-31T22:59:59.000Z", "2022-12-31T23:00:01.000Z",
                                             "2022-12-31T23:00:02.000Z"}));
}

}  // namespace
}  // namespace tocsin::test
