#include "store/state_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "store/checksum.h"
#include "store/sqlite_event_store.h"
#include "store/statement.h"
#include "test/store/temporary_directory.h"

namespace tocsin {
namespace {

using ::testing::HasSubstr;

constexpr StateStore::Options kAlways{.refresh = Period{0}};  // the older generation is the state before the newest
constexpr StateStore::Options kSeldom{.refresh = Period::days(1)};

std::string text_of(const StateStore::Saved& saved) {
  std::string text = saved.engine;
  for (const CheckpointRow& row : saved.checkpoints) text += " " + row.source + "/" + row.key + "=" + row.value;
  return text;
}

std::string events_in(const Database& database) {
  std::string text;
  Statement all(database.handle(), "SELECT time FROM event ORDER BY id");
  while (all.step()) text += std::to_string(all.integer(0)) + " ";
  return text;
}

class StateStoreTest : public testing::Test {
 protected:
  // One commit: an event and the state that counts it.
  void commit(StateStore& states, const std::string& engine, const std::vector<CheckpointRow>& changed) {
    Transaction transaction(database.handle());
    SqliteEventStore events(database, {.live = true});
    events.append({.time = {++time}, .category = "c", .service = "s"});
    events.flush();
    states.put(engine, changed);
    transaction.commit();
  }
  // "before" after event 1, `state` after event 2, and nothing else.
  void commit_two_states(const std::string& state) {
    execute(database.handle(), "DELETE FROM engine_state; DELETE FROM checkpoint; DELETE FROM event");
    time = 0;
    StateStore states(database, kAlways);
    commit(states, "before", {{"tail", "a", "1"}});
    commit(states, state, {{"tail", "a", "2"}});
  }
  StateStore::Saved load() {
    Database again = Database::open(directory.path());
    return StateStore(again).load();
  }

