#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/analysis/memory_event_store.h"
#include "engine/base/text.h"
#include "engine/event/line_parser.h"
#include "engine/event/ordered_events.h"
#include "engine/pipeline/engine.h"
#include "rules/rule_test.h"

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxEvents = 500'000;

// Sets the first field of `candidates` that can be set: a path through objects only.
void set_field(Json& line, const std::vector<FieldPath>& candidates, const Json& value) {
  for (const FieldPath& path : candidates) {
    const bool names_only =
        std::ranges::all_of(path.steps, [](const FieldPath::Step& step) { return step.index() == 0; });
    if (!names_only || path.steps.empty()) continue;
    Json* at = &line;
    for (const FieldPath::Step& step : path.steps) {
      at = at->is_object() || at->is_null() ? &(*at)[std::get<std::string>(step)] : nullptr;
      if (at == nullptr) break;
    }
    if (at == nullptr || !at->is_null()) continue;
    *at = value;
    return;
  }
}

double in_unit(double ms, TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kNanoseconds:
      return ms * 1e6;
    case TimeUnit::kMicroseconds:
      return ms * 1e3;
    case TimeUnit::kMilliseconds:
      return ms;
    case TimeUnit::kSeconds:
      return ms / 1e3;
  }
  return ms;
}

std::optional<double> value_at(const RuleTestSeries::Values& values, std::size_t index) {
  return index < values.size() ? values[index] : std::nullopt;
}

// The lines that series stand for, written the way the rules expect a line to be.
class LineWriter {
 public:
  LineWriter(const RuleTest& test, const EventFields& fields) : test_(test), fields_(fields) {}

  std::string write() {
    for (const RuleTestSeries& series : test_.series) {
      for (std::size_t i = 0; i < series.events.size(); ++i) add_interval(series, i);
    }
    std::ranges::stable_sort(lines_, {}, &Line::time);
    std::string out;
    for (const Line& line : lines_) out.append(line.text).append("\n");
    return out;
  }

  bool too_many() const { return lines_.size() >= kMaxEvents; }

 private:
  struct Line {
    EventTime time;
    std::string text;
  };

  // Events are spread evenly, errors evenly among them.
  void add_interval(const RuleTestSeries& series, std::size_t index) {
    const auto events = static_cast<std::int64_t>(series.events[index].value_or(0));
    const auto errors = static_cast<std::int64_t>(value_at(series.errors, index).value_or(0));
    const EventTime begin = test_.start + test_.interval * static_cast<std::int64_t>(index);
    for (std::int64_t n = 0; n < events && !too_many(); ++n) {
      const EventTime time = begin + Period{test_.interval.ms * n / events};
      const bool error = (n + 1) * errors / events > n * errors / events;
      Json line = Json::object();
      set_field(line, fields_.timestamp, to_iso8601(time));
      set_field(line, fields_.service, series.service);
      set_field(line, fields_.level, error ? "ERROR" : "INFO");
      set_field(line, fields_.message, error ? "request failed" : "request served");
      if (const std::optional<double> latency = value_at(series.latency_ms, index);
          latency && !fields_.latency.empty()) {
        set_field(line, {fields_.latency[0].path}, in_unit(*latency, fields_.latency[0].unit));
      }
      lines_.push_back({time, line.dump(-1, ' ', false, Json::error_handler_t::replace)});
    }
  }

  const RuleTest& test_;
  const EventFields& fields_;
  std::vector<Line> lines_;
};

class TestRun {
 public:
  TestRun(const RuleTest& test, const RuleSet& rules)
      : test_(test), rules_(rules), engine_(rules, store_, {"series", "lines"}) {}

