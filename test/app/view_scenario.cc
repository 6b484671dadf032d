#include "test/app/view_scenario.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace tocsin::view_scenario {
namespace {

Notification notification(const std::string& type, EventTime time) {
  return {.id = "evt_5d1f0c2ab7e94863a0d1f2c3b4a59687",
          .contact_point = "oncall",
          .payload = notification_payload(type, time, "{}"),
          .at = time};
}

ExecutionRecord execution(const std::string& alarm, EventTime time) {
  return {.id = "exe_0a1b2c3d4e5f60718293a4b5c6d7e8f9",
          .workflow = "investigate",
          .alarm = alarm,
          .status = ExecutionStatus::kSucceeded,
          .started = time,
          .at = time,
          .output = "{}"};
}

Evidence exhausted() {
  return {.service = "payment",
          .log_template = "connection pool exhausted after <*> ms",
          .count = 1204,
          .baseline = 0,
          .is_new = true,
          .first = at(1, 2),
          .last = at(3, 9),
          .sample = "connection pool exhausted after 3012 ms",
          .sample_origin = {.file = 0, .line = 612'044, .offset = 171'372'320}};
}

Finding finding(const std::string& incident) {
  Finding finding;
  finding.id = "fnd_77aa";
  finding.incident = incident;
  finding.severity = Severity::kCritical;
  finding.title = "payment broke first: connection pool exhausted after <*> ms";
  finding.summary =
      "payment began to break at 2026-11-20 10:01:02Z. Order of onset: payment (2026-11-20 10:01:02Z), checkout "
      "(2026-11-20 10:01:41Z). 1 alarm fired, first error-rate/payment at 2026-11-20 10:03:10Z.";
  finding.services = {
      {"payment", 0.92, at(1, 2), {"1204 × \"connection pool exhausted after <*> ms\", never seen before"}},
      {"checkout", 0.31, at(1, 41), {"errors 0.1 to 9.8 a minute", "calls payment"}}};
  finding.onset = at(1, 2);
  finding.detected_at = at(3, 10);
  finding.probable_cause =
      "payment: \"connection pool exhausted after <*> ms\" (first 2026-11-20 10:01:02Z, 1204 lines, never seen before)";
  finding.evidence = {exhausted(),
                      {.service = "checkout",
                       .log_template = "payment call failed: <*>",
                       .count = 318,
                       .baseline = 2.4,
                       .first = at(1, 41),
                       .last = at(3, 8),
                       .sample = "payment call failed: 503",
                       .sample_origin = {.file = 1, .line = 90'211, .offset = 0}}};
  finding.categories = {{"fast_failure", 12, 10.5}, {"critical_timeout", 1510, 0.2}};
  finding.queries = {{"filter level = \"ERROR\" | stats count(*) as errors by service", "payment 1204, checkout 318"}};
  finding.confidence = 0.81;
  finding.confidence_reasons = {"the first service's errors began 39 s before any other's",
                                "its message was never seen before"};
  finding.not_analysed = {.bad_lines = 9, .late = 2};
  return finding;
}

constexpr AlarmState kOk = AlarmState::kOk;
constexpr AlarmState kAlarm = AlarmState::kAlarm;
constexpr AlarmState kUnknown = AlarmState::kInsufficientData;

}  // namespace

EventTime at(int minute, int second) {
  return from_civil({.year = 2026, .month = 11, .day = 20, .hour = 10}) + Period::minutes(minute) +
         Period::seconds(second);
}

StateTransition transition(const Change& change) {
  StateTransition made;
  made.id = "trn_" + change.alarm + std::to_string(change.sequence);
  made.alarm = change.alarm;
  made.definition = change.alarm.substr(0, change.alarm.find('/'));
  made.service = change.alarm.substr(change.alarm.find('/') + 1);
  made.from = change.from;
  made.to = change.to;
  made.reason = change.to == kAlarm
                    ? "Threshold Crossed: 2 out of the last 3 datapoints [41.0 (20/11/26 10:02:10), 23.0 "
                      "(20/11/26 10:01:10)] were greater than the threshold (5.0) (minimum 2 datapoints "
                      "for OK -> ALARM transition)."
                    : "Threshold Crossed: 3 out of the last 3 datapoints were not greater than the threshold (5.0).";
  made.reason_data = "{}";
  made.at = change.at;
  made.since = change.since;
  made.sequence = change.sequence;
  made.severity = change.severity;
  return made;
}

ViewOptions options() {
  return {.files = {{.path = "incident.ndjson.gz", .format = "ndjson", .compression = "gzip"},
                    {.path = "gateway.log", .format = "syslog3164", .years_inferred = true, .zone_assumed = true}},
          .speed = "60"};
}

std::vector<Effect> outage() {
  const StateTransition fired = transition({"error-rate/payment", kOk, kAlarm, at(3, 10), at(1, 10), 2});
  IncidentBoard board;
  const std::string incident = board.on_transition(fired, Period{})->id;
  std::vector<Effect> effects;
  effects.emplace_back(transition({"error-rate/payment", kUnknown, kOk, at(1, 10), at(0), 1}));
  effects.emplace_back(transition({"error-rate/checkout", kUnknown, kOk, at(1, 10), at(0), 1}));
  effects.emplace_back(fired);
  effects.emplace_back(finding(incident));
  effects.emplace_back(notification("incident.finding", at(3, 10)));
  effects.emplace_back(execution("error-rate/payment", at(3, 10)));
  effects.emplace_back(transition({"error-rate/checkout", kOk, kAlarm, at(4, 10), at(1, 10), 2, Severity::kWarning}));
  ExecutionRecord failed = execution("error-rate/checkout", at(4, 10));
  failed.status = ExecutionStatus::kFailed;
  failed.error = "States.Timeout";
  failed.cause = "collect took longer than 60 s";
  effects.emplace_back(failed);
  effects.emplace_back(transition({"error-rate/payment", kAlarm, kOk, at(9, 10), at(3, 10), 3}));
  effects.emplace_back(transition({"error-rate/checkout", kAlarm, kOk, at(10, 10), at(4, 10), 3, Severity::kWarning}));
  effects.emplace_back(notification("incident.resolved", at(12, 10)));
  return effects;
}

ReplaySummary outage_summary() {
  ReplaySummary summary;
  summary.counters = {.events = 2'410'320,
                      .dead_letters = 12,
                      .late = 3,
                      .truncated = 1,
                      .categorized = 1522,
                      .transitions = 6,
                      .findings = 1,
                      .executions = 2,
                      .notifications = 2,
                      .first_event = at(0),
                      .last_event = at(30),
                      .first_late = LineOrigin{.file = 1, .line = 77}};
  summary.lines = 2'410'332;
  summary.events = 2'410'320;
  summary.dead_letters_by_reason = {{"broken_json", 7}, {"empty", 5}};
  summary.services = 5;
  summary.wall_s = 8.64;
  summary.digest = "7c1e5a0b9d3f42618c7e5a0b9d3f42618c7e5a0b9d3f42618c7e5a0b9d3f4261";
  return summary;
}

ReplaySummary calm_summary() {
  ReplaySummary summary;
  summary.counters = {.events = 1000, .transitions = 4, .first_event = at(0), .last_event = at(12)};
  summary.lines = 1000;
  summary.events = 1000;
  summary.services = 1;
  summary.wall_s = 0.02;
  summary.digest = "00ff";
  return summary;
}

std::vector<Effect> hostile_effects() {
  const std::string name =
      "error-rate/pay\x1b]0;owned\x07\x1b[2Jment\xc2\x9b"
      "31m\xff\r\n\t`|<b>**";
  const StateTransition fired = transition({name, kOk, kAlarm, at(3), at(1), 2});
  IncidentBoard board;
  Finding hostile = finding(board.on_transition(fired, Period{})->id);
  hostile.title = hostile.summary = hostile.probable_cause = name;
  hostile.services = {{name, 1, at(1), {name}}};
  for (Evidence& evidence : hostile.evidence) evidence.service = evidence.log_template = evidence.sample = name;
  hostile.categories = {{name, 1, 0}};
  hostile.queries = {{name, name}};
  hostile.confidence_reasons = {name};
  ExecutionRecord failed = execution(name, at(3));
  failed.status = ExecutionStatus::kFailed;
  failed.error = failed.cause = failed.workflow = name;
  Notification sent = notification("incident.finding", at(3));
  sent.contact_point = name;
  return {fired, hostile, failed, sent};
}

Written written_by(const std::function<void()>& action) {
  std::fflush(nullptr);
  std::FILE* files[2] = {std::tmpfile(), std::tmpfile()};
  const int saved[2] = {::dup(STDOUT_FILENO), ::dup(STDERR_FILENO)};
  ::dup2(::fileno(files[0]), STDOUT_FILENO);
  ::dup2(::fileno(files[1]), STDERR_FILENO);
  action();
  std::fflush(nullptr);
  std::string texts[2];
  for (int i = 0; i < 2; ++i) {
    ::dup2(saved[i], i == 0 ? STDOUT_FILENO : STDERR_FILENO);
    ::close(saved[i]);
    std::rewind(files[i]);
    char buffer[4096];
    for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, files[i])) > 0;) texts[i].append(buffer, n);
    std::fclose(files[i]);
  }
  return {texts[0], texts[1]};
}

void expect_golden(const std::string& name, const std::string& text) {
  const std::filesystem::path path = std::filesystem::path(TOCSIN_SOURCE_DIR) / "test/golden" / name;
  if (std::getenv("TOCSIN_UPDATE_GOLDEN") != nullptr) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream in(path, std::ios::binary);
  ASSERT_TRUE(in) << path << " is missing";
  const std::string expected(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(text, expected) << "golden file " << path << "; TOCSIN_UPDATE_GOLDEN=1 rewrites it";
}

}  // namespace tocsin::view_scenario