  TemporaryDirectory directory;
  Database database = Database::open(directory.path());
  int time = 0;
};

TEST_F(StateStoreTest, IsEmptyAtFirst) {
  const StateStore::Saved saved = load();
  EXPECT_EQ(text_of(saved), "");
  EXPECT_EQ(saved.problem, "");
}

TEST_F(StateStoreTest, GivesBackWhatWasPutLast) {
  StateStore states(database);
  const std::string binary("\0\xff\x01 state", 9);
  commit(states, "one", {{"tail", "a", "1"}, {"tail", "b", "1"}, {"syslog", "a", "1"}});
  commit(states, binary, {{"tail", "a", "2"}, {"tail", "b", ""}});
  const StateStore::Saved saved = load();
  EXPECT_EQ(text_of(saved), binary + " syslog/a=1 tail/a=2");
  EXPECT_EQ(saved.problem, "");
  StateStore again(database);
  again.put("three", {{"tail", "c", "3"}});
  EXPECT_EQ(text_of(load()), "three syslog/a=1 tail/a=2 tail/c=3");
}

TEST_F(StateStoreTest, WhatWasRolledBackIsForgotten) {
  StateStore states(database);
  states.put("one", {{"tail", "a", "1"}});
  {
    Transaction transaction(database.handle());
    states.put("lost", {{"tail", "a", "9"}, {"tail", "b", "9"}});
  }
  states.put("two", {{"tail", "c", "2"}});
  const StateStore::Saved saved = load();
  EXPECT_EQ(text_of(saved), "two tail/a=1 tail/c=2");
  EXPECT_EQ(saved.problem, "");
}

TEST_F(StateStoreTest, GoesBackToTheOlderGenerationAndTakesItsEventsBack) {
  StateStore states(database, kAlways);
  commit(states, "one", {{"tail", "a", "1"}, {"tail", "gone", "1"}});
  commit(states, "two", {{"tail", "a", "2"}});
  commit(states, "three", {{"tail", "a", "3"}, {"tail", "gone", ""}});
  EXPECT_EQ(events_in(database), "1 2 3 ");
  execute(database.handle(), "UPDATE engine_state SET engine=x'00' WHERE generation=0");
  const StateStore::Saved saved = load();
  EXPECT_EQ(text_of(saved), "two tail/a=2 tail/gone=1");
  EXPECT_THAT(saved.problem, HasSubstr("the engine's state is damaged; going on from an older state"));
  EXPECT_EQ(events_in(database), "1 2 ");
  // It was mended: the next start has no problem, and a put does not spoil the only good generation.
  EXPECT_EQ(load().problem, "");
  EXPECT_EQ(text_of(load()), "two tail/a=2 tail/gone=1");
}

TEST_F(StateStoreTest, TheOlderGenerationIsWrittenSeldom) {
  StateStore states(database, kSeldom);
  commit(states, "one", {});
  for (const char* state : {"two", "three", "four"}) commit(states, state, {});
  Statement older(database.handle(), "SELECT count(*) FROM engine_state WHERE generation=1");
  ASSERT_TRUE(older.step());
  EXPECT_EQ(older.integer(0), 0) << "there was nothing to copy at the first put";
  StateStore next(database, kSeldom);
  commit(next, "five", {});
  commit(next, "six", {});
  Statement kept(database.handle(), "SELECT engine FROM engine_state WHERE generation=1");
  ASSERT_TRUE(kept.step());
  EXPECT_EQ(kept.text(0), "four");
}

TEST_F(StateStoreTest, EventsThatCameBetweenStateAndCrashAreTakenBack) {
  StateStore states(database);
  commit(states, "one", {});
  SqliteEventStore events(database, {.live = true});
  events.append({.time = {77}, .category = "c", .service = "s"});
  events.flush();
  SqliteEventStore late(database, {.late_arrivals = true});
  late.append({.time = {5}, .category = "c", .service = "s"});
  late.flush();
  load();
  EXPECT_EQ(events_in(database), "5 1 ");
}

TEST_F(StateStoreTest, WithoutAnyWholeStateGoesOnAtTheCheckpoints) {
  StateStore states(database, kAlways);
  commit(states, "one", {{"tail", "a", "1"}, {"tail", "b", "1"}});
  commit(states, "two", {{"tail", "a", "2"}, {"tail", "b", "2"}});
  execute(database.handle(),
          "UPDATE engine_state SET engine=x'00'; UPDATE checkpoint SET value='?' WHERE generation=0 AND key='b'");
  const StateStore::Saved saved = load();
  EXPECT_EQ(text_of(saved), " tail/a=2 tail/b=1");
  EXPECT_THAT(saved.problem, HasSubstr("the engine starts anew, reading goes on at 2 checkpoints"));
  EXPECT_EQ(events_in(database), "1 2 ");
  EXPECT_EQ(load().problem, "");
}

// What a damaged disk, a crash of another program or a curious user may leave behind. Nothing of it throws or crashes;
// each time something is given that was put together, or nothing at all, and the next start is clean.
TEST_F(StateStoreTest, GarbageNeverCrashesAndNeverStays) {
  const std::vector<std::string> places = {"engine_state SET engine=%",         "engine_state SET checksum=%",
                                           "engine_state SET last_event=%",     "engine_state SET checkpoints=%",
                                           "engine_state SET checkpoint_sum=%", "checkpoint SET value=%",
                                           "checkpoint SET checksum=%"};
  const std::vector<std::string> garbage = {
      "''", "x''", "x'00'", "zeroblob(100000)", "'text'", "-1", "9223372036854775807", "1.5e300", "randomblob(3000)"};
  const std::vector<std::string> statements = {"DELETE FROM engine_state", "DELETE FROM checkpoint",
                                               "DELETE FROM checkpoint WHERE key='a'",
                                               "INSERT INTO checkpoint VALUES(?,'x','y',1,'z')"};
  std::vector<std::string> damages = statements;
  for (const std::string& place : places) {
    for (const std::string& value : garbage) {
      std::string sql = "UPDATE " + place;
      damages.push_back(sql.replace(sql.find('%'), 1, value));
    }
  }
  ASSERT_GT(damages.size(), 50U);
  const auto load_here = [&] { return StateStore(database).load(); };
  for (std::string damage : damages) {
    for (const char* which : {"0", "0,1"}) {
      execute(database.handle(), "DELETE FROM engine_state; DELETE FROM checkpoint; DELETE FROM event");
      StateStore states(database, kAlways);
      commit(states, "one", {{"tail", "a", "1"}, {"tail", "b", "1"}});
      commit(states, "two", {{"tail", "a", "2"}});
      std::string sql = damage;
      if (const std::size_t mark = sql.find('?'); mark != std::string::npos) {
        sql.replace(mark, 1, std::string(which) == "1" ? "1" : "0");
      } else {
        sql += (sql.find("WHERE") == std::string::npos ? " WHERE" : " AND") + std::string(" generation IN (") + which +
               ")";
      }
      execute(database.handle(), sql.c_str());
      const StateStore::Saved saved = load_here();
      const std::string text = text_of(saved);
      EXPECT_THAT(text,
                  testing::AnyOf("two tail/a=2 tail/b=1", "one tail/a=1 tail/b=1", " tail/a=2 tail/b=1",
                                 " tail/a=1 tail/b=1", " tail/b=1", " tail/a=1", "two", "two tail/b=1", "one", ""))
          << sql;
      EXPECT_EQ(load_here().problem, "") << sql;
      EXPECT_EQ(text_of(load_here()), text) << sql;
      StateStore next(database, kAlways);
      commit(next, "next", {{"tail", "n", "1"}});
      EXPECT_THAT(text_of(load_here()), testing::StartsWith("next")) << sql;
    }
  }
}

// Each byte of the newest state may be another one, missing or NUL: it is never taken for whole.
TEST_F(StateStoreTest, AnyDamageOfTheNewestStateLeadsToTheOneBefore) {
  const std::string state = "the engine's state " + std::string(60, '\0') + "\xff ends here";
  std::vector<std::string> damages;
  const auto set_engine = [&](const std::string& bytes) {
    std::string hex;
    for (const unsigned char byte : bytes) {
      constexpr const char* kDigits = "0123456789abcdef";
      hex += {kDigits[byte >> 4], kDigits[byte & 15]};
    }
    damages.push_back("engine=x'" + hex + "'");
  };
  for (std::size_t size = 0; size < state.size(); ++size) set_engine(state.substr(0, size));
  for (std::size_t bit = 0; bit < state.size() * 8; ++bit) {
    std::string other = state;
    other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << bit % 8));
    set_engine(other);
  }
  set_engine(std::string(state.size(), '\0'));
  set_engine(state + '\0');
  for (const char* column : {"last_event", "checkpoints", "checkpoint_sum", "checksum"}) {
    for (int bit = 0; bit < 63; ++bit) {
      const std::string mask = std::to_string(1ULL << bit);
      const std::string name = column;
      damages.push_back(name + "=(" + name + "|" + mask + ")-(" + name + "&" + mask + ")");  // exclusive or
    }
  }
  commit_two_states(state);
  execute(database.handle(), "CREATE TEMP TABLE whole AS SELECT * FROM engine_state WHERE generation=0");
  for (const std::string& damage : damages) {
    execute(database.handle(), ("UPDATE engine_state SET " + damage + " WHERE generation=0").c_str());
    std::vector<GenerationReport> reports = StateStore(database).inspect();
    ASSERT_EQ(reports.size(), 2U) << damage;
    EXPECT_NE(reports[0].problem, "") << damage;
    EXPECT_EQ(reports[1].problem, "") << damage;
    execute(database.handle(), "REPLACE INTO engine_state SELECT * FROM whole");
  }
  EXPECT_EQ(load().problem, "");
  // What is found by looking is acted on by loading.
  for (const std::size_t pick : {std::size_t{0}, state.size(), state.size() + 77, damages.size() - 5}) {
    commit_two_states(state);
    execute(database.handle(), ("UPDATE engine_state SET " + damages[pick] + " WHERE generation=0").c_str());
    const StateStore::Saved saved = load();
    EXPECT_EQ(text_of(saved), "before tail/a=1") << damages[pick];
    EXPECT_NE(saved.problem, "");
    EXPECT_EQ(events_in(database), "1 ");
  }
}