  std::vector<std::string> run() {
    LineWriter writer(test_, rules_.event);
    parse(0, writer.write(), LineFormat::kNdjson);
    if (writer.too_many()) failures_.push_back("more than 500,000 events");
    parse(1, test_.lines, detect_line_format(test_.lines));
    std::vector<const LogEvent*> events;
    for (const ParsedBatch& batch : batches_) {
      for (const LogEvent& event : batch.events) events.push_back(&event);
    }
    std::ranges::stable_sort(events, {}, [](const LogEvent* event) { return event->time; });
    auto next = test_.expectations.begin();
    for (const LogEvent* event : events) {
      while (next != test_.expectations.end() && test_.start + next->at <= event->time) check(*next++);
      engine_.on_event(*event);
      take_effects();
    }
    while (next != test_.expectations.end()) check(*next++);
    engine_.advance_to(end());
    take_effects();
    return std::move(failures_);
  }

 private:
  // Of the series: a minute later, so that the last interval is evaluated too.
  EventTime end() const {
    std::size_t intervals = 0;
    for (const RuleTestSeries& series : test_.series) intervals = std::max(intervals, series.events.size());
    return test_.start + test_.interval * static_cast<std::int64_t>(intervals) + Period::minutes(1);
  }

  void parse(std::uint32_t file, std::string text, LineFormat format) {
    ParsedBatch& batch = batches_[file];
    if (text.empty()) return;
    batch.raw.file = file;
    batch.raw.bytes = std::move(text);
    batch.raw.bytes.reserve(batch.raw.bytes.size() + kBatchPadding);
    batch.raw.last = true;
    const LineParserOptions options{.format = format, .default_service = "test"};
    make_line_parser(options, rules_.event, engine_.projection())->parse(batch);
    if (lacks_year(format)) {
      // Stamps without a year belong to the year of the test's start.
      YearResolver years(test_.start + Period::days(180));
      for (LogEvent& event : batch.events) event.time = years.resolve(event.time);
    }
    for (const ParsedBatch::Dead& dead : batch.dead) {
      failures_.push_back("line " + std::to_string(dead.letter.origin.line) +
                          " is no event: " + std::string(to_text(dead.letter.reason)));
    }
  }

  void check(const RuleTestExpectation& expected) {
    engine_.advance_to(test_.start + expected.at);
    take_effects();
    const auto found = states_.find(expected.alarm);
    // An alarm that nothing was ever heard of is in its first state.
    const AlarmState state = found == states_.end() ? AlarmState::kInsufficientData : found->second;
    if (state == expected.state) return;
    failures_.push_back(expected.place.file + ":" + std::to_string(expected.place.line) + ": at " +
                        to_text(expected.at) + " " + printable(expected.alarm) + " is " + std::string(to_text(state)) +
                        ", expected " + std::string(to_text(expected.state)));
  }

  void take_effects() {
    while (engine_.has_effects()) {
      for (const Effect& effect : engine_.take_effects()) {
        if (const auto* transition = std::get_if<StateTransition>(&effect)) on_transition(*transition);
        // Nothing reaches outside from a test.
        if (const auto* task = std::get_if<RunTask>(&effect)) {
          engine_.complete_task(task->execution, task->request.token, {.output = "{}"});
        }
      }
    }
  }

  void on_transition(const StateTransition& transition) {
    states_[transition.alarm] = transition.to;
    if (transition.to != AlarmState::kAlarm) return;
    for (const std::string& never : test_.never) {
      if (!matches_glob(never, transition.alarm)) continue;
      failures_.push_back(printable(transition.alarm) + " must never be in ALARM, but was at " +
                          to_text(transition.at - test_.start) + ": " + printable(transition.reason));
    }
  }

  const RuleTest& test_;
  const RuleSet& rules_;
  MemoryEventStore store_;
  Engine engine_;
  ParsedBatch batches_[2];
  std::map<std::string, AlarmState> states_;
  std::vector<std::string> failures_;
};

}  // namespace

std::vector<std::string> run_rule_test(const RuleTest& test, const RuleSet& rules) {
  return TestRun(test, rules).run();
}

}  // namespace tocsin
