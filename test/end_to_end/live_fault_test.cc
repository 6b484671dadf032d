// What months bring: reloads without end, receivers that don't answer, a process that is stopped, a data directory that
// somebody has damaged.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>

#include "store/state_store.h"
#include "store/statement.h"
#include "test/end_to_end/daemon.h"
#include "test/end_to_end/program.h"

namespace tocsin {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

// Lines of the service "shop", one a second since ten o'clock.
std::string lines(int from, int to, const std::string& level) {
  std::string all;
  for (int second = from; second < to; ++second) {
    all += fmt::format(R"({{"timestamp":"2026-11-20T{:02}:{:02}:{:02}Z","level":"{}","service":"shop","message":"m"}})"
                       "\n",
                       10 + second / 3600, second / 60 % 60, second % 60, level);
  }
  return all;
}

// An address that takes connections and never answers.
class SilentReceiver {
 public:
  SilentReceiver() {
    socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    bind(socket_, reinterpret_cast<sockaddr*>(&at), size);
    listen(socket_, 64);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(at.sin_port)) + "/";
  }
  ~SilentReceiver() { close(socket_); }
  SilentReceiver(const SilentReceiver&) = delete;
  SilentReceiver& operator=(const SilentReceiver&) = delete;
  const std::string& url() const { return url_; }
  // Somebody has connected.
  bool is_called() const {
    const int client = accept4(socket_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    return client >= 0;  // left open: it waits for its answer
  }

 private:
  int socket_ = -1;
  std::string url_;
};

class LiveFaultTest : public testing::Test {
 protected:
  static std::string rules(const std::string& alarm, const std::string& url) {
    return fmt::format(R"(version: 1
alarms:
  - name: {}
    metric: {{namespace: Tocsin, name: Errors, statistic: Sum, dimensions: {{service: shop}}}}
    period: 60s
    evaluation_periods: 1
    comparison: ">"
    threshold: 0
    treat_missing_data: notBreaching
    actions: {{alarm: [contact:oncall], ok: [contact:oncall]}}
contact_points:
  oncall: {{type: webhook, url: "{}", secret: whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=, allow_cidrs: [127.0.0.0/8]}}
)",
                       alarm, url);
  }
  void write_rules(const std::string& text) const { write_file(folder_ + "/rules.yaml", text); }

