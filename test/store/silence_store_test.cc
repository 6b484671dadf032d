#include "store/silence_store.h"

#include <gtest/gtest.h>

#include "store/statement.h"
#include "test/store/temporary_directory.h"

namespace tocsin {
namespace {

Silence silence(const std::string& id, std::int64_t from, std::int64_t until) {
  return {.id = id,
          .matchers = {{"service", LabelMatcher::Kind::kEqual, "a \"b\"\n\\c"},
                       {"alarm", LabelMatcher::Kind::kMatchesNot, "err\\d+|slow"}},
          .from = {from},
          .until = {until},
          .comment = "deploy, don't call",
          .created_by = "ada"};
}

std::vector<std::string> ids(SilenceStore& store) {
  std::vector<std::string> found;
  for (const Silence& one : store.all()) found.push_back(one.id);
  return found;
}

TEST(SilenceStore, GivesBackWhatWasAddedByTime) {
  const TemporaryDirectory directory;
  Database database = Database::open(directory.path());
  SilenceStore store(database);
  store.add(silence("sil_b", 20, 100));
  store.add(silence("sil_c", 10, 100));
  store.add(silence("sil_a", 20, 100));
  EXPECT_EQ(ids(store), (std::vector<std::string>{"sil_c", "sil_a", "sil_b"}));
  const Silence expected = silence("sil_c", 10, 100);
  const Silence first = store.all().front();
  ASSERT_EQ(first.matchers.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(to_text(first.matchers[i]), to_text(expected.matchers[i]));
  EXPECT_EQ(first.from.ms, 10);
  EXPECT_EQ(first.until.ms, 100);
  EXPECT_EQ(first.comment, expected.comment);
  EXPECT_EQ(first.created_by, "ada");
}

TEST(SilenceStore, ExpiresWhatIsNotOverOnce) {
  const TemporaryDirectory directory;
  Database database = Database::open(directory.path());
  SilenceStore store(database);
  store.add(silence("active", 10, 100));
  store.add(silence("pending", 60, 100));
  EXPECT_TRUE(store.expire("active", {50}));
  EXPECT_FALSE(store.expire("active", {51}));
  EXPECT_TRUE(store.expire("pending", {50}));
  EXPECT_FALSE(store.expire("unknown", {50}));
  for (const Silence& one : store.all()) {
    EXPECT_EQ(one.until.ms, 50);
    EXPECT_LE(one.from, one.until);
  }
}

TEST(SilenceStore, AnotherConnectionSeesThatSomethingChanged) {
  const TemporaryDirectory directory;
  Database daemon = Database::open(directory.path());
  SilenceStore seen(daemon);
  const std::int64_t before = seen.data_version();
  EXPECT_EQ(seen.data_version(), before);
  Database command = Database::open(directory.path());
  SilenceStore(command).add(silence("sil_a", 10, 100));
  EXPECT_NE(seen.data_version(), before);
  EXPECT_EQ(ids(seen), std::vector<std::string>{"sil_a"});
}

TEST(SilenceStore, ForgetsWhatEndedLongAgo) {
  const TemporaryDirectory directory;
  Database database = Database::open(directory.path());
  SilenceStore store(database);
  const std::int64_t day = Period::days(1).ms;
  store.add(silence("old", 0, day));
  store.add(silence("newer", day, 3 * day));
  store.add(silence("new", 32 * day, 33 * day));
  EXPECT_EQ(ids(store), (std::vector<std::string>{"newer", "new"}));
}

TEST(SilenceStore, MatchersThatCannotBeReadSilenceNothing) {
  const TemporaryDirectory directory;
  Database database = Database::open(directory.path());
  SilenceStore store(database);
  store.add(silence("sil_a", 10, 100));
  execute(database.handle(), "UPDATE silence SET matchers='service=\"a\"' || char(10) || 'nonsense'");
  EXPECT_TRUE(store.all().front().matchers.empty());
}

}  // namespace
}  // namespace tocsin
