// Webhooks from the real binary to the real example receiver, which checks their signatures.
#include <gtest/gtest.h>
#include <sys/types.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "test/end_to_end/program.h"

namespace tocsin {
namespace {

using Json = nlohmann::json;

constexpr const char* kSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const std::string kSource = TOCSIN_SOURCE_DIR;

// The example receiver as a process of its own, killed at the end.
class Receiver {
 public:
  explicit Receiver(const std::string& options) : log_(scratch_folder("receiver") + "/deliveries") {
    const std::string command = "exec python3 " + kSource +
                                "/examples/webhook-receiver/receiver.py --port 0 --json --secret " + kSecret +
                                " --log " + log_ + " " + options + " & echo $!; wait";
    pipe_ = popen(command.c_str(), "r");
    char line[256];
    if (std::fgets(line, sizeof line, pipe_) != nullptr) pid_ = std::atoi(line);
    if (std::fgets(line, sizeof line, pipe_) != nullptr) first_line_ = line;
  }
  ~Receiver() {
    if (pid_ > 0) kill(pid_, SIGTERM);
    pclose(pipe_);
  }
  // The first run of digits behind "127.0.0.1:" or "port".
  std::string port() const {
    const std::size_t end = first_line_.find_last_of("0123456789");
    const std::size_t before = first_line_.find_last_not_of("0123456789", end);
    return first_line_.substr(before + 1, end - before);
  }
  std::vector<Json> deliveries() const {
    std::vector<Json> result;
    for (const std::string& line : lines_of(read_file(log_))) result.push_back(Json::parse(line));
    return result;
  }

 private:
  std::string log_;
  FILE* pipe_ = nullptr;
  pid_t pid_ = 0;
  std::string first_line_;
};

std::string incident() {
  static const std::string file = [] {
    const std::string path = scratch_folder("delivery") + "/incident.ndjson";
    run_shell("python3 " + kSource + "/examples/checkout-outage/generate.py --minutes 20 --lines 12000 --out " + path);
    return path;
  }();
  return file;
}

ProgramResult replay_to(const std::string& port, std::vector<std::string> more) {
  const std::string rules = scratch_folder("rules") + "/rules.yaml";
  write_file(rules, "version: 1\ncontact_points:\n  oncall:\n    type: webhook\n    url: http://127.0.0.1:" + port +
                        "/\n    secret: {env: SECRET}\n    allow_cidrs: [127.0.0.0/8]\n");
  std::vector<std::string> arguments = {"replay", incident(), "--rules", rules, "--output", "ndjson"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_tocsin({.arguments = arguments, .environment = {std::string("SECRET=") + kSecret}});
}

std::vector<std::string> notification_ids(const ProgramResult& result) {
  std::vector<std::string> ids;
  for (const std::string& line : lines_of(result.out)) {
    const Json effect = Json::parse(line);
    if (effect["type"] == "notification") ids.push_back(effect["id"]);
  }
  return ids;
}

TEST(Delivery, EachNotificationArrivesOnceVerifiedWithTheIdOfEveryAttempt) {
  Receiver receiver("--fail-first 2");
  const ProgramResult result = replay_to(receiver.port(), {"--notify"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const std::vector<std::string> ids = notification_ids(result);
  ASSERT_FALSE(ids.empty());
  std::map<std::string, int> accepted, refused;
  for (const Json& delivery : receiver.deliveries()) {
    EXPECT_EQ(delivery["verified"], true);
    ++(delivery["status"] == 204 ? accepted : refused)[delivery["id"]];
  }
  EXPECT_EQ(accepted.size(), ids.size());
  for (const std::string& id : ids) EXPECT_EQ(accepted[id], 1) << id;
  int refusals = 0;
  for (const auto& [id, count] : refused) {
    EXPECT_EQ(accepted[id], 1) << "a retry carries the id of the first attempt";
    refusals += count;
  }
  EXPECT_EQ(refusals, 2);
}

TEST(Delivery, NothingIsSentWithoutNotify) {
  Receiver receiver("");
  const ProgramResult result = replay_to(receiver.port(), {});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_FALSE(notification_ids(result).empty()) << "it is shown";
  EXPECT_TRUE(receiver.deliveries().empty());
}

TEST(Delivery, WhatIsNotDeliveredInTimeIsTold) {
  // Port 1 refuses connections; the retries go on for longer than the wait.
  const ProgramResult result = replay_to("1", {"--notify", "--wait-delivery", "50ms"});
  EXPECT_EQ(result.exit_code, 5) << result.err;
  const Json summary = Json::parse(lines_of(result.out).back());
  EXPECT_GT(summary["deliveries"]["pending"].get<int>(), 0);
  EXPECT_NE(result.err.find("contact point 'oncall': attempt "), std::string::npos) << result.err;
}

TEST(Delivery, AContactPointWithoutAUrlIsOnlyShownWhatItWouldGet) {
  const ProgramResult result = run_tocsin({.arguments = {"replay", incident(), "--notify", "--output", "ndjson"}});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_FALSE(notification_ids(result).empty());
  EXPECT_NE(result.err.find("has no url"), std::string::npos);
}

// A workflow that calls a service: with --notify for real, without it answered by an empty object or by a mock.
TEST(Delivery, HttpTasksAreMadeWithNotifyAndMockedWithout) {
  Receiver receiver("");
  const std::string folder = scratch_folder("http");
  write_file(folder + "/rules.yaml", R"(
version: 1
workflows:
  investigate:
    definition:
      StartAt: Call
      States:
        Call:
          Type: Task
          Resource: tocsin:http
          Parameters: {url: "http://127.0.0.1:)" +
                                         receiver.port() +
                                         R"(/", method: POST, headers: {x-test: "1"}, body: {hello: 1},
                       allow_cidrs: [127.0.0.0/8]}
          Catch: [{ErrorEquals: [States.ALL], Next: Caught}]
          End: true
        Caught: {Type: Pass, End: true}
)");
  write_file(folder + "/mocks.json", R"({"Call": [{"returns": {"mocked": true}}]})");
  const auto outputs = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments = {"replay",   incident(), "--rules", folder + "/rules.yaml",
                                          "--output", "ndjson"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProgramResult result = run_tocsin({.arguments = arguments});
    std::string all;
    for (const std::string& line : lines_of(result.out)) {
      const Json effect = Json::parse(line);
      if (effect["type"] == "execution") all += effect["output"].dump() + "\n";
    }
    return all;
  };
  EXPECT_EQ(outputs({}).substr(0, 3), "{}\n");
  EXPECT_EQ(outputs({"--mocks", folder + "/mocks.json"}).substr(0, 15), "{\"mocked\":true}");
  EXPECT_TRUE(receiver.deliveries().empty());
  // The request carries no signature, so the receiver answers 401, which the workflow catches.
  EXPECT_NE(outputs({"--notify"}).find("Http.StatusCode.401"), std::string::npos);
  EXPECT_FALSE(receiver.deliveries().empty());
}

TEST(Delivery, TheDigestDoesNotDependOnIt) {
  Receiver receiver("");
  const auto digest = [](const ProgramResult& result) {
    return Json::parse(lines_of(result.out).back())["digest"].get<std::string>();
  };
  EXPECT_EQ(digest(replay_to(receiver.port(), {"--notify"})), digest(replay_to(receiver.port(), {})));
}

}  // namespace
}  // namespace tocsin
