// What every EventStore promises, tested on each: include it and instantiate EventStoreContract with a maker.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "engine/analysis/event_store.h"

namespace tocsin {

// Owns whatever the store needs to live.
struct StoreUnderTest {
  virtual ~StoreUnderTest() = default;
  virtual EventStore& store() = 0;
};

struct StoreMaker {
  std::string name;
  std::function<std::unique_ptr<StoreUnderTest>()> make;
};

class EventStoreContract : public ::testing::TestWithParam<StoreMaker> {
 protected:
  EventStoreContract() : owner_(GetParam().make()), store_(owner_->store()) {}

  void add(std::int64_t ms, std::string_view service, std::string_view message,
           std::string_view category = "fast_failure") {
    store_.append({.time = {ms}, .category = category, .service = service, .level = Level::kError, .message = message});
  }
  // The messages visited, joined by blanks.
  std::string visited(const EventQuery& query) {
    std::string text;
    store_.visit(query, [&](const CategorizedEvent& event) {
      text += (text.empty() ? "" : " ") + std::string(event.message);
      return true;
    });
    return text;
  }
  std::string counted(const EventQuery& query) {
    std::string text;
    for (const CategoryCount& count : store_.count(query)) {
      text += (text.empty() ? "" : ", ") + count.service + "/" + count.category + "=" + std::to_string(count.count) +
              "@" + std::to_string(count.first.ms) + "-" + std::to_string(count.last.ms);
    }
    return text;
  }

