// The real binary over the example incident: what is said of it, and that it is the same however the bytes arrive.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "test/end_to_end/program.h"

namespace tocsin {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

const std::string kSource = TOCSIN_SOURCE_DIR;

// A small form of examples/checkout-outage, made once.
const std::string& small_incident() {
  static const std::string path = [] {
    const std::string file = scratch_folder("incident") + "/incident.ndjson";
    const ProgramResult made = run_shell(
        "python3 " + kSource + "/examples/checkout-outage/generate.py --minutes 20 --lines 12000 --out " + file);
    EXPECT_EQ(made.exit_code, 0) << made.out;
    return file;
  }();
  return path;
}

std::vector<Json> effects_of(const ProgramResult& result) {
  std::vector<Json> effects;
  for (const std::string& line : lines_of(result.out)) effects.push_back(Json::parse(line));
  return effects;
}

std::vector<Json> of_type(const std::vector<Json>& effects, const std::string& type) {
  std::vector<Json> result;
  for (const Json& effect : effects) {
    if (effect["type"] == type) result.push_back(effect);
  }
  return result;
}

Json summary_of(const ProgramResult& result) {
  const std::vector<std::string> lines = lines_of(result.out);
  return lines.empty() ? Json() : Json::parse(lines.back());
}

ProgramResult replay(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "replay");
  return run_tocsin({.arguments = std::move(arguments)});
}

TEST(Replay, NamesTheServiceThatBrokeFirst) {
  const ProgramResult result = replay({small_incident(), "--output", "ndjson"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const std::vector<Json> effects = effects_of(result);
  const std::vector<Json> findings = of_type(effects, "finding");
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings[0]["services"][0]["service"], "payment");
  EXPECT_THAT(findings[0]["probable_cause"].get<std::string>(), HasSubstr("connection pool exhausted"));
  EXPECT_EQ(findings[0]["evidence"][0]["sample"]["file"], small_incident());
  const Json summary = summary_of(result);
  EXPECT_EQ(summary["lines"].get<int>(), summary["events"].get<int>() + summary["dead_letters"].get<int>());
  EXPECT_EQ(summary["transitions"].get<std::size_t>(), of_type(effects, "transition").size());
  EXPECT_EQ(summary["findings"].get<std::size_t>(), findings.size());
  for (const Json& execution : of_type(effects, "execution")) EXPECT_EQ(execution["status"], "SUCCEEDED");
}

TEST(Replay, ThePlaceOfASampleIsReal) {
  const std::vector<Json> findings = of_type(effects_of(replay({small_incident(), "--output", "ndjson"})), "finding");
  const std::vector<std::string> lines = lines_of(read_file(small_incident()));
  for (const Json& finding : findings) {
    for (const Json& evidence : finding["evidence"]) {
      const Json& sample = evidence["sample"];
      const Json line = Json::parse(lines.at(sample["line"].get<std::size_t>() - 1));
      EXPECT_EQ(line["message"], sample["message"]);
    }
  }
}

TEST(Replay, GivesTheSameDigestHoweverTheBytesArrive) {
  const std::string file = small_incident();
  ASSERT_EQ(run_shell("gzip -kf " + file + " && zstd -qkf " + file).exit_code, 0);
  const std::string digest = summary_of(replay({file, "--output", "ndjson"}))["digest"];
  EXPECT_EQ(digest.size(), 64U);
  const std::vector<std::vector<std::string>> ways = {
      {file, "--output", "ndjson"},
      {file, "--output", "ndjson", "--threads", "4"},
      {file, "--output", "ndjson", "--speed", "100000"},
      {file + ".gz", "--output", "ndjson"},
      {file + ".zst", "--output", "ndjson"},
  };
  for (const auto& way : ways) EXPECT_EQ(summary_of(replay(way))["digest"], digest) << testing::PrintToString(way);
  // An event that names no service would belong to "stdin" here; these all name theirs.
  const ProgramResult piped = run_tocsin(
      {.arguments = {"replay", "-", "--output", "ndjson"}, .stdin_bytes = read_file(file), .stdin_chunk = 1});
  EXPECT_EQ(summary_of(piped)["digest"], digest);
}

TEST(Replay, MergesFilesByTime) {
  const std::string folder = scratch_folder("merge");
  const std::vector<std::string> lines = lines_of(read_file(small_incident()));
  std::string parts[3];
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Json line = Json::parse(lines[i]);
    parts[std::hash<std::string>{}(line["service"].get<std::string>()) % 3] += lines[i] + "\n";
  }
  std::vector<std::string> arguments = {"--output", "ndjson"};
  for (int i = 0; i < 3; ++i) {
    if (parts[i].empty()) continue;
    write_file(folder + "/" + std::to_string(i) + ".log", parts[i]);
    arguments.push_back(folder + "/" + std::to_string(i) + ".log");
  }
  ASSERT_GT(arguments.size(), 3U);
  const auto states = [](const ProgramResult& result) {
    std::vector<std::string> seen;
    for (const Json& t : of_type(effects_of(result), "transition")) {
      seen.push_back(t["at"].get<std::string>() + t["alarm"].get<std::string>() + t["to"].get<std::string>());
    }
    std::sort(seen.begin(), seen.end());
    return seen;
  };
  EXPECT_EQ(states(replay(arguments)), states(replay({small_incident(), "--output", "ndjson"})));
}

