// Rule unit tests in data: what a service logs, minute by minute, and the states its alarms must have. Read from YAML,
// run through the same Engine as everything else; see docs/rules.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/alarm/alarm_definition.h"
#include "engine/base/time.h"
#include "rules/rule_loader.h"

namespace tocsin {

// What a service logs: a value for each interval, empty where nothing is said.
struct RuleTestSeries {
  using Values = std::vector<std::optional<double>>;
  std::string service;
  Values events;      // how many events
  Values errors;      // how many of them are errors
  Values latency_ms;  // of each event of the interval
};

struct RuleTestExpectation {
  Period at;  // after the start
  std::string alarm;
  AlarmState state = AlarmState::kOk;
  SourcePlace place;
};

struct RuleTest {
  std::string name;
  EventTime start;
  Period interval = Period::seconds(60);
  std::vector<RuleTestSeries> series;
  std::string lines;                              // raw log lines, of any format that can be detected
  std::vector<RuleTestExpectation> expectations;  // in order of time
  std::vector<std::string> never;                 // alarms (with * for any text) that must not enter ALARM
};

struct RuleTestFile {
  std::vector<std::string> rules;  // paths; empty: the built-in rules
  std::vector<RuleTest> tests;
  Diagnostics diagnostics;
};

RuleTestFile read_rule_tests(const RuleSource& source);

// "5 0 _ 2x3": numbers, _ for nothing, 2x3 for three times 2. nullopt where it is something else or longer than 10,000.
std::optional<RuleTestSeries::Values> parse_series(std::string_view text);

// What was not as expected, a line each; empty: passed.
std::vector<std::string> run_rule_test(const RuleTest& test, const RuleSet& rules);

}  // namespace tocsin