// Both are whole, each is what was committed at its time: the one that is found as the newest counts.
TEST_F(StateStoreTest, SwappedGenerationsAreAnOlderState) {
  commit_two_states("after");
  execute(database.handle(),
          "UPDATE engine_state SET generation=9 WHERE generation=0; UPDATE engine_state SET generation=0 WHERE"
          " generation=1; UPDATE engine_state SET generation=1 WHERE generation=9;"
          "UPDATE checkpoint SET generation=9 WHERE generation=0; UPDATE checkpoint SET generation=0 WHERE"
          " generation=1; UPDATE checkpoint SET generation=1 WHERE generation=9");
  EXPECT_EQ(text_of(load()), "before tail/a=1");
  EXPECT_EQ(events_in(database), "1 ");
  // Half swapped, a state and the checkpoints of another one: neither is whole.
  commit_two_states("after");
  execute(database.handle(),
          "UPDATE checkpoint SET generation=9 WHERE generation=0; UPDATE checkpoint SET generation=0 WHERE"
          " generation=1; UPDATE checkpoint SET generation=1 WHERE generation=9");
  EXPECT_NE(load().problem, "");
}

TEST_F(StateStoreTest, Inspects) {
  StateStore states(database, kAlways);
  EXPECT_TRUE(states.inspect().empty());
  commit(states, "one", {{"tail", "a", "1"}});
  commit(states, "second", {{"tail", "b", "1"}});
  execute(database.handle(), "UPDATE checkpoint SET value='?' WHERE generation=1");
  const std::vector<GenerationReport> reports = states.inspect();
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_EQ(reports[0].engine_bytes, 6U);
  EXPECT_EQ(reports[0].checkpoints, 2U);
  EXPECT_EQ(reports[0].problem, "");
  EXPECT_EQ(reports[1].problem, "1 checkpoints are damaged");
}

TEST(Checksum, EveryByteAndItsPlaceCounts) {
  std::string bytes(200, '\0');
  const std::uint64_t zeros = checksum(bytes);
  std::vector<std::uint64_t> seen = {zeros};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const char value : {'\1', '\x80'}) {
      bytes[i] = value;
      seen.push_back(checksum(bytes));
    }
    bytes[i] = 0;
    seen.push_back(checksum(bytes.substr(0, i)));
  }
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
  EXPECT_EQ(checksum("tocsin"), checksum("tocsin"));
  EXPECT_NE(checksum("tocsin"), checksum("tocsin", 1));
  // The same on every machine and in every build: a database outlives both.
  EXPECT_EQ(checksum("0123456789abcdef0123456789abcdef0123456789"), 4597126789453588552U);
}

}  // namespace
}  // namespace tocsin
