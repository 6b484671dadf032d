#include <algorithm>
#include <charconv>
#include <cmath>

#include "engine/base/text.h"
#include "engine/event/timestamp.h"
#include "rules/map_reader.h"
#include "rules/rule_test.h"

namespace tocsin {
namespace {

constexpr std::size_t kMaxIntervals = 10'000;
constexpr double kMaxEventsPerInterval = 100'000;

// "2x3" or "2", or "_".
bool append_item(std::string_view item, RuleTestSeries::Values& out) {
  std::size_t times = 1;
  if (const std::size_t x = item.find('x'); x != std::string_view::npos) {
    const std::string_view count = item.substr(x + 1);
    const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), times);
    if (error != std::errc() || end != count.data() + count.size() || times > kMaxIntervals) return false;
    item = item.substr(0, x);
  }
  const std::optional<double> value = parse_number(item);
  if (!value && item != "_") return false;
  if (out.size() + times > kMaxIntervals) return false;
  out.insert(out.end(), times, value);
  return true;
}

bool is_count(const std::optional<double>& value) {
  return !value || (*value >= 0 && *value == std::floor(*value) && *value <= kMaxEventsPerInterval);
}

RuleTestSeries::Values read_values(MapReader& reader, std::string_view key, bool counts) {
  const std::optional<std::string> text = reader.text(key);
  if (!text) return {};
  const std::optional<RuleTestSeries::Values> values = parse_series(*text);
  if (values && (!counts || std::ranges::all_of(*values, is_count))) return *values;
  reader.file().error(*reader.find(key), "'" + std::string(key) + "' must be a series, not " + shown(*reader.find(key)),
                      "a value for each interval: 5 0 _ 2x3 (2x3: three times 2, _: nothing)");
  return {};
}

RuleTestSeries read_series(RuleFile& file, const YamlNode& node) {
  MapReader reader(file, node, "a series");
  RuleTestSeries series;
  series.service = reader.required_text("service").value_or("");
  reader.require("events");
  series.events = read_values(reader, "events", true);
  series.errors = read_values(reader, "errors", true);
  series.latency_ms = read_values(reader, "latency_ms", false);
  reader.finish();
  for (std::size_t i = 0; i < series.errors.size(); ++i) {
    const double events = i < series.events.size() ? series.events[i].value_or(0) : 0;
    if (series.errors[i].value_or(0) <= events) continue;
    file.error(*reader.find("errors"), "there are more errors than events in interval " + std::to_string(i + 1));
    break;
  }
  return series;
}

void read_expectation(RuleFile& file, const YamlNode& node, RuleTest& test) {
  MapReader reader(file, node, "an expectation");
  reader.require("at", "a time after the start: 5m");
  const std::optional<Period> at = reader.period("at");
  const YamlNode* alarms = reader.require("alarms", "alarms: {error-rate/payment: ALARM}");
  reader.finish();
  if (alarms == nullptr) return;
  const MapReader states(file, *alarms, "'alarms'");
  for (const YamlEntry& entry : alarms->entries) {
    const std::optional<std::string> text = read_text(file, entry.value, "a state");
    const std::optional<AlarmState> state = text ? parse_alarm_state(*text) : std::nullopt;
    if (text && !state) {
      file.error(entry.value, "unknown state " + shown(entry.value),
                 suggestion(*text, {"OK", "ALARM", "INSUFFICIENT_DATA"}));
    }
    if (at && state) test.expectations.push_back({*at, entry.key, *state, file.document().place(entry)});
  }
}

void read_times(MapReader& reader, RuleTest& test) {
  test.start = from_civil({.year = 2026});
  if (const std::optional<std::string> start = reader.text("start")) {
    const std::optional<EventTime> parsed = parse_timestamp(*start, Period{});
    if (!parsed) reader.file().error(*reader.find("start"), "'start' must be a time such as 2026-01-01T00:00:00Z");
    test.start = parsed.value_or(test.start);
  }
  if (const std::optional<Period> interval = reader.period("interval")) {
    if (*interval < Period::seconds(1) || *interval > Period::days(1)) {
      reader.file().error(*reader.find("interval"), "'interval' must be from 1s to 1d");
    } else {
      test.interval = *interval;
    }
  }
}

RuleTest read_test(RuleFile& file, const YamlNode& node) {
  MapReader reader(file, node, "a test");
  RuleTest test;
  test.name = reader.required_text("name").value_or("");
  read_times(reader, test);
  if (const YamlNode* series = reader.find("series")) {
    for (const YamlNode* item : read_list(file, *series, "'series'")) test.series.push_back(read_series(file, *item));
  }
  test.lines = reader.text("lines").value_or("");
  if (const YamlNode* expect = reader.find("expect")) {
    for (const YamlNode* item : read_list(file, *expect, "'expect'")) read_expectation(file, *item, test);
  }
  if (const YamlNode* never = reader.find("never")) {
    for (const YamlNode* item : read_list(file, *never, "'never'")) {
      if (const std::optional<std::string> name = read_text(file, *item, "'never'")) test.never.push_back(*name);
    }
  }
  reader.finish();
  if (reader.valid() && test.series.empty() && test.lines.empty()) {
    file.error(node, "a test needs 'series' or 'lines'");
  }
  if (reader.valid() && !reader.has("expect") && !reader.has("never")) {
    file.error(node, "a test that expects nothing can't fail", "add 'expect' or 'never'");
  }
  std::ranges::stable_sort(test.expectations, {}, &RuleTestExpectation::at);
  return test;
}

}  // namespace

std::optional<RuleTestSeries::Values> parse_series(std::string_view text) {
  RuleTestSeries::Values values;
  while (!text.empty()) {
    const std::size_t begin = text.find_first_not_of(" \t\n");
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    const std::string_view item = text.substr(0, text.find_first_of(" \t\n"));
    if (!append_item(item, values)) return std::nullopt;
    text.remove_prefix(item.size());
  }
  return values;
}

RuleTestFile read_rule_tests(const RuleSource& source) {
  RuleTestFile result;
  std::optional<YamlDocument> document = YamlDocument::parse(source.name, source.text, result.diagnostics);
  if (!document) return result;
  const RuleEnvironment environment;
  RuleFile file(std::move(*document), environment, result.diagnostics);
  MapReader reader(file, file.document().root(), "a file of rule tests");
  if (const YamlNode* rules = reader.find("rules")) {
    for (const YamlNode* item : read_list(file, *rules, "'rules'")) {
      const std::optional<std::string> path = read_text(file, *item, "'rules'");
      if (path) result.rules.push_back(path_beside(source.name, *path));
    }
  }
  if (const YamlNode* tests = reader.require("tests")) {
    for (const YamlNode* item : read_list(file, *tests, "'tests'")) result.tests.push_back(read_test(file, *item));
  }
  reader.finish();
  return result;
}

}  // namespace tocsin
