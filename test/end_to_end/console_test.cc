// What the binary does with its standard streams, with files that are none, and with requests made to hurt it: it says
// one clear line, ends with the right code, and never dies of a signal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "test/end_to_end/program.h"

namespace tocsin {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;
using testing::Not;

const std::string kTocsin = TOCSIN_BINARY;

// With the redirections that the command names itself.
ProgramResult shell(const std::string& command) {
  return run_shell("{ " + command + "; }");
}

// Three good lines in a file.
std::string small_log() {
  const std::string path = scratch_folder("console") + "/small.ndjson";
  std::string text;
  for (int i = 0; i < 3; ++i) {
    text += R"({"timestamp":"2026-11-20T10:00:0)" + std::to_string(i) + R"(Z","service":"a","level":"INFO"})" + "\n";
  }
  write_file(path, text);
  return path;
}

TEST(Console, AnOutputThatCannotBeWrittenIsAFailure) {
  const std::string log = small_log();
  const char* const commands[] = {
      "--version",
      "--help",
      "rules show",
      "rules check LOG.yaml",
      "alarm simulate --threshold 5 --datapoints 1",
      "pattern match INFO LOG",
      "replay LOG",
      "replay LOG --output ndjson",
  };
  write_file(log + ".yaml", "version: 1\n");
  for (std::string command : commands) {
    if (const std::size_t at = command.find("LOG"); at != std::string::npos) command.replace(at, 3, log);
    const ProgramResult result = shell(kTocsin + " " + command + " 2>&1 >/dev/full");
    EXPECT_EQ(result.exit_code, 1) << command << ": " << result.out;
    EXPECT_THAT(result.out, HasSubstr("tocsin: cannot write to standard output")) << command;
  }
}

TEST(Console, AStderrThatIsFullOrClosedChangesNoExitCode) {
  const std::string log = small_log();
  const struct {
    std::string command;
    int exit_code;
  } cases[] = {
      {"replay " + log, 0},
      {"replay " + log + ".none", 1},
      {"replay " + log + " --rules none.yaml", 78},
      {"rules check none.yaml", 78},
      {"workflow validate none.yaml", 1},
      {"alarm simulate --alarm none.json --datapoints 1", 1},
      {"--none", 2},
      {"nonsense", 2},
  };
  for (const auto& c : cases) {
    for (const char* streams : {" >/dev/null 2>/dev/full", " >/dev/null 2>&-"}) {
      EXPECT_EQ(shell(kTocsin + " " + c.command + streams).exit_code, c.exit_code) << c.command << streams;
    }
  }
}

// A database opened where stdout should be would be written over by what is printed.
TEST(Console, FilesNeverTakeThePlaceOfAClosedStream) {
  const std::string log = small_log(), folder = scratch_folder("closed");
  const ProgramResult result =
      shell(kTocsin + " replay " + log + " --data-dir " + folder + "/data 2>/dev/null >&- <&-");
  EXPECT_EQ(result.exit_code, 1);
  const ProgramResult again = shell(kTocsin + " alarms history --data-dir " + folder + "/data 2>&1");
  EXPECT_EQ(again.exit_code, 0) << again.out;
}

TEST(Console, BatchRequestsThatWouldHurtAreAnswered) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  const struct {
    const char* what;
    std::string command, bad, good;
  } cases[] = {
      {"deep id", "pattern match", R"({"id":)" + deep + R"(,"pattern":"a","event":"a"})",
       R"({"id":2,"pattern":"a","event":"a"})"},
      {"deep alarm", "alarm simulate", R"({"id":1,"alarm":)" + deep + "}",
       R"({"id":2,"alarm":{"Threshold":1,"ComparisonOperator":"GreaterThanThreshold","EvaluationPeriods":1,"Period":60,"Statistic":"Sum"},"datapoints":[1]})"},
      {"deep input", "workflow run", R"({"id":1,"definition":{},"input":)" + deep + "}",
       R"({"id":2,"definition":{"StartAt":"A","States":{"A":{"Type":"Succeed"}}},"input":{}})"},
      {"no object", "workflow validate", deep, R"({"id":2,"definition":{}})"},
  };
  for (const auto& c : cases) {
    ProgramInput input;
    input.stdin_bytes = c.bad + "\n" + c.good + "\n";
    for (std::size_t at = 0; at < c.command.size();) {
      const std::size_t end = std::min(c.command.find(' ', at), c.command.size());
      input.arguments.push_back(c.command.substr(at, end - at));
      at = end + 1;
    }
    input.arguments.emplace_back("--batch");
    const ProgramResult result = run_tocsin(input);
    EXPECT_EQ(result.exit_code, 0) << c.what;
    const std::vector<std::string> lines = lines_of(result.out);
    ASSERT_EQ(lines.size(), 2U) << c.what;
    EXPECT_EQ(Json::parse(lines[0])["error"]["code"], "INVALID_REQUEST") << c.what;
    EXPECT_EQ(Json::parse(lines[1])["id"], 2) << c.what;
    EXPECT_FALSE(Json::parse(lines[1]).contains("error")) << c.what << ": " << lines[1];
  }
}

TEST(Console, ABatchEndsWhenNobodyReadsItsAnswers) {
  const std::string request = R"('{"id":1,"pattern":"a","event":"a"}')";
  const ProgramResult result =
      shell("{ yes " + request + " | timeout 20 " + kTocsin + " pattern match --batch; echo code $? >&2; } 2>&1 | " +
            "{ read -r line; exec <&-; cat >/dev/null; }; true");
  EXPECT_EQ(result.exit_code, 0);
  const ProgramResult full = shell("echo " + request + " | " + kTocsin + " pattern match --batch 2>&1 >/dev/full");
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_THAT(full.out, HasSubstr("tocsin: cannot write to standard output"));
}

