// tocsin silence add, ls and expire, as users type them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "store/silence_store.h"
#include "test/end_to_end/program.h"

namespace tocsin {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

ProgramResult silence(std::vector<std::string> arguments, const std::string& data_dir) {
  arguments.insert(arguments.begin(), "silence");
  arguments.insert(arguments.end(), {"--data-dir", data_dir});
  return run_tocsin({.arguments = std::move(arguments), .environment = {"USER=ada"}});
}

Json listed(const std::string& data_dir, std::vector<std::string> options = {}) {
  std::vector<std::string> arguments = {"ls", "--output", "json"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  const ProgramResult result = silence(arguments, data_dir);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return Json::parse(result.out);
}

TEST(SilenceCommand, AddsListsAndExpires) {
  const std::string data_dir = scratch_folder("silences");
  const ProgramResult added =
      silence({"add", "service=\"a b\"", "alarm=~err.*", "--for", "2h", "--comment", "deploy"}, data_dir);
  ASSERT_EQ(added.exit_code, 0) << added.err;
  ASSERT_THAT(added.out, StartsWith("sil_"));
  const std::string id = lines_of(added.out).at(0);

  const Json list = listed(data_dir);
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0]["id"], id);
  EXPECT_EQ(list[0]["state"], "active");
  EXPECT_EQ(list[0]["matchers"], Json({"service=\"a b\"", "alarm=~\"err.*\""}));
  EXPECT_EQ(list[0]["comment"], "deploy");
  EXPECT_EQ(list[0]["created_by"], "ada");
  EXPECT_THAT(silence({"ls"}, data_dir).out, HasSubstr("active   "));

  EXPECT_EQ(silence({"expire", id, "--dry-run"}, data_dir).exit_code, 0);
  EXPECT_EQ(listed(data_dir)[0]["state"], "active");
  EXPECT_EQ(silence({"expire", id}, data_dir).exit_code, 0);
  EXPECT_EQ(listed(data_dir).size(), 0u);
  EXPECT_EQ(listed(data_dir, {"--all"})[0]["state"], "expired");
  const ProgramResult again = silence({"expire", id}, data_dir);
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_EQ(again.err, "tocsin: there is no silence " + id + " that is not over yet; `tocsin silence ls` shows them\n");
}

TEST(SilenceCommand, APendingSilenceIsShownAsSuch) {
  const std::string data_dir = scratch_folder("silences-pending");
  ASSERT_EQ(
      silence({"add", "a=b", "--from", "2199-01-01T00:00:00Z", "--until", "2199-01-02T00:00:00Z", "--comment", "x"},
              data_dir)
          .exit_code,
      0);
  const Json list = listed(data_dir);
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0]["state"], "pending");
  EXPECT_EQ(list[0]["from"], "2199-01-01T00:00:00.000Z");
  EXPECT_EQ(list[0]["until"], "2199-01-02T00:00:00.000Z");
}

// What `run` does: a connection that stays open, and sees that something has changed.
TEST(SilenceCommand, ARunningDaemonSeesTheSilence) {
  const std::string data_dir = scratch_folder("silences-daemon");
  Database daemon = Database::open(data_dir);
  SilenceStore store(daemon);
  const std::int64_t before = store.data_version();
  ASSERT_EQ(silence({"add", "service=payment", "--for", "5m", "--comment", "x"}, data_dir).exit_code, 0);
  EXPECT_NE(store.data_version(), before);
  const std::vector<Silence> silences = store.all();
  ASSERT_EQ(silences.size(), 1u);
  EXPECT_EQ(silences[0].until - silences[0].from, Period::minutes(5));
  EXPECT_TRUE(matches(silences[0].matchers, {{"service", "payment"}}));
}

TEST(SilenceCommand, SaysWhatIsWrong) {
  const std::string data_dir = scratch_folder("silences-wrong");
  struct Row {
    std::vector<std::string> arguments;
    int exit_code;
    std::string message;
  };
  const Row rows[] = {
      {{"add", "service", "--for", "2h", "--comment", "x"},
       2,
       "cannot read the matcher 'service': expected name=value, name!=value, name=~regex or name!~regex, such as "
       "service=payment"},
      {{"add", "service=~.*", "--for", "2h", "--comment", "x"},
       2,
       "this is no silence: at least one matcher must not match the empty text, or nearly everything would be "
       "silenced"},
      {{"add", "a=b", "--comment", "x"}, 2, "a silence needs an end: either --for 2h or --until 2026-12-24T18:00:00Z"},
      {{"add", "a=b", "--comment", "x", "--for", "2h", "--until", "2199-01-01T00:00:00Z"},
       2,
       "a silence needs an end: either --for 2h or --until 2026-12-24T18:00:00Z"},
      {{"add", "a=b", "--comment", "x", "--for", "soon"},
       2,
       "--for needs a length of time such as 30m, 2h or 1d, not 'soon'"},
      {{"add", "a=b", "--comment", "x", "--until", "later"},
       2,
       "--until needs a time such as 2026-12-24T18:00:00Z, not 'later'"},
      {{"add", "a=b", "--comment", "x", "--from", "2020-01-01T00:00:00Z", "--for", "1h"},
       2,
       "this is no silence: it is over already"},
      {{"add", "a=b", "--comment", "x", "--from", "2199-01-01T00:00:00Z", "--until", "2020-01-01T00:00:00Z"},
       2,
       "this is no silence: it ends (2020-01-01 00:00:00Z) before it begins (2199-01-01 00:00:00Z)"},
      {{"ls"}, 1, data_dir + " is no data directory of tocsin: it holds no tocsin.db"},
      {{"expire", "sil_x"}, 1, data_dir + " is no data directory of tocsin: it holds no tocsin.db"},
  };
  for (const Row& row : rows) {
    const ProgramResult result = silence(row.arguments, data_dir);
    EXPECT_EQ(result.exit_code, row.exit_code) << row.message;
    EXPECT_EQ(result.err, "tocsin: " + row.message + "\n");
    EXPECT_EQ(result.out, "");
  }
  EXPECT_EQ(silence({"add", "a=b", "--for", "1h"}, data_dir).exit_code, 2) << "--comment is required";
  const ProgramResult nowhere = silence({"add", "a=b", "--for", "1h", "--comment", "x"}, data_dir + "/nowhere");
  EXPECT_EQ(nowhere.exit_code, 1);
  EXPECT_EQ(nowhere.err, "tocsin: there is no data directory " + data_dir + "/nowhere\n");
}

TEST(SilenceCommand, ADryRunChangesNothing) {
  const std::string data_dir = scratch_folder("silences-dry");
  const ProgramResult result = silence({"add", "a=b", "--for", "2h", "--comment", "x", "--dry-run"}, data_dir);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, StartsWith("tocsin: would silence a=\"b\" from "));
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(silence({"ls"}, data_dir).exit_code, 1) << "there is no database";
}

}  // namespace
}  // namespace tocsin