TEST(Replay, LeavesOutWhatIsOutsideTheRange) {
  const Json all = summary_of(replay({small_incident(), "--output", "ndjson"}));
  const Json part = summary_of(replay(
      {small_incident(), "--output", "ndjson", "--from", "2026-11-20T09:45:00Z", "--to", "2026-11-20T09:50:00Z"}));
  EXPECT_EQ(part["lines"], all["lines"]);
  EXPECT_GT(part["skipped"].get<int>(), 0);
  EXPECT_GE(part["first_event_time"].get<std::string>(), "2026-11-20T09:45:00");
  EXPECT_LT(part["last_event_time"].get<std::string>(), "2026-11-20T09:50:00");
}

struct BadLine {
  std::string bytes;
  const char* reason;
};

TEST(Replay, KeepsEveryBadLineAsADeadLetterAndLosesNoGoodOne) {
  const std::vector<std::string> good = lines_of(read_file(small_incident()));
  const std::string stamp = R"("timestamp":"2026-11-20T09:45:00Z","service":"auth","level":"ERROR")";
  const std::vector<BadLine> bad = {
      {"", "empty"},
      {"   \t", "empty"},
      {"{" + stamp, "broken_json"},
      {"{" + stamp + R"(,"x":tru})", "broken_json"},
      {"[1,2]", "broken_json"},
      {"not json at all", "broken_json"},
      {R"({"service":"auth","level":"ERROR","message":"when?"})", "no_timestamp"},
      {R"({"timestamp":"yesterday","service":"auth"})", "bad_timestamp"},
      {R"({"timestamp":-6795364578871345152,"service":"auth"})", "bad_timestamp"},
      {"{" + stamp + ",\"message\":\"\xff\xfe\"}", "invalid_utf8"},
      {"{" + stamp + ",\"message\":\"" + std::string("\0", 1) + "\"}", "nul_byte"},
      {"{" + stamp + ",\"x\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}", "too_deep"},
      {"{" + stamp + ",\"message\":\"" + std::string(3 << 20, 'x') + "\"}", "too_long"},
      {R"({"timestamp":"2031-01-01T00:00:00Z","service":"auth","level":"ERROR","message":"clock"})", "future"},
  };
  std::string mixed = "\xef\xbb\xbf";
  for (std::size_t i = 0; i < good.size(); ++i) {
    mixed += good[i] + (i % 3 == 0 ? "\r\n" : "\n");
    if (i % 500 == 250 && i / 500 < bad.size()) mixed += bad[i / 500].bytes + "\n";
  }
  mixed.pop_back();  // no final newline
  ASSERT_GT(good.size() / 500, bad.size());
  const std::string file = scratch_folder("bad") + "/mixed.ndjson";
  write_file(file, mixed);
  const ProgramResult clean = replay({small_incident(), "--output", "ndjson"});
  const ProgramResult result = replay({file, "--output", "ndjson"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const std::vector<Json> effects = effects_of(result);
  std::vector<std::string> reasons;
  for (const Json& letter : of_type(effects, "dead_letter")) {
    reasons.push_back(letter["reason"]);
    EXPECT_EQ(letter["file"], file);
    const auto offset = letter["offset"].get<std::size_t>();
    EXPECT_EQ(mixed[offset - 1], '\n');
    EXPECT_EQ(std::count(mixed.begin(), mixed.begin() + static_cast<std::ptrdiff_t>(offset), '\n') + 1,
              letter["line"].get<std::ptrdiff_t>());
  }
  std::vector<std::string> expected;
  for (const BadLine& line : bad) expected.push_back(line.reason);
  EXPECT_EQ(reasons, expected);
  const Json summary = summary_of(result);
  EXPECT_EQ(summary["lines"].get<std::size_t>(), good.size() + bad.size());
  EXPECT_EQ(summary["events"].get<std::size_t>(), good.size());
  EXPECT_EQ(of_type(effects, "transition"), of_type(effects_of(clean), "transition"));
}

TEST(Replay, ShowsHostileTextHarmlessly) {
  std::string log;
  for (int i = 0; i < 600; ++i) {
    log += R"({"timestamp":"2026-11-20T10:0)" + std::to_string(i / 100) + ":" + (i % 60 < 10 ? "0" : "") +
           std::to_string(i % 60) +
           R"(Z","service":"\u001b[2Jpay\u0007","level":"ERROR","message":"\u001b]0;owned\u0007 \u009b31m boom"})" +
           "\n";
  }
  const std::string file = scratch_folder("hostile") + "/\x1b[31m.ndjson";
  write_file(file, log);
  const ProgramResult result = replay({file});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("ALARM"));
  for (const std::string& text : {result.out, result.err}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\x07'), std::string::npos);
    EXPECT_EQ(text.find("\xc2\x9b"), std::string::npos);
  }
}