  std::vector<std::string> tail(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {
        "tail",     log_,     "--data-dir",     data_, "--rules",          folder_ + "/rules.yaml",
        "--output", "ndjson", "--idle-timeout", "1h",  "--metrics-listen", "127.0.0.1:0"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  static std::vector<std::string> rows(const std::string& data, std::vector<std::string> command) {
    command.insert(command.end(), {"--data-dir", data, "--output", "ndjson"});
    const ProgramResult result = run_tocsin({.arguments = command});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return lines_of(result.out);
  }
  std::vector<std::string> history() const {
    std::vector<std::string> states;
    for (const std::string& row : rows(data_, {"alarms", "history"})) {
      const Json transition = Json::parse(row);
      states.push_back(transition["alarm"].get<std::string>() + " " + transition["to"].get<std::string>());
    }
    return states;
  }
  static bool has_taken(const std::string& port, int count) {
    return http_get(port, "/metrics").find("tocsin_lines_total " + std::to_string(count) + "\n") != std::string::npos;
  }
  static std::uint64_t metric(const std::string& port, const std::string& name) {
    const std::string page = http_get(port, "/metrics");
    const std::size_t at = page.find("\n" + name + " ");
    return at == std::string::npos ? 0 : std::stoull(page.substr(at + name.size() + 2));
  }

  const std::string folder_ = scratch_folder(testing::UnitTest::GetInstance()->current_test_info()->name());
  const std::string log_ = folder_ + "/shop.log";
  const std::string data_ = folder_ + "/data";
};

// --- reloads ---------------------------------------------------------------------------------------------------------

TEST_F(LiveFaultTest, AHundredReloadsGoodAndBadWhileTheReceiverIsDown) {
  const std::string nobody = "http://127.0.0.1:9/";
  write_rules(rules("errors", nobody));
  write_file(log_, lines(0, 70, "INFO") + lines(70, 130, "ERROR") + lines(130, 135, "INFO"));
  Daemon daemon(folder_, tail());
  const std::string port = daemon.metrics_port();
  ASSERT_TRUE(daemon.wait_for_out("\"to\":\"ALARM\"")) << daemon.err();
  const std::string loaded = "tocsin_reloads_total{outcome=\"loaded\"}";
  const std::string refused = "tocsin_reloads_total{outcome=\"refused\"}";
  int written = 135;
  for (int i = 0; i < 100; ++i) {
    const bool good = i % 2 == 0;
    write_rules(rules("errors", nobody) + (good ? "" : "alarms: twice\n"));
    daemon.send(SIGHUP);
    if (i % 10 == 0) {
      append_file(log_, lines(written, written + 2, "INFO"));
      written += 2;
    }
    // Those that come together may be one; the outcome of some is looked at.
    if (i % 25 > 1) continue;
    const std::string& name = good ? loaded : refused;
    const std::uint64_t before = metric(port, name);
    daemon.send(SIGHUP);
    EXPECT_TRUE(wait_until([&] { return metric(port, name) > before; })) << daemon.err();
  }
  EXPECT_TRUE(wait_until([&] { return has_taken(port, written); })) << daemon.err();
  EXPECT_GT(metric(port, refused), 1U);

  // Under another name it is another alarm, which begins as such do.
  write_rules(rules("faults", nobody));
  EXPECT_EQ(run_tocsin({.arguments = {"reload", "--data-dir", data_}}).exit_code, 0) << daemon.err();
  append_file(log_, lines(written, 190, "ERROR") + lines(190, 200, "INFO"));
  EXPECT_TRUE(daemon.wait_for_out("\"alarm\":\"faults\"")) << daemon.err();
  EXPECT_EQ(daemon.stop(SIGTERM), 143) << daemon.err();
  EXPECT_EQ(history(), (std::vector<std::string>{"errors OK", "errors ALARM", "faults ALARM"}));
  const std::vector<std::string> deliveries = rows(data_, {"deliveries", "ls"});
  const auto waits = [](const std::string& row) { return Json::parse(row)["state"] == "pending"; };
  EXPECT_GE(std::ranges::count_if(deliveries, waits), 1);
}

// --- the end ---------------------------------------------------------------------------------------------------------

TEST_F(LiveFaultTest, AReceiverThatNeverAnswersHoldsUpTheEndForAsLongAsIsAllowed) {
  const SilentReceiver receiver;
  write_rules(rules("errors", receiver.url()) + "daemon: {shutdown_timeout: 1s}\n");
  write_file(log_, lines(0, 70, "INFO") + lines(70, 130, "ERROR") + lines(130, 135, "INFO"));
  {
    Daemon daemon(folder_, tail());
    ASSERT_TRUE(wait_until([&] { return receiver.is_called(); })) << daemon.err();
    const Clock::time_point asked = Clock::now();
    EXPECT_EQ(daemon.stop(SIGTERM), 143) << daemon.err();
    EXPECT_LT(Clock::now() - asked, std::chrono::seconds(12)) << "not the receiver's time decides";
  }
  const std::vector<std::string> left = rows(data_, {"deliveries", "ls"});
  ASSERT_FALSE(left.empty());
  EXPECT_EQ(Json::parse(left[0])["state"], "pending") << "it is sent by the next run";
  EXPECT_EQ(history(), (std::vector<std::string>{"errors OK", "errors ALARM"}));
}

// Signals that wait for the process to take them.
bool has_pending_signal(pid_t pid) {
  for (const std::string& line : lines_of(read_file("/proc/" + std::to_string(pid) + "/status"))) {
    if (line.starts_with("ShdPnd:") && line.find_first_of("123456789abcdef", 7) != std::string::npos) return true;
  }
  return false;
}

TEST_F(LiveFaultTest, ASecondSignalEndsAtOnce) {
  const SilentReceiver receiver;
  write_rules(rules("errors", receiver.url()) + "daemon: {shutdown_timeout: 5m}\n");
  write_file(log_, lines(0, 70, "INFO") + lines(70, 130, "ERROR") + lines(130, 135, "INFO"));
  Daemon daemon(folder_, tail());
  ASSERT_TRUE(wait_until([&] { return receiver.is_called(); })) << daemon.err();
  daemon.send(SIGTERM);
  ASSERT_TRUE(wait_until([&] { return !has_pending_signal(daemon.pid()); }));
  const Clock::time_point asked = Clock::now();
  EXPECT_EQ(daemon.stop(SIGTERM), 143) << daemon.err();
  EXPECT_LT(Clock::now() - asked, std::chrono::seconds(10));
  EXPECT_EQ(run_tocsin({.arguments = {"doctor", "--data-dir", data_}}).exit_code, 0);
}

// --- time ------------------------------------------------------------------------------------------------------------

TEST_F(LiveFaultTest, StoppedAndContinuedItGoesOn) {
  write_rules(rules("errors", "http://127.0.0.1:9/"));
  write_file(log_, lines(0, 60, "INFO"));
  Daemon daemon(folder_, tail());
  const std::string port = daemon.metrics_port();
  EXPECT_TRUE(wait_until([&] { return has_taken(port, 60); })) << daemon.err();
  for (int round = 0; round < 5; ++round) {
    const int from = 60 + round * 300;
    daemon.send(SIGSTOP);
    append_file(log_, lines(from, from + 300, round % 2 == 0 ? "ERROR" : "INFO"));
    daemon.send(SIGCONT);
    EXPECT_TRUE(wait_until([&] { return has_taken(port, from + 300); })) << daemon.err();
  }
  append_file(log_, lines(1560, 1640, "INFO"));
  EXPECT_TRUE(wait_until([&] { return has_taken(port, 1640); })) << daemon.err();
  EXPECT_EQ(daemon.stop(SIGTERM), 143) << daemon.err();
  const std::vector<std::string> replayed = lines_of(
      run_tocsin({.arguments = {"replay", log_, "--rules", folder_ + "/rules.yaml", "--output", "ndjson"}}).out);
  std::vector<std::string> expected;
  for (const std::string& row : replayed) {
    if (row.find("\"type\":\"transition\"") != std::string::npos) expected.push_back(row);
  }
  EXPECT_GT(expected.size(), 2U);
  EXPECT_EQ(rows(data_, {"alarms", "history"}), expected);
}

// A line in pieces, many lines at once, a restart in between: the same as a replay of the whole.
TEST_F(LiveFaultTest, HoweverTheLinesComeTheyConcludeTheSame) {
  write_rules(rules("errors", "http://127.0.0.1:9/"));
  std::string whole;
  std::mt19937 random(5);
  for (int second = 0; second < 4800; second += 240) {
    whole += lines(second, second + 240, random() % 2 == 0 ? "ERROR" : "INFO");
    if (random() % 4 == 0) whole += "not json\n";
  }
  const auto total = static_cast<int>(lines_of(whole).size());
  const std::string file = folder_ + "/whole.log";
  write_file(file, whole);
  const auto replayed = [&](const std::string& speed) {
    const std::string data = folder_ + "/replay-" + speed;
    const ProgramResult result = run_tocsin(
        {.arguments = {"replay", file, "--rules", folder_ + "/rules.yaml", "--data-dir", data, "--speed", speed}});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return rows(data, {"alarms", "history"});
  };
  const std::vector<std::string> expected = replayed("max");
  EXPECT_GT(expected.size(), 4U);
  EXPECT_EQ(replayed("2000"), expected);
  for (const unsigned seed : {1U, 2U, 3U}) {
    std::filesystem::remove_all(data_);
    std::filesystem::remove(log_);
    random.seed(seed);
    std::size_t at = 0;
    for (int life = 0; life < 2; ++life) {
      Daemon daemon(folder_, tail({"--dry-run"}));
      const std::string port = daemon.metrics_port();
      const std::size_t end = life == 0 ? whole.size() * (1 + random() % 8) / 10 : whole.size();
      while (at < end) {
        const std::size_t size = std::min<std::size_t>(1 + random() % (seed * 4000), end - at);
        append_file(log_, whole.substr(at, size));
        at += size;
      }
      if (life == 0) {
        EXPECT_GT(daemon.stop(random() % 2 == 0 ? SIGTERM : SIGKILL), 128) << daemon.err();
      } else {
        EXPECT_TRUE(wait_until([&] { return has_taken(port, total); })) << daemon.err();
        EXPECT_EQ(daemon.stop(SIGTERM), 143) << daemon.err();
      }
    }
    EXPECT_EQ(rows(data_, {"alarms", "history"}), expected) << "seed " << seed;
  }
}

// --- damage ----------------------------------------------------------------------------------------------------------

// What a directory that has been damaged is answered with: it goes on where it can, and says so; where it can't it
// ends at once with words that name the file, and the doctor says the same.
TEST_F(LiveFaultTest, ADamagedDirectoryIsToldAndNeverCrashes) {
  write_rules(rules("errors", "http://127.0.0.1:9/"));
  write_file(log_, lines(0, 70, "INFO") + lines(70, 130, "ERROR") + lines(130, 200, "INFO"));
  const auto follow = [&](int count) {
    Daemon daemon(folder_, tail({"--dry-run"}));
    const std::string port = daemon.metrics_port();
    EXPECT_TRUE(wait_until([&] { return has_taken(port, count); })) << daemon.err();
    EXPECT_EQ(daemon.stop(SIGTERM), 143) << daemon.err();
    return daemon.err();
  };
  follow(200);
  const std::string whole = folder_ + "/whole";
  std::filesystem::copy(data_, whole);
  const auto with_database = [&](const std::function<void(Database&)>& change) {
    Database database = Database::open(data_);
    change(database);
  };
  const auto set_state = [&](const std::string& state) {
    with_database([&](Database& database) { StateStore(database, {.refresh = Period::days(1)}).put(state, {}); });
  };
  const auto overwrite = [&](std::size_t at, const std::string& bytes) {
    std::string file = read_file(data_ + "/tocsin.db");
    if (at < file.size()) file.replace(at, std::min(bytes.size(), file.size() - at), bytes);
    write_file(data_ + "/tocsin.db", file);
  };
  struct Case {
    std::string name;
    std::function<void()> damage;
    bool starts;  // the next run
    std::string told;
  };
  const Case cases[] = {
      {"another version", [&] { set_state("\x63" + std::string(50, 'x')); }, true, "written by another version"},
      {"an empty state", [&] { set_state(""); }, true, ""},
      {"nothing but NULs", [&] { set_state(std::string(500, '\0')); }, true, "written by another version"},
      {"a version and nothing more", [&] { set_state("\x01"); }, true, "alarms begin anew"},
      {"the newest is damaged",
       [&] {
         with_database([](Database& database) {
           execute(database.handle(), "UPDATE engine_state SET engine=x'0000' WHERE generation=0");
         });
       },
       true, "damaged"},
      {"the file is empty", [&] { write_file(data_ + "/tocsin.db", ""); }, true, ""},
      {"the file is NUL", [&] { write_file(data_ + "/tocsin.db", std::string(100'000, '\0')); }, false, "tocsin.db"},
      {"the file is text", [&] { write_file(data_ + "/tocsin.db", "hello\n"); }, false, "tocsin.db"},
      {"pages are overwritten", [&] { overwrite(8192, std::string(80 * 8192, '\xa5')); }, false, "tocsin.db"},
      {"a newer layout",
       [&] {
         with_database([](Database& database) { execute(database.handle(), "UPDATE schema_version SET version=99"); });
       },
       false, "newer tocsin"},
      {"files of a log that belong to nothing",
       [&] {
         write_file(data_ + "/tocsin.db-wal", std::string(40'000, 'w'));
         write_file(data_ + "/tocsin.db-shm", std::string(32'768, 's'));
       },
       true, ""},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    std::filesystem::remove_all(data_);
    std::filesystem::copy(whole, data_);
    one.damage();
    const ProgramResult doctor = run_tocsin({.arguments = {"doctor", "--data-dir", data_}});
    EXPECT_LT(doctor.exit_code, 2) << doctor.err;
    if (!one.starts) {
      EXPECT_EQ(doctor.exit_code, 1) << doctor.out;
      const ProgramResult refused = run_tocsin({.arguments = tail({"--dry-run"})});
      EXPECT_EQ(refused.exit_code, 1) << refused.err;
      EXPECT_NE(refused.err.find(one.told), std::string::npos) << refused.err;
      continue;
    }
    Daemon daemon(folder_, tail({"--dry-run"}));
    const std::string port = daemon.metrics_port();
    ASSERT_FALSE(port.empty()) << daemon.err();
    append_file(log_, "one more\n");
    const std::string more = "tocsin_dead_letters_total{reason=\"broken_json\"}";
    EXPECT_TRUE(wait_until([&] { return metric(port, more) > 0; })) << daemon.err() << http_get(port, "/metrics");
    EXPECT_NE(daemon.err().find(one.told), std::string::npos) << daemon.err();
    EXPECT_EQ(daemon.stop(SIGTERM), 143) << daemon.err();
    write_file(log_, read_file(log_).substr(0, read_file(log_).size() - 9));
    EXPECT_EQ(run_tocsin({.arguments = {"doctor", "--data-dir", data_}}).exit_code, 0) << one.name;
  }
}

}  // namespace
}  // namespace tocsin
