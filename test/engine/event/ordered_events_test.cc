#include "engine/event/ordered_events.h"

#include <gtest/gtest.h>

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
