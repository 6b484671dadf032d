// `tocsin tail` and `tocsin run` as processes, over real files.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "test/end_to_end/daemon.h"
#include "test/end_to_end/program.h"

namespace tocsin {
namespace {

using Json = nlohmann::json;

// A line of the service "shop" at ten o'clock and so many seconds.
std::string line(int second, const std::string& level) {
  return fmt::format(R"({{"timestamp":"2026-11-20T10:{:02}:{:02}Z","level":"{}","service":"shop","message":"m"}})"
                     "\n",
                     second / 60, second % 60, level);
}

// One line a second, from the first second to before the last.
std::string lines(int from, int to, const std::string& level) {
  std::string all;
  for (int second = from; second < to; ++second) all += line(second, level);
  return all;
}

constexpr const char* kAlarm = R"(
version: 1
alarms:
  - name: errors
    metric: {namespace: Tocsin, name: Errors, statistic: Sum, dimensions: {service: shop}}
    period: 60s
    evaluation_periods: 1
    comparison: ">"
    threshold: THRESHOLD
    treat_missing_data: notBreaching
)";

std::string alarm_rules(int threshold) {
  std::string rules = kAlarm;
  return rules.replace(rules.find("THRESHOLD"), 9, std::to_string(threshold));
}

ProgramResult tocsin(std::vector<std::string> arguments) {
  return run_tocsin({.arguments = std::move(arguments)});
}

class LiveTest : public testing::Test {
 protected:
  // Follows the log; time goes on by lines alone, unless `idle` says otherwise.
  std::vector<std::string> tail(std::vector<std::string> more = {}, const std::string& idle = "1h") const {
    std::vector<std::string> arguments = {
        "tail",     log_,     "--data-dir",     data_, "--rules", folder_ + "/rules.yaml",
        "--output", "ndjson", "--idle-timeout", idle};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  void SetUp() override { write_file(folder_ + "/rules.yaml", alarm_rules(0)); }

  // "errors ALARM" for each transition.
  std::vector<std::string> history() const {
    const ProgramResult result = tocsin({"alarms", "history", "--data-dir", data_, "--output", "ndjson"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    std::vector<std::string> states;
    for (const std::string& row : lines_of(result.out)) {
      const Json transition = Json::parse(row);
      states.push_back(transition["alarm"].get<std::string>() + " " + transition["to"].get<std::string>());
    }
    return states;
  }

  const std::string folder_ = scratch_folder(testing::UnitTest::GetInstance()->current_test_info()->name());
  const std::string log_ = folder_ + "/shop.log";
  const std::string data_ = folder_ + "/data";
};

TEST_F(LiveTest, AlarmsChangeAsLinesComeAndARestartGoesOn) {
  write_file(log_, lines(0, 70, "INFO") + lines(70, 100, "ERROR"));
  {
    Daemon daemon(folder_, tail());
    EXPECT_TRUE(daemon.wait_for_out("\"to\":\"OK\"")) << daemon.err();
    append_file(log_, lines(100, 140, "INFO"));
    EXPECT_TRUE(daemon.wait_for_out("\"to\":\"ALARM\"")) << daemon.err();
    EXPECT_EQ(daemon.stop(SIGTERM), 143) << daemon.err();
  }
  append_file(log_, lines(140, 420, "INFO"));
  {
    Daemon daemon(folder_, tail());
    EXPECT_TRUE(daemon.wait_for_out("\"to\":\"OK\"")) << daemon.err();
    EXPECT_EQ(daemon.out().find("ALARM\",\"to\":\"ALARM"), std::string::npos) << "what was told is not told again";
    EXPECT_EQ(daemon.stop(SIGINT), 130) << daemon.err();
  }
  EXPECT_EQ(history(), (std::vector<std::string>{"errors OK", "errors ALARM", "errors OK"}));
}

TEST_F(LiveTest, WithoutLinesTimeGoesOnFromTheLastOne) {
  // The evaluation of the last minute is due ten seconds after its end: here by the clock alone.
  write_file(log_, lines(60, 118, "ERROR") + line(128, "INFO"));
  Daemon daemon(folder_, tail({}, "1s"));
  EXPECT_TRUE(daemon.wait_for_out("\"to\":\"ALARM\"", 40)) << daemon.err();
  EXPECT_EQ(daemon.stop(SIGTERM), 143) << daemon.err();
}

TEST_F(LiveTest, AReloadKeepsStatesAndABadConfigurationChangesNothing) {
  write_file(log_, lines(0, 70, "ERROR") + lines(70, 75, "INFO"));
  Daemon daemon(folder_, tail());
  ASSERT_TRUE(daemon.wait_for_out("\"to\":\"ALARM\"")) << daemon.err();
  write_file(folder_ + "/rules.yaml", alarm_rules(0) + "    treshold: 3\n");
  ProgramResult reload = tocsin({"reload", "--data-dir", data_});
  EXPECT_EQ(reload.exit_code, 78) << reload.err;
  EXPECT_NE(reload.err.find("did you mean 'threshold'?"), std::string::npos) << reload.err;

  write_file(folder_ + "/rules.yaml", alarm_rules(100));
  reload = tocsin({"reload", "--data-dir", data_});
  EXPECT_EQ(reload.exit_code, 0) << reload.err;
  // Seventy errors a minute are not too many any more: the alarm that was in ALARM goes OK, as CloudWatch's would.
  append_file(log_, lines(75, 120, "ERROR") + lines(120, 140, "INFO"));
  EXPECT_TRUE(daemon.wait_for_out("\"from\":\"ALARM\",\"to\":\"OK\"")) << daemon.err();
  EXPECT_EQ(daemon.stop(SIGTERM), 143) << daemon.err();
  EXPECT_EQ(history(), (std::vector<std::string>{"errors OK", "errors ALARM", "errors OK"}));
}

TEST_F(LiveTest, ADirectoryHasOneOwner) {
  write_file(log_, lines(0, 10, "INFO"));
  Daemon daemon(folder_, tail());
  ASSERT_TRUE(daemon.wait_for_err("following 1 source")) << daemon.err();
  const ProgramResult second = tocsin(tail());
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_NE(second.err.find("is in use by tocsin (process " + std::to_string(daemon.pid()) + ")"), std::string::npos)
      << second.err;
  const ProgramResult replay = tocsin({"replay", log_, "--data-dir", data_});
  EXPECT_EQ(replay.exit_code, 1) << replay.out;
  daemon.send(SIGKILL);
  EXPECT_EQ(daemon.wait(), 137);
  Daemon next(folder_, tail());
  EXPECT_TRUE(next.wait_for_err("following 1 source")) << next.err();
}

TEST_F(LiveTest, AReplayLeavesALiveDirectoryAlone) {
  write_file(log_, lines(0, 70, "ERROR") + lines(70, 75, "INFO"));
  {
    Daemon daemon(folder_, tail());
    ASSERT_TRUE(daemon.wait_for_out("\"to\":\"ALARM\"")) << daemon.err();
    EXPECT_EQ(daemon.stop(SIGTERM), 143) << daemon.err();
  }
  const ProgramResult replay = tocsin({"replay", log_, "--data-dir", data_});
  EXPECT_EQ(replay.exit_code, 1);
  EXPECT_NE(replay.err.find("tail"), std::string::npos) << replay.err;
  EXPECT_EQ(history(), (std::vector<std::string>{"errors OK", "errors ALARM"}));
}

TEST_F(LiveTest, MetricsHealthAndReadinessAreServed) {
  write_file(log_, lines(0, 100, "INFO") + "no json\n" + line(101, "INFO") + line(102, "INFO"));
  Daemon daemon(folder_, tail({"--metrics-listen", "127.0.0.1:0"}));
  const std::string port = daemon.metrics_port();
  ASSERT_FALSE(port.empty()) << daemon.err();
  const auto get = [&](const std::string& path) { return http_get(port, path); };
  EXPECT_TRUE(wait_until([&] { return get("/metrics").find("tocsin_lines_total 103\n") != std::string::npos; }))
      << get("/metrics");
  EXPECT_NE(get("/metrics").find("tocsin_dead_letters_total{reason=\"broken_json\"} 1\n"), std::string::npos);
  EXPECT_EQ(get("/healthz"), "200 ok\n");
  EXPECT_EQ(get("/readyz"), "200 ready\n");
  EXPECT_TRUE(get("/other").starts_with("404 "));
  if (run_shell("command -v promtool").exit_code == 0) {
    write_file(folder_ + "/page", get("/metrics").substr(4));
    const ProgramResult check = run_shell("promtool check metrics < " + folder_ + "/page 2>&1");
    EXPECT_EQ(check.exit_code, 0) << check.out;
  }
}

TEST_F(LiveTest, AStreamEndsAndTocsinWithIt) {
  const ProgramResult result = run_tocsin(
      {.arguments = {"tail", "-", "--data-dir", data_, "--rules", folder_ + "/rules.yaml", "--output", "ndjson"},
       .stdin_bytes = lines(0, 70, "ERROR") + lines(70, 75, "INFO")});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("\"to\":\"ALARM\""), std::string::npos) << result.out << result.err;
}

TEST_F(LiveTest, TheDaemonFollowsItsConfiguredSources) {
  write_file(folder_ + "/tocsin.yaml", alarm_rules(0) + R"(
sources:
  - {type: tail, name: a, paths: ["a/*.log"]}
  - {type: tail, name: b, paths: ["b/**/*.log"], exclude: ["b/**/debug.log"]}
daemon: {data_dir: data, log_format: json, idle_timeout: 1h}
)");
  std::filesystem::create_directories(folder_ + "/a");
  std::filesystem::create_directories(folder_ + "/b/c/d");
  write_file(folder_ + "/a/one.log", lines(0, 70, "INFO"));
  write_file(folder_ + "/b/c/d/debug.log", lines(0, 90, "ERROR"));
  Daemon daemon(folder_, {"run", "--config", "tocsin.yaml", "--output", "ndjson"});
  ASSERT_TRUE(daemon.wait_for_out("\"to\":\"OK\"")) << daemon.err();
  EXPECT_NO_THROW(EXPECT_EQ(Json::parse(lines_of(daemon.err()).back())["level"], "info")) << daemon.err();
  // A file that appears later, in a folder of its own.
  std::filesystem::create_directories(folder_ + "/b/new");
  write_file(folder_ + "/b/new/two.log", lines(75, 130, "ERROR") + lines(130, 135, "INFO"));
  EXPECT_TRUE(daemon.wait_for_out("\"to\":\"ALARM\"")) << daemon.err();
  EXPECT_EQ(daemon.stop(SIGTERM), 143) << daemon.err();
}

TEST_F(LiveTest, WhatIsWrongIsToldBeforeAnythingStarts) {
  struct Case {
    std::vector<std::string> arguments;
    int exit_code;
    std::string message;
  };
  const std::string rules = folder_ + "/rules.yaml";
  const Case cases[] = {
      {{"tail", log_}, 2, "--data-dir"},
      {{"tail", log_, "--data-dir", data_, "--from", "noon"}, 2, "--from: 'noon'"},
      {{"run", "--config", rules, "--data-dir", data_}, 2, "sources:"},
      {{"run", "--config", folder_ + "/none.yaml"}, 78, "none.yaml"},
      {{"tail", log_, "--data-dir", data_, "--metrics-listen", "nowhere"}, 1, "nowhere"},
      {{"reload", "--data-dir", data_ + "-none"}, 1, "no tocsin runs"},
  };
  for (const Case& one : cases) {
    const ProgramResult result = tocsin(one.arguments);
    EXPECT_EQ(result.exit_code, one.exit_code) << one.message << ": " << result.err;
    EXPECT_NE(result.err.find(one.message), std::string::npos) << result.err;
  }
}

// The whole of it is in test/crash/crash_test.py, which `./dev soak` runs for longer.
TEST(Crash, KilledTwentyTimesItConcludesTheSame) {
  const ProgramResult result =
      run_shell("python3 " + std::string(TOCSIN_SOURCE_DIR) + "/test/crash/crash_test.py --tocsin " + TOCSIN_BINARY +
                " --kills 20 --lines 20000 2>&1");
  EXPECT_EQ(result.exit_code, 0) << result.out;
}

}  // namespace
}  // namespace tocsin