TEST(Console, FilesOfTheUsersAreReadWithinBounds) {
  const std::string log = small_log(), folder = std::filesystem::path(log).parent_path().string();
  write_file(folder + "/broken.json", "{\"a\": \n[1,}");
  write_file(folder + "/raises.json", R"({"A": [{"raises": "x"}]})");
  write_file(folder + "/deep.json", "{\"a\":" + std::string(200'000, '[') + std::string(200'000, ']') + ",\"b\":1}");
  write_file(folder + "/empty.json", R"({"A": [{}]})");
  write_file(folder + "/ok.asl.json", R"({"StartAt":"A","States":{"A":{"Type":"Succeed"}}})");
  const struct {
    std::string command, message;
  } cases[] = {
      {"replay " + log + " --mocks " + folder, "is a directory"},
      {"replay " + log + " --mocks /dev/zero", "/dev/zero: larger than 16 MiB"},
      {"replay " + log + " --mocks " + folder + "/broken.json", "broken.json:2:"},
      {"replay " + log + " --mocks " + folder + "/raises.json", "no object with Error and Cause"},
      {"replay " + log + " --mocks " + folder + "/empty.json", "needs either \"returns\" or \"raises\""},
      {"workflow run " + folder + "/ok.asl.json --mocks " + folder + "/raises.json", "no object with Error and Cause"},
      {"replay " + log + " --mocks " + folder + "/deep.json", "deep"},
      {"alarm simulate --datapoints 1 --alarm " + folder + "/deep.json", "deep"},
      {"workflow run " + folder, "is a directory"},
      {"alarm simulate --datapoints 1 --alarm /dev/zero", "/dev/zero: larger than 16 MiB"},
      {"alarm simulate --datapoints 1 --alarm " + folder, "is a directory"},
  };
  for (const auto& c : cases) {
    const ProgramResult result = shell(kTocsin + " " + c.command + " 2>&1 >/dev/null");
    EXPECT_THAT(result.exit_code, testing::AnyOf(1, 78)) << c.command;
    EXPECT_THAT(result.out, HasSubstr(c.message)) << c.command;
    EXPECT_EQ(lines_of(result.out).size(), 1U) << result.out;
  }
}

TEST(Console, NamesAndDefinitionsNeverReachATerminalAsTheyAre) {
  const std::string folder = scratch_folder("escapes"), name = folder + "/es\x1b[31mc";
  write_file(name + ".yaml", "version: 1\nalarms: 5\n");
  write_file(name + ".json", R"({"StartAt":"\u001b[31mx","States":{"A\u001b[31m":{"Type":"Foo\u001b[31m"}}})");
  for (const char* command : {"rules check 'F.yaml'", "rules check 'F.none'", "replay x --rules 'F.yaml'",
                              "workflow validate 'F.json'", "workflow run 'F.json'", "replay x --speed 'F'", "'F'",
                              "replay 'F'", "alarm simulate --datapoints 1 --alarm 'F'"}) {
    std::string arguments = command;
    arguments.replace(arguments.find('F'), 1, name);
    const ProgramResult result = shell(kTocsin + " " + arguments + " 2>&1");
    EXPECT_NE(result.exit_code, 0) << command;
    EXPECT_THAT(result.out, Not(HasSubstr("\x1b"))) << command;
    EXPECT_THAT(result.out, HasSubstr("\\x1b[31m")) << command;
  }
}

TEST(Console, OptionsThatCannotMeanWhatTheySayAreRefused) {
  const std::string log = small_log();
  const struct {
    std::vector<std::string> arguments;
    std::string message;
  } cases[] = {
      {{"replay", log, "--from", "2026-11-20T11:00:00Z", "--to", "2026-11-20T10:00:00Z"}, "is not before --to"},
      {{"replay", log, "--from", "2026-11-20T11:00:00Z", "--to", "2026-11-20T11:00:00Z"}, "is not before --to"},
      {{"replay", "-", log, "-"}, "can be named once only"},
      {{"nonsense"}, "there is no command 'nonsense'"},
      {{}, "subcommand"},
  };
  for (const auto& c : cases) {
    const ProgramResult result = run_tocsin({.arguments = c.arguments});
    EXPECT_EQ(result.exit_code, 2) << c.message;
    EXPECT_THAT(result.err, HasSubstr(c.message));
  }
}

TEST(Console, HundredsOfFilesNeedOneDescriptorEach) {
  const std::string folder = scratch_folder("many");
  for (int i = 0; i < 100; ++i) {
    write_file(folder + "/" + std::to_string(i) + ".ndjson", "{\"timestamp\":\"2026-11-20T10:00:00Z\"}\n");
  }
  const ProgramResult result =
      shell("ulimit -n 128; " + kTocsin + " replay " + folder + "/*.ndjson --output ndjson 2>&1 | tail -n 1");
  EXPECT_THAT(result.out, HasSubstr("\"lines\":100,"));
}

// Slower than any clock: it waits, instead of a time that overflowed and is over at once.
TEST(Console, AnExtremeSpeedIsStillASpeed) {
  const ProgramResult slow =
      shell("timeout -s INT 1 " + kTocsin + " replay " + small_log() + " --speed 1e-300 --output ndjson 2>&1");
  EXPECT_THAT(slow.out, HasSubstr("\"interrupted\":true"));
  const ProgramResult fast = shell(kTocsin + " replay " + small_log() + " --speed 1e300 --output ndjson 2>&1");
  EXPECT_THAT(fast.out, HasSubstr("\"lines\":3,"));
}

}  // namespace
}  // namespace tocsin
