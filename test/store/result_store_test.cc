#include "store/result_store.h"

#include <gtest/gtest.h>

#include "store/statement.h"
#include "test/store/temporary_directory.h"

namespace tocsin {
namespace {

std::string visited(ResultStore& store, const std::string& type, const std::string& subject = "",
                    const std::string& id = "") {
  std::string text;
  store.visit(type, subject, id, [&](const ResultRow& row) {
    text += (text.empty() ? "" : " ") + row.id + "=" + row.json;
    return true;
  });
  return text;
}

TEST(ResultStore, VisitsByTypeSubjectAndId) {
  Database database = Database::open("");
  ResultStore store(database);
  store.put({.type = "transition", .id = "t2", .at = {20}, .subject = "errors/a", .json = "2"});
  store.put({.type = "transition", .id = "t1", .at = {10}, .subject = "errors/b", .json = "1"});
  store.put({.type = "transition", .id = "t3", .at = {20}, .subject = "errors/a", .json = "3"});
  store.put({.type = "finding", .id = "f1", .at = {5}, .subject = "inc", .json = "F"});
  EXPECT_EQ(visited(store, "transition"), "t1=1 t2=2 t3=3");
  EXPECT_EQ(visited(store, "transition", "errors/a"), "t2=2 t3=3");
  EXPECT_EQ(visited(store, "transition", "", "t3"), "t3=3");
  EXPECT_EQ(visited(store, "transition", "errors/b", "t3"), "");
  EXPECT_EQ(visited(store, "finding"), "f1=F");
  EXPECT_EQ(visited(store, "dead_letter"), "");
}

TEST(ResultStore, AnIdIsStoredOnceAndKeepsItsPlace) {
  Database database = Database::open("");
  ResultStore store(database);
  store.put({.type = "execution", .id = "x", .at = {1}, .subject = "w", .json = "running"});
  store.put({.type = "execution", .id = "y", .at = {1}, .subject = "w", .json = "other"});
  store.flush();
  store.put({.type = "execution", .id = "x", .at = {1}, .subject = "w", .json = "done"});
  store.put({.type = "finding", .id = "x", .at = {1}, .subject = "w", .json = "another type"});
  EXPECT_EQ(visited(store, "execution"), "x=done y=other");
  EXPECT_EQ(visited(store, "finding"), "x=another type");
}

TEST(ResultStore, AVisitorEndsTheVisit) {
  Database database = Database::open("");
  ResultStore store(database);
  for (int i = 0; i < 5; ++i) store.put({.type = "t", .id = std::to_string(i), .at = {i}, .subject = "", .json = ""});
  int seen = 0;
  store.visit("t", "", "", [&](const ResultRow&) { return ++seen < 2; });
  EXPECT_EQ(seen, 2);
}

TEST(ResultStore, OutlivesTheProcess) {
  TemporaryDirectory directory;
  {
    Database database = Database::open(directory.path());
    ResultStore store(database);
    // More than a batch.
    for (int i = 0; i < 2000; ++i) {
      store.put({.type = "t", .id = std::to_string(i), .at = {i}, .subject = "s", .json = std::string(100, 'j')});
    }
    store.flush();
  }
  Database database = Database::open(directory.path());
  ResultStore store(database);
  int seen = 0;
  store.visit("t", "s", "", [&](const ResultRow& row) {
    EXPECT_EQ(row.at.ms, seen);
    ++seen;
    return true;
  });
  EXPECT_EQ(seen, 2000);
}

TEST(ResultStore, HostileTextComesBack) {
  Database database = Database::open("");
  ResultStore store(database);
  const std::string hostile("\0'\xff; DROP", 9);
  store.put({.type = "t", .id = hostile, .at = {-5}, .subject = hostile, .json = hostile});
  EXPECT_EQ(visited(store, "t", hostile, hostile), hostile + "=" + hostile);
}

TEST(ResultStore, ForgetsWhatIsOlder) {
  Database database = Database::open("");
  ResultStore store(database);
  store.put({.type = "t", .id = "old", .at = {9}, .subject = "", .json = "1"});
  store.put({.type = "t", .id = "new", .at = {10}, .subject = "", .json = "2"});
  store.expire({10});
  EXPECT_EQ(visited(store, "t"), "new=2");
}

TEST(ResultStore, AReaderInAnotherConnectionSeesIt) {
  TemporaryDirectory directory;
  Database writing = Database::open(directory.path()), reading = Database::open(directory.path());
  ResultStore writer(writing), reader(reading);
  writer.put({.type = "t", .id = "1", .at = {1}, .subject = "", .json = "x"});
  writer.flush();
  EXPECT_EQ(visited(reader, "t"), "1=x");
}

TEST(ResultStore, WhatARunWithoutSummaryLeftIsForgotten) {
  Database database = Database::open("");
  EXPECT_FALSE(discard_unfinished_run(database));
  ResultStore store(database);
  store.put({.type = "transition", .id = "t", .at = {1}, .subject = "a", .json = "1"});
  store.flush();
  EXPECT_TRUE(discard_unfinished_run(database));
  EXPECT_EQ(visited(store, "transition"), "");
  EXPECT_FALSE(discard_unfinished_run(database));
  store.put({.type = "transition", .id = "t", .at = {1}, .subject = "a", .json = "1"});
  store.put({.type = "summary", .id = "s", .at = {1}, .subject = "replay", .json = "{}"});
  store.flush();
  EXPECT_FALSE(discard_unfinished_run(database));
  EXPECT_EQ(visited(store, "transition"), "t=1");
}

}  // namespace
}  // namespace tocsin
