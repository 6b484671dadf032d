// `tocsin tail` and `tocsin run` as processes, over real files.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
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

bool has_taken(const std::string& metrics_port, int count) {
  const std::string line = "tocsin_lines_total " + std::to_string(count) + "\n";
  return http_get(metrics_port, "/metrics").find(line) != std::string::npos;
}

sockaddr_in loopback(const std::string& port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port.c_str())));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// A port that nobody listens on.
std::string free_port() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in own = loopback("0");
  socklen_t size = sizeof own;
  bind(listener, reinterpret_cast<const sockaddr*>(&own), sizeof own);
  getsockname(listener, reinterpret_cast<sockaddr*>(&own), &size);
  close(listener);
  return std::to_string(ntohs(own.sin_port));
}

// -1 where nobody listens.
int connect_tcp(const std::string& port) {
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in to = loopback(port);
  if (connect(client, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return client;
  close(client);
  return -1;
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

// Of a stream that stays open, also the line that has only begun.
TEST_F(LiveTest, AStreamThatIsStoppedLosesNothing) {
  const std::string pipe = folder_ + "/pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const int writer = open(pipe.c_str(), O_RDWR | O_CLOEXEC);
  Daemon daemon(folder_, {"tail", "-", "--data-dir", data_, "--metrics-listen", "127.0.0.1:0"},
                {"bash", "-c", "exec \"$@\" < pipe", "-"});
  const std::string text = lines(0, 70, "INFO") + R"({"timestamp":"2026-11-20T10:01:10Z","level":"IN)";
  ASSERT_EQ(write(writer, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  const std::string port = daemon.metrics_port();
  EXPECT_TRUE(wait_until([&] { return has_taken(port, 70); })) << daemon.err();
  EXPECT_EQ(daemon.stop(SIGTERM), 143) << daemon.err();
  close(writer);
  const ProgramResult dead = tocsin({"dead-letters", "ls", "--data-dir", data_, "--output", "ndjson"});
  ASSERT_EQ(lines_of(dead.out).size(), 1U) << dead.out << daemon.err();
  EXPECT_NE(dead.out.find("10:01:10Z"), std::string::npos) << dead.out;
}

// What a peer has sent and the system has acknowledged, when the source is changed under it.
TEST_F(LiveTest, AReloadOfASyslogSourceLosesNothing) {
  const std::string port = free_port();
  const auto configure = [&](int max_line) {
    write_file(folder_ + "/tocsin.yaml",
               alarm_rules(0) + "\nsources:\n  - {type: syslog, name: net, listen: [\"tcp://127.0.0.1:" + port +
                   "\"], max_line: " + std::to_string(max_line) + "}\ndaemon: {data_dir: data, idle_timeout: 1h}\n");
  };
  configure(10'000);
  Daemon daemon(folder_, {"run", "--config", "tocsin.yaml", "--metrics-listen", "127.0.0.1:0"});
  const std::string metrics = daemon.metrics_port();
  constexpr int kRounds = 5;
  constexpr int kLines = 5000;
  for (int round = 1; round <= kRounds; ++round) {
    const int client = connect_tcp(port);
    std::string text;
    for (int i = 0; i < kLines; ++i) text += "<13>1 2026-11-20T10:00:00Z host app - - - " + std::to_string(i) + "\n";
    ASSERT_EQ(send(client, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    const auto is_acknowledged = [client] {
      int waits = 1;
      return ioctl(client, SIOCOUTQ, &waits) == 0 && waits == 0;
    };
    EXPECT_TRUE(wait_until(is_acknowledged));
    configure(10'000 + round);
    const ProgramResult reload = tocsin({"reload", "--data-dir", data_});
    EXPECT_EQ(reload.exit_code, 0) << reload.err;
    close(client);
  }
  EXPECT_TRUE(wait_until([&] { return has_taken(metrics, kRounds * kLines); }))
      << http_get(metrics, "/metrics") << daemon.err();
  EXPECT_EQ(daemon.stop(SIGTERM), 143) << daemon.err();
}

// Its third look at its socket fails, once.
TEST_F(LiveTest, ASourceThatEndsByAnErrorIsStartedAgain) {
  if (run_shell("strace -o /dev/null true").exit_code != 0) GTEST_SKIP() << "strace does not work here";
  const std::string port = free_port();
  write_file(folder_ + "/tocsin.yaml",
             alarm_rules(0) + "\nsources:\n  - {type: syslog, name: net, listen: [\"tcp://127.0.0.1:" + port +
                 "\"]}\ndaemon: {data_dir: data, idle_timeout: 1h, metrics_listen: \"127.0.0.1:0\"}\n");
  Daemon daemon(folder_, {"run", "--config", "tocsin.yaml"},
                {"env", "ASAN_OPTIONS=detect_leaks=0", "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=poll",
                 "-e", "inject=poll:error=ENOMEM:when=3"});
  const std::string metrics = daemon.metrics_port();
  EXPECT_TRUE(daemon.wait_for_err("the source 'net' ended by an error, and is started again")) << daemon.err();
  EXPECT_TRUE(wait_until([&] {
    return http_get(metrics, "/metrics").find("tocsin_source_restarts_total{source=\"net\"} 1\n") != std::string::npos;
  })) << http_get(metrics, "/metrics");
  int client = -1;
  EXPECT_TRUE(wait_until([&] { return (client = connect_tcp(port)) >= 0; })) << daemon.err();
  const std::string text = "<13>1 2026-11-20T10:00:00Z host app - - - one\n";
  EXPECT_EQ(send(client, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  EXPECT_TRUE(wait_until([&] { return has_taken(metrics, 1); })) << daemon.err();
  close(client);
  run_shell("pkill -TERM -P " + std::to_string(daemon.pid()));
  EXPECT_EQ(daemon.wait(), 143) << daemon.err();
}

// The end of an empty file is its beginning, also for the one that comes after a crash.
TEST_F(LiveTest, FromTheEndOfAnEmptyFileAlsoOverACrash) {
  write_file(log_, "");
  const std::vector<std::string> arguments = tail({"--from", "end", "--metrics-listen", "127.0.0.1:0"});
  {
    Daemon daemon(folder_, arguments);
    const std::string port = daemon.metrics_port();
    EXPECT_TRUE(wait_until([&] {
      return http_get(port, "/metrics").find("tocsin_commit_seconds_count 0\n") == std::string::npos;
    })) << daemon.err();
    daemon.send(SIGKILL);
    EXPECT_EQ(daemon.wait(), 137);
  }
  append_file(log_, lines(0, 100, "INFO"));
  Daemon daemon(folder_, arguments);
  const std::string port = daemon.metrics_port();
  EXPECT_TRUE(wait_until([&] { return has_taken(port, 100); })) << daemon.err();
}

// A line of 400 MB, which has no end when it is first seen.
TEST_F(LiveTest, ALineWithoutEndTakesNoMemory) {
  ASSERT_EQ(run_shell("head -c 400M /dev/zero | tr '\\0' x > " + log_).exit_code, 0);
  Daemon daemon(folder_, tail({"--metrics-listen", "127.0.0.1:0"}));
  const std::string port = daemon.metrics_port();
  EXPECT_TRUE(wait_until([&] { return has_taken(port, 1); })) << daemon.err();
  append_file(log_, "\n" + lines(0, 2, "INFO"));
  EXPECT_TRUE(wait_until([&] { return has_taken(port, 3); })) << daemon.err();
  const std::string page = http_get(port, "/metrics");
  const std::size_t counted = page.find("\ntocsin_source_truncated_lines_total{");
  ASSERT_NE(counted, std::string::npos) << page;
  EXPECT_TRUE(page.substr(0, page.find('\n', counted + 1)).ends_with("} 1")) << page;
  const std::string status = read_file("/proc/" + std::to_string(daemon.pid()) + "/status");
  const std::size_t at = status.find("VmHWM:");
  ASSERT_NE(at, std::string::npos);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // their own memory is not what is measured
  EXPECT_LT(std::atol(status.c_str() + at + 6), 300'000) << "kB";
#endif
  EXPECT_EQ(daemon.stop(SIGTERM), 143) << daemon.err();
  std::filesystem::remove(log_);
}

// Bytes that are no text, or mean something to a terminal: nothing is lost, and what is shown is harmless.
TEST_F(LiveTest, OddBytesAreKeptAndShownHarmlessly) {
  const std::string message = R"({"timestamp":"2026-11-20T10:00:00Z","level":"ERROR","service":"shop","message":")";
  const std::string odd[] = {
      "\xEF\xBB\xBF" + message + "a BOM\"}\n",
      message + "crlf\"}\r\n",
      message + "escape \\u001b[31m\"}\n",
      message + "lone surrogate \\ud800\"}\n",
      message + "separator \xE2\x80\xA8\"}\n",
      message + "invalid \xFF\xC0\x80\"}\n",
      "\x1b]0;title\x07 no json \x1b[2J\n",
      std::string("nul \0 byte\n", 11),
      std::string("{\0\"\0t\0i\0m\0e\0\"\0}\0\n\0", 18) + "\n",
      "\r\n",
      lines(1, 3, "INFO"),
  };
  std::string all;
  for (const std::string& one : odd) all += one;
  write_file(log_, all);
  const auto count = static_cast<int>(std::ranges::count(all, '\n'));
  Daemon daemon(folder_, tail({"--metrics-listen", "127.0.0.1:0"}));
  const std::string port = daemon.metrics_port();
  EXPECT_TRUE(wait_until([&] { return has_taken(port, count); })) << http_get(port, "/metrics");
  EXPECT_EQ(daemon.stop(SIGTERM), 143) << daemon.err();
  for (const std::string& row : lines_of(daemon.out())) EXPECT_TRUE(Json::accept(row)) << row;
  const ProgramResult listed = tocsin({"dead-letters", "ls", "--data-dir", data_, "--output", "ndjson"});
  EXPECT_GE(lines_of(listed.out).size(), 4U) << listed.out;
  for (const std::string& row : lines_of(listed.out)) EXPECT_TRUE(Json::accept(row)) << row;
  for (const char* command : {"dead-letters", "incidents"}) {
    const std::string shown = tocsin({command, "ls", "--data-dir", data_}).out;
    for (const char c : {'\x1b', '\x07', '\0'}) EXPECT_EQ(shown.find(c), std::string::npos) << shown;
  }
}

// As a machine that sleeps, or a debugger: what was written meanwhile is read, and judged the same.
TEST_F(LiveTest, StoppedForAWhileItGoesOn) {
  write_file(log_, lines(0, 70, "INFO"));
  Daemon daemon(folder_, tail());
  EXPECT_TRUE(daemon.wait_for_out("\"to\":\"OK\"")) << daemon.err();
  daemon.send(SIGSTOP);
  append_file(log_, lines(70, 100, "ERROR"));
  std::filesystem::rename(log_, log_ + ".1");
  write_file(log_, lines(100, 140, "INFO"));
  daemon.send(SIGCONT);
  EXPECT_TRUE(daemon.wait_for_out("\"to\":\"ALARM\"")) << daemon.err();
  EXPECT_EQ(daemon.stop(SIGTERM), 143) << daemon.err();
  EXPECT_EQ(history(), (std::vector<std::string>{"errors OK", "errors ALARM"}));
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

// So is the whole of this one, in test/rotation/rotation_test.py.
TEST(Rotation, UnderTheRealLogrotateNoLineIsLostAndNoneReadTwice) {
  const ProgramResult result =
      run_shell("python3 " + std::string(TOCSIN_SOURCE_DIR) + "/test/rotation/rotation_test.py --tocsin " +
                TOCSIN_BINARY + " --seconds 0.6 --rate 20000 --pause 0.1 2>&1");
  if (result.exit_code == 77) GTEST_SKIP() << result.out;
  EXPECT_EQ(result.exit_code, 0) << result.out;
}

}  // namespace
}  // namespace tocsin