TEST(Replay, EndsCleanlyOnCtrlC) {
  const ProgramResult result = run_tocsin(
      {.arguments = {"replay", small_incident(), "--speed", "20", "--output", "ndjson"},
       .signal_when = [](const std::string& out) { return out.find("transition") != std::string::npos ? SIGINT : 0; }});
  // ndjson is buffered towards a pipe, but each progress tick flushes it.
  EXPECT_EQ(result.exit_code, 130) << result.err;
  const Json summary = summary_of(result);
  EXPECT_EQ(summary["type"], "summary");
  EXPECT_EQ(summary["interrupted"], true);
  EXPECT_EQ(summary["lines"].get<int>(), summary["events"].get<int>() + summary["dead_letters"].get<int>());
}

TEST(Replay, WritesReportAndDataDirectory) {
  const std::string folder = scratch_folder("results");
  const ProgramResult result = replay({small_incident(), "--report", folder + "/r.md", "--data-dir", folder + "/data"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(read_file(folder + "/r.md"), HasSubstr("payment broke first"));
  EXPECT_TRUE(std::filesystem::exists(folder + "/data/tocsin.db"));
  const ProgramResult again = replay({small_incident(), "--data-dir", folder + "/data"});
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.err, HasSubstr("already holds the results of a run"));
}

TEST(Replay, TheDataDirectoryAnswersQuestions) {
  const std::string folder = scratch_folder("questions");
  const std::string file = folder + "/incident.ndjson";
  write_file(file, read_file(small_incident()) + "broken\n");
  const ProgramResult replayed = replay({file, "--output", "ndjson", "--data-dir", folder + "/data"});
  const std::vector<Json> effects = effects_of(replayed);
  const auto ask = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--data-dir", folder + "/data"});
    return run_tocsin({.arguments = std::move(arguments)});
  };
  EXPECT_EQ(effects_of(ask({"alarms", "history", "--output", "ndjson"})), of_type(effects, "transition"));
  EXPECT_THAT(ask({"alarms", "history", "--alarm", "error-rate/payment"}).out,
              HasSubstr("error-rate/payment  (was OK)"));
  EXPECT_THAT(ask({"incidents", "ls"}).out, HasSubstr("payment broke first"));
  const std::string incident = of_type(effects, "finding")[0]["incident"];
  EXPECT_THAT(ask({"incidents", "show", incident}).out, HasSubstr("\"probable_cause\""));
  const std::string execution = of_type(effects, "execution")[0]["id"];
  EXPECT_THAT(ask({"executions", "show", execution}).out, HasSubstr("ExecutionSucceeded"));
  EXPECT_THAT(ask({"executions", "ls"}).out, HasSubstr(execution));
  EXPECT_THAT(ask({"dead-letters", "ls"}).out, HasSubstr("broken_json: broken"));
  EXPECT_EQ(ask({"dead-letters", "ls", "--reason", "empty"}).out, "");
  EXPECT_EQ(ask({"executions", "show", "exe_none"}).exit_code, 1);
  const ProgramResult nowhere = run_tocsin({.arguments = {"alarms", "history", "--data-dir", folder + "/none"}});
  EXPECT_EQ(nowhere.exit_code, 1);
  EXPECT_THAT(nowhere.err, HasSubstr("holds no results"));
}

