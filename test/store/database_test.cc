#include "store/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>

#include "store/schema.h"
#include "store/sqlite_event_store.h"
#include "store/statement.h"
#include "test/store/temporary_directory.h"

namespace tocsin {
namespace {

using ::testing::HasSubstr;

std::string refusal(const std::string& data_dir) {
  try {
    Database::open(data_dir);
  } catch (const StoreError& error) {
    return error.what();
  }
  return "opened";
}

std::int64_t schema_version(const Database& database) {
  Statement statement(database.handle(), "SELECT version FROM schema_version");
  return statement.step() ? statement.integer(0) : -1;
}

TEST(Database, MakesTheDirectoryAndTheNewestSchema) {
  TemporaryDirectory directory;
  const std::string nested = directory.path() + "/a/b";
  const Database database = Database::open(nested);
  EXPECT_TRUE(std::filesystem::exists(nested + "/tocsin.db"));
  EXPECT_EQ(schema_version(database), newest_schema_version());
  Statement mode(database.handle(), "PRAGMA journal_mode");
  ASSERT_TRUE(mode.step());
  EXPECT_EQ(mode.text(0), "wal");
}

TEST(Database, OpensTwiceWithoutMigratingAgain) {
  TemporaryDirectory directory;
  Database::open(directory.path());
  EXPECT_EQ(schema_version(Database::open(directory.path())), newest_schema_version());
}

// A database as the first released layout made it.
void make_version_1(const std::string& data_dir) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open((data_dir + "/tocsin.db").c_str(), &handle), SQLITE_OK);
  execute(handle,
          "PRAGMA journal_mode=WAL; PRAGMA application_id=1414480723;"
          "CREATE TABLE schema_version(version INTEGER NOT NULL); INSERT INTO schema_version VALUES(1);"
          "CREATE TABLE category(code INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
          "CREATE TABLE event(id INTEGER PRIMARY KEY, time INTEGER NOT NULL, service TEXT NOT NULL, category INTEGER"
          " NOT NULL, level INTEGER NOT NULL, latency_ms REAL, file INTEGER NOT NULL, line INTEGER NOT NULL, offset"
          " INTEGER NOT NULL, trace TEXT NOT NULL, upstream TEXT NOT NULL, message TEXT NOT NULL);"
          "CREATE INDEX event_by_time ON event(time);"
          "CREATE TABLE result(arrival INTEGER PRIMARY KEY, type TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL,"
          " subject TEXT NOT NULL, json TEXT NOT NULL);"
          "CREATE UNIQUE INDEX result_by_id ON result(type, id); CREATE INDEX result_by_time ON result(type, at);"
          "INSERT INTO category VALUES(0,'slow_failure');"
          "INSERT INTO event VALUES(7,1000,'payment',0,4,12.5,0,1,0,'','','kept');"
          "INSERT INTO result VALUES(1,'finding','f1',1000,'inc','{}');");
  sqlite3_close(handle);
}

std::int64_t number(const Database& database, const std::string& sql) {
  Statement statement(database.handle(), sql);
  return statement.step() ? statement.integer(0) : -1;
}

TEST(Database, MigratesTheFirstLayoutAndKeepsACopyOfIt) {
  TemporaryDirectory directory;
  make_version_1(directory.path());
  const std::string backup = directory.path() + "/tocsin.db.v1.bak";
  {
    const Database database = Database::open(directory.path());
    EXPECT_EQ(schema_version(database), newest_schema_version());
    EXPECT_EQ(number(database, "SELECT count(*) FROM event WHERE message='kept'"), 1);
    EXPECT_EQ(number(database, "SELECT count(*) FROM result WHERE id='f1'"), 1);
    EXPECT_EQ(number(database, "SELECT count(*) FROM delivery"), 0);
    ASSERT_TRUE(std::filesystem::exists(backup));
  }
  // The copy is whole: as a database of its own it opens and is migrated again.
  TemporaryDirectory other;
  std::filesystem::copy_file(backup, other.path() + "/tocsin.db");
  const Database database = Database::open(other.path());
  EXPECT_EQ(number(database, "SELECT count(*) FROM event WHERE message='kept'"), 1);
}

