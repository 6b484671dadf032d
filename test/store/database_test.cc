#include "store/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST(Database, MigratesFromTheEmptyVersion) {
  TemporaryDirectory directory;
  {
    const Database database = Database::open(directory.path());
    execute(database.handle(),
            "DROP TABLE event; DROP TABLE category; DROP TABLE result; UPDATE schema_version SET version=0");
  }
  const Database database = Database::open(directory.path());
  EXPECT_EQ(schema_version(database), newest_schema_version());
  EXPECT_NO_THROW(execute(database.handle(), "SELECT * FROM event"));
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