TEST(Replay, TheFileMayStandBehindTheRules) {
  const std::string folder = scratch_folder("order");
  write_file(folder + "/a.yaml", "version: 1\nevent: {upstream: [caller]}\n");
  write_file(folder + "/b.yaml", "version: 1\nretention: {events: 1d}\n");
  const std::string plain = summary_of(replay({small_incident(), "--rules", folder + "/a.yaml", "--rules",
                                               folder + "/b.yaml", "--output", "ndjson"}))["digest"];
  const ProgramResult behind =
      replay({"--output", "ndjson", "--rules", folder + "/a.yaml", folder + "/b.yaml", small_incident()});
  EXPECT_EQ(behind.exit_code, 0) << behind.err;
  EXPECT_EQ(summary_of(behind)["digest"], plain);
}

struct FailureCase {
  std::vector<std::string> arguments;
  int exit_code;
  const char* message;
};

TEST(Replay, SaysWhatIsWrongInOneLine) {
  const std::string folder = scratch_folder("wrong");
  write_file(folder + "/empty.log", "");
  write_file(folder + "/binary", std::string("\x7f"
                                             "ELF\0\1\2\3\0\0\0\0\0\0\0\0",
                                             16) +
                                     std::string(4096, '\0'));
  write_file(folder + "/bad.yaml", "version: 1\nalarms:\n  - nam: x\n");
  write_file(folder + "/bad.ndjson",
             "{\"timestamp\":\"2026-11-20T10:00:00Z\"}\nbroken\n{\"timestamp\":\"2026-11-20T10:00:01Z\"}\n");
  const FailureCase cases[] = {
      {{"replay", folder + "/missing.log"}, 1, "missing.log: no such file"},
      {{"replay", folder}, 1, "is a directory"},
      {{"replay", folder + "/empty.log"}, 1, "empty.log: the file is empty"},
      {{"replay", folder + "/binary"}, 1, "binary file"},
      {{"replay"}, 2, "FILE is required"},
      {{"replay", small_incident(), "--sped", "5"}, 2, "--sped"},
      {{"replay", small_incident(), "--speed", "fast"}, 2, "neither a number above 0 nor 'max'"},
      {{"replay", small_incident(), "--from", "noon"}, 2, "is no time"},
      {{"replay", small_incident(), "--rules", folder + "/bad.yaml"}, 78, "bad.yaml:3:5: error: unknown key 'nam'"},
      {{"replay", small_incident(), "--rules", folder + "/none.yaml"}, 78, "none.yaml"},
      {{"replay", small_incident(), "--fail-on", "critical"}, 3, ""},
      {{"replay", folder + "/bad.ndjson", "--max-bad-lines", "0"}, 4, ""},
      {{"replay", small_incident(), "--max-bad-lines", "-1"}, 2, "--max-bad-lines"},
      {{"nonsense"}, 2, ""},
  };
  for (const FailureCase& c : cases) {
    const ProgramResult result = run_tocsin({.arguments = c.arguments});
    EXPECT_EQ(result.exit_code, c.exit_code) << testing::PrintToString(c.arguments) << result.err;
    EXPECT_THAT(result.err, HasSubstr(c.message)) << testing::PrintToString(c.arguments);
    if (c.exit_code == 1) {
      EXPECT_EQ(lines_of(result.err).size(), 1U) << result.err;
    }
  }
}

TEST(Replay, StartsOverWhereARunDidNotEnd) {
  const std::string data = scratch_folder("unfinished") + "/data";
  const std::string whole = summary_of(replay({small_incident(), "--output", "ndjson"}))["digest"];
  const ProgramResult broken = run_shell("{ " TOCSIN_BINARY " replay " + small_incident() +
                                         " --output ndjson --data-dir " + data + " >/dev/full; }");
  ASSERT_EQ(broken.exit_code, 1) << broken.out;
  const ProgramResult again = replay({small_incident(), "--output", "ndjson", "--data-dir", data});
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_THAT(again.err, HasSubstr("starting over"));
  EXPECT_EQ(summary_of(again)["digest"], whole);
  EXPECT_EQ(lines_of(run_shell(TOCSIN_BINARY " alarms history --data-dir " + data).out).size(),
            summary_of(again)["transitions"].get<std::size_t>());
}

TEST(Replay, TheHelpShowsExamples) {
  for (const char* command : {"replay", "rules", "pattern", "alarm", "workflow"}) {
    const ProgramResult result = run_tocsin({.arguments = {command, "--help"}});
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_THAT(result.out, HasSubstr("tocsin " + std::string(command))) << command;
  }
}

}  // namespace
}  // namespace tocsin