TEST(Database, AMigrationThatFailsLeavesTheOldLayout) {
  TemporaryDirectory directory;
  make_version_1(directory.path());
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open((directory.path() + "/tocsin.db").c_str(), &handle), SQLITE_OK);
  execute(handle, "CREATE TABLE silence(mine INTEGER)");  // in the way of the new layout's last table
  sqlite3_close(handle);
  EXPECT_THAT(refusal(directory.path()), HasSubstr("silence already exists"));
  ASSERT_EQ(sqlite3_open((directory.path() + "/tocsin.db").c_str(), &handle), SQLITE_OK);
  {
    Statement version(handle,
                      "SELECT version,(SELECT count(*) FROM sqlite_schema WHERE name='delivery') FROM"
                      " schema_version");
    ASSERT_TRUE(version.step());
    EXPECT_EQ(version.integer(0), 1);
    EXPECT_EQ(version.integer(1), 0);
  }
  execute(handle, "DROP TABLE silence");
  sqlite3_close(handle);
  EXPECT_EQ(schema_version(Database::open(directory.path())), newest_schema_version());
}

TEST(Database, ABackupThatCannotBeWrittenStopsTheMigration) {
  TemporaryDirectory directory;
  make_version_1(directory.path());
  std::filesystem::create_directory(directory.path() + "/tocsin.db.v1.bak");
  EXPECT_THAT(refusal(directory.path()), HasSubstr("tocsin.db.v1.bak"));
  std::filesystem::remove(directory.path() + "/tocsin.db.v1.bak");
  EXPECT_EQ(schema_version(Database::open(directory.path())), newest_schema_version());
}

TEST(Database, RefusesANewerSchema) {
  TemporaryDirectory directory;
  {
    const Database database = Database::open(directory.path());
    execute(database.handle(), "UPDATE schema_version SET version=999");
  }
  EXPECT_EQ(refusal(directory.path()),
            directory.path() + "/tocsin.db was written by a newer tocsin (schema 999, this one knows " +
                std::to_string(newest_schema_version()) + "); use that version or another data directory");
}

TEST(Database, RefusesTheDatabaseOfAnotherProgram) {
  TemporaryDirectory directory;
  {
    const Database database = Database::open(directory.path());
    execute(database.handle(), "PRAGMA application_id=1");
  }
  EXPECT_THAT(refusal(directory.path()), HasSubstr("is the database of another program"));
}

TEST(Database, RefusesWhatIsNoDatabase) {
  TemporaryDirectory directory;
  std::ofstream(directory.path() + "/tocsin.db") << std::string(10'000, 'x');
  EXPECT_THAT(refusal(directory.path()), HasSubstr("file is not a database"));
  EXPECT_THAT(refusal(directory.path()), HasSubstr(directory.path() + "/tocsin.db"));
}

TEST(Database, SaysWhyADirectoryCannotBeMade) {
  TemporaryDirectory directory;
  std::ofstream(directory.path() + "/file") << "x";
  EXPECT_THAT(refusal(directory.path() + "/file/below"), HasSubstr("cannot make data directory"));
  std::filesystem::create_directory(directory.path() + "/taken");
  std::filesystem::create_directory(directory.path() + "/taken/tocsin.db");
  EXPECT_THAT(refusal(directory.path() + "/taken"), HasSubstr("cannot open"));
}

TEST(Database, TemporaryOnesAreApart) {
  Database one = Database::open(""), two = Database::open("");
  execute(one.handle(), "INSERT INTO category VALUES(0,'x')");
  Statement count(two.handle(), "SELECT count(*) FROM category");
  ASSERT_TRUE(count.step());
  EXPECT_EQ(count.integer(0), 0);
}

TEST(Transaction, RollsBackUnlessCommittedAndJoinsAnOuterOne) {
  TemporaryDirectory directory;
  const Database kept = Database::open(directory.path());
  {
    Transaction outer(kept.handle());
    execute(kept.handle(), "INSERT INTO category VALUES(0,'x')");
    Transaction inner(kept.handle());
    inner.commit();
  }
  Statement count(kept.handle(), "SELECT count(*) FROM category");
  ASSERT_TRUE(count.step());
  EXPECT_EQ(count.integer(0), 0);
}

TEST(Statement, ErrorsCarryTheWordsOfSqlite) {
  const Database database = Database::open("");
  try {
    Statement statement(database.handle(), "SELECT x FROM nowhere");
    FAIL();
  } catch (const StoreError& error) {
    EXPECT_THAT(error.what(), HasSubstr("no such table: nowhere"));
  }
}

}  // namespace
}  // namespace tocsin