  std::unique_ptr<StoreUnderTest> owner_;
  EventStore& store_;
};

TEST_P(EventStoreContract, VisitsInOrderOfTimeThenArrival) {
  add(30, "a", "late");
  add(10, "a", "first");
  add(20, "b", "tie1");
  add(20, "a", "tie2");
  add(20, "b", "tie3");
  EXPECT_EQ(visited({.from = {0}, .to = {100}}), "first tie1 tie2 tie3 late");
  EXPECT_EQ(visited({.from = {0}, .to = {100}, .newest_first = true}), "late tie3 tie2 tie1 first");
}

TEST_P(EventStoreContract, FromIsInclusiveToIsExclusive) {
  for (const int ms : {-1, 0, 9, 10, 11}) add(ms, "a", std::to_string(ms));
  EXPECT_EQ(visited({.from = {0}, .to = {10}}), "0 9");
  EXPECT_EQ(visited({.from = {-5}, .to = {0}}), "-1");
  EXPECT_EQ(visited({.from = {10}, .to = {10}}), "");
  EXPECT_EQ(visited({.from = {11}, .to = {0}}), "");
}

TEST_P(EventStoreContract, FiltersByServiceAndCategory) {
  add(1, "a", "a1", "fast_failure");
  add(2, "b", "b1", "slow_failure");
  add(3, "a", "a2", "slow_failure");
  EXPECT_EQ(visited({.from = {0}, .to = {9}, .service = "a"}), "a1 a2");
  EXPECT_EQ(visited({.from = {0}, .to = {9}, .category = "slow_failure"}), "b1 a2");
  EXPECT_EQ(visited({.from = {0}, .to = {9}, .service = "a", .category = "slow_failure"}), "a2");
  EXPECT_EQ(visited({.from = {0}, .to = {9}, .service = "c"}), "");
  EXPECT_EQ(visited({.from = {0}, .to = {9}, .category = "unheard_of"}), "");
}

TEST_P(EventStoreContract, LimitAndVisitorEndTheVisit) {
  for (int i = 0; i < 5; ++i) add(i, i % 2 == 0 ? "even" : "odd", std::to_string(i));
  EXPECT_EQ(visited({.from = {0}, .to = {9}, .limit = 2}), "0 1");
  EXPECT_EQ(visited({.from = {0}, .to = {9}, .limit = 2, .newest_first = true}), "4 3");
  EXPECT_EQ(visited({.from = {0}, .to = {9}, .service = "odd", .limit = 2}), "1 3");
  EXPECT_EQ(visited({.from = {0}, .to = {9}, .limit = 0}), "");
  int seen = 0;
  store_.visit({.from = {0}, .to = {9}}, [&](const CategorizedEvent&) { return ++seen < 3; });
  EXPECT_EQ(seen, 3);
}

TEST_P(EventStoreContract, CountsByServiceAndCategory) {
  EXPECT_EQ(counted({.from = {0}, .to = {99}}), "");
  add(5, "b", "x", "slow_failure");
  add(1, "a", "x", "slow_failure");
  add(3, "a", "x", "fast_failure");
  add(9, "a", "x", "slow_failure");
  EXPECT_EQ(counted({.from = {0}, .to = {99}, .limit = 1}),
            "a/fast_failure=1@3-3, a/slow_failure=2@1-9, b/slow_failure=1@5-5");
  EXPECT_EQ(counted({.from = {2}, .to = {9}}), "a/fast_failure=1@3-3, b/slow_failure=1@5-5");
  EXPECT_EQ(counted({.from = {0}, .to = {99}, .service = "b"}), "b/slow_failure=1@5-5");
  EXPECT_EQ(counted({.from = {0}, .to = {99}, .category = "fast_failure"}), "a/fast_failure=1@3-3");
}

TEST_P(EventStoreContract, EveryAppendIsVisibleToTheNextQuery) {
  for (int i = 0; i < 3; ++i) {
    add(i, "a", "m");
    EXPECT_EQ(counted({.from = {0}, .to = {99}}),
              "a/fast_failure=" + std::to_string(i + 1) + "@0-" + std::to_string(i));
  }
}

TEST_P(EventStoreContract, KeepsEveryField) {
  store_.append({.time = {1'700'000'000'123},
                 .category = "critical_timeout",
                 .service = "payment",
                 .level = Level::kFatal,
                 .latency_ms = 2500.25,
                 .message = "gone",
                 .trace = "4bf92f35",
                 .upstream = "checkout",
                 .origin = {.file = 3, .line = 612'044, .offset = 5'000'000'000}});
  int seen = 0;
  store_.visit({.from = {0}, .to = {2'000'000'000'000}}, [&](const CategorizedEvent& event) {
    ++seen;
    EXPECT_EQ(event.time.ms, 1'700'000'000'123);
    EXPECT_EQ(event.category, "critical_timeout");
    EXPECT_EQ(event.service, "payment");
    EXPECT_EQ(event.level, Level::kFatal);
    EXPECT_EQ(event.latency_ms, 2500.25);
    EXPECT_EQ(event.message, "gone");
    EXPECT_EQ(event.trace, "4bf92f35");
    EXPECT_EQ(event.upstream, "checkout");
    EXPECT_EQ(event.origin.file, 3u);
    EXPECT_EQ(event.origin.line, 612'044u);
    EXPECT_EQ(event.origin.offset, 5'000'000'000u);
    return true;
  });
  EXPECT_EQ(seen, 1);
}

TEST_P(EventStoreContract, NoLatencyStaysNoLatency) {
  store_.append({.time = {1},
                 .category = "unclassified",
                 .service = "a",
                 .latency_ms = std::numeric_limits<double>::quiet_NaN(),
                 .message = "m"});
  store_.visit({.from = {0}, .to = {9}}, [&](const CategorizedEvent& event) {
    EXPECT_TRUE(std::isnan(event.latency_ms));
    return true;
  });
}

TEST_P(EventStoreContract, BytesComeBackAsTheyWent) {
  const std::string hostile[] = {std::string("nul\0inside", 10),
                                 "\xff\xfe invalid",
                                 "'; DROP TABLE event; --",
                                 "",
                                 "\x1b[31mred",
                                 std::string("\0", 1)};
  for (const std::string& bytes : hostile) {
    store_.append(
        {.time = {1}, .category = "c", .service = "s" + bytes, .message = bytes, .trace = bytes, .upstream = bytes});
  }
  std::size_t i = 0;
  store_.visit({.from = {0}, .to = {9}}, [&](const CategorizedEvent& event) {
    EXPECT_EQ(event.message, hostile[i]);
    EXPECT_EQ(event.trace, hostile[i]);
    EXPECT_EQ(event.upstream, hostile[i]);
    EXPECT_EQ(event.service, "s" + hostile[i]);
    ++i;
    return true;
  });
  EXPECT_EQ(i, std::size(hostile));
  for (const std::string& bytes : hostile) {
    EXPECT_EQ(store_.count({.from = {0}, .to = {9}, .service = "s" + bytes}).size(), 1u);
  }
}

TEST_P(EventStoreContract, LongTextsAreCutBetweenCharacters) {
  std::string message(kMaxStoredMessage - 1, 'm');
  message += "é and much more";
  const std::string service(10'000, 's');
  store_.append({.time = {1}, .category = "c", .service = service, .message = message});
  int seen = 0;
  store_.visit({.from = {0}, .to = {9}, .service = service}, [&](const CategorizedEvent& event) {
    EXPECT_EQ(event.message, message.substr(0, kMaxStoredMessage - 1));
    EXPECT_EQ(event.service, service.substr(0, kMaxStoredName));
    ++seen;
    return true;
  });
  EXPECT_EQ(seen, 1);
}

TEST_P(EventStoreContract, ManyEventsKeepTheirOrder) {
  // More than a batch, half of them late.
  for (int i = 0; i < 10'000; ++i) add(i % 2 == 0 ? i : 10'000 - i, "s" + std::to_string(i % 7), std::to_string(i));
  EventTime last{-1};
  std::uint64_t seen = 0;
  store_.visit({.from = {0}, .to = {20'000}}, [&](const CategorizedEvent& event) {
    EXPECT_LE(last, event.time);
    last = event.time;
    ++seen;
    return true;
  });
  EXPECT_EQ(seen, 10'000u);
  std::uint64_t sum = 0;
  for (const CategoryCount& count : store_.count({.from = {0}, .to = {20'000}})) sum += count.count;
  EXPECT_EQ(sum, 10'000u);
}

TEST_P(EventStoreContract, AVisitorMayQueryAgain) {
  for (int i = 0; i < 3; ++i) add(i, "a", std::to_string(i));
  std::string text;
  store_.visit({.from = {0}, .to = {9}}, [&](const CategorizedEvent& event) {
    text += std::string(event.message) + ":" +
            std::to_string(store_.count({.from = event.time, .to = {9}}).at(0).count) + " ";
    return true;
  });
  EXPECT_EQ(text, "0:3 1:2 2:1 ");
}

inline std::string name_of(const ::testing::TestParamInfo<StoreMaker>& info) {
  return info.param.name;
}

}  // namespace tocsin
