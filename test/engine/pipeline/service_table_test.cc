#include "engine/pipeline/service_table.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace tocsin {
namespace {

LogEvent event(std::string_view service, std::int64_t second, std::string_view caller = "") {
  LogEvent out;
  out.time = EventTime{} + Period::seconds(second);
  out.service = service;
  out.upstream = caller;
  return out;
}

void count(ServiceTable& table, const LogEvent& one) {
  table.count(table.find(one.service), one);
}

TEST(ServiceTable, AServiceKeepsItsNumberAndLogGroup) {
  ServiceTable table("/tocsin");
  EXPECT_EQ(table.find("cart").id, 0U);
  EXPECT_EQ(table.find("a service with a long name").id, 1U);
  EXPECT_EQ(table.find("cart").id, 0U);
  EXPECT_EQ(table.find("a service with a long name").log_group, "/tocsin/a service with a long name");
}

TEST(ServiceTable, CutsNamesAsTheStoreDoes) {
  ServiceTable table("/tocsin");
  const std::string name = std::string(kMaxStoredName - 1, 's') + "é";
  const ServiceTable::Service& service = table.find(name + " and more");
  EXPECT_EQ(service.name, stored_text(name, kMaxStoredName));
  EXPECT_EQ(service.name.size(), kMaxStoredName - 1);
  EXPECT_EQ(&table.find(name + " and other things"), &service);
  EXPECT_NE(&table.find(name.substr(1)), &service);
  count(table, event(name, 1, name));
  EXPECT_TRUE(table.calls().empty());
}

TEST(ServiceTable, BehindTheMostAllNewOnesShareOneEntry) {
  ServiceTable table("/tocsin");
  for (std::size_t i = 0; i < ServiceTable::kMaxServices; ++i) table.find("s" + std::to_string(i));
  std::set<std::uint32_t> ids;
  for (int i = 0; i < 100; ++i) ids.insert(table.find("late" + std::to_string(i)).id);
  EXPECT_EQ(ids, std::set<std::uint32_t>{static_cast<std::uint32_t>(ServiceTable::kMaxServices)});
  EXPECT_EQ(table.overflowed(), 100U);
  EXPECT_EQ(table.find("late1").name, "__other__");
  EXPECT_EQ(table.find("s7").id, 7U);
}

TEST(ServiceTable, CountsEventsInTheMinuteTheyFallInto) {
  ServiceTable table("/tocsin");
  for (const std::int64_t second : {0, 59, 60, 30, 125, 61}) count(table, event("cart", second));
  // An hour later the place of the first minute is used again, and a late event of that minute is not counted.
  count(table, event("cart", 3600));
  count(table, event("cart", 1));
  const auto activity = table.activity(EventTime{} + Period::seconds(3600));
  ASSERT_EQ(activity.size(), 1U);
  std::vector<std::uint64_t> counts;
  for (const auto& minute : activity[0].minutes) {
    if (minute.events > 0) counts.push_back(minute.events);
  }
  EXPECT_EQ(counts, (std::vector<std::uint64_t>{2, 1, 1}));
}

TEST(ServiceTable, CountsCallsButNoneOfAServiceToItself) {
  ServiceTable table("/tocsin");
  count(table, event("cart", 1, "shop"));
  count(table, event("cart", 2, "shop"));
  count(table, event("cart", 3, "cart"));
  count(table, event("cart", 4));
  const auto calls = table.calls();
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].caller + " " + calls[0].callee + " " + std::to_string(calls[0].calls), "shop cart 2");
  EXPECT_EQ(table.speaking(), 1U);
}

}  // namespace
}  // namespace tocsin
