// The engine cut off after any call, saved, and taken up by a new one: nobody can tell by its effects.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>

#include "engine/analysis/memory_event_store.h"
#include "engine/base/sha256.h"
#include "engine/pipeline/engine.h"
#include "test/engine/pipeline/engine_state_rules.h"
#include "test/engine/pipeline/rules_of.h"

namespace tocsin {
namespace {

constexpr EventTime kStart{1'795'168'800'000};  // 2026-11-20T10:00:00Z

RuleSet all_rules() {
  RuleSet rules = rules_of(std::string(kFilters) + kAlarms + kWorkflows);
  ContactPoint& grouped = rules.contact_points[rules.contact_points[0].name == "grouped" ? 0 : 1];
  grouped.grouping = {.group_by = {"definition"},
                      .wait = Period::seconds(20),
                      .interval = Period::minutes(2),
                      .repeat_interval = Period::minutes(7)};
  grouped.flap = {.transitions = 4, .within = Period::minutes(20)};
  Silence silence{.id = "sil_c", .matchers = {{.name = "service", .value = "c"}}};
  silence.from = kStart + Period::minutes(20);
  silence.until = kStart + Period::minutes(45);
  rules.silences = {silence};
  MaintenanceWindow window{.matchers = {{.name = "contact_point", .value = "oncall"}}};
  std::string problem;
  window.every = parse_weekly_schedule("daily 11:00", problem).value();
  window.duration = Period::minutes(6);
  rules.maintenance = {window};
  return rules;
}

// What comes in: a line of a service, a dead letter, or that time goes on.
struct Input {
  enum class Kind { kEvent, kDead, kTime } kind = Kind::kEvent;
  EventTime at;
  std::string service;
  Level level = Level::kInfo;
  double latency_ms = 0;
};

std::vector<Input> random_inputs(unsigned seed, std::size_t count) {
  std::mt19937 random(seed);
  const auto chance = [&](std::uint32_t in) { return random() % in == 0; };
  std::vector<Input> inputs;
  EventTime now = kStart;
  bool bad = false;
  std::vector<bool> speaks(5, true);
  while (inputs.size() < count) {
    now = now + Period{static_cast<std::int64_t>(chance(60) ? random() % 400'000 : random() % 9000)};
    if (chance(40)) bad = !bad;
    const std::size_t service = random() % speaks.size();
    if (chance(30)) speaks[service] = !speaks[service];
    Input input{.at = now, .service = std::string(1, static_cast<char>('a' + service))};
    if (chance(25)) {
      input.kind = Input::Kind::kDead;
    } else if (chance(25)) {
      input.kind = Input::Kind::kTime;
    } else if (!speaks[service]) {
      continue;
    }
    if (chance(12)) input.at = now - Period{static_cast<std::int64_t>(random() % 500'000)};  // late
    if (chance(bad ? 2 : 15)) input.level = Level::kError;
    input.latency_ms = static_cast<double>(random() % (bad ? 2000 : 500)) / 2;
    inputs.push_back(std::move(input));
  }
  return inputs;
}

// An engine with a store that lives longer, and a world that answers its tasks some inputs later.
class EngineRun {
 public:
  explicit EngineRun(RuleSet rules) : rules_(std::move(rules)) { start(); }

  void feed(const Input& input) {
    switch (input.kind) {
      case Input::Kind::kEvent:
        on_event(input);
        break;
      case Input::Kind::kDead:
        engine_->on_dead_letter();
        break;
      case Input::Kind::kTime:
        engine_->advance_to(input.at);
        break;
    }
    ++fed_;
    take_effects();
    for (auto due = tasks_.begin(); due != tasks_.end();) {
      if (due->second > fed_) {
        ++due;
        continue;
      }
      const auto [execution, token] = due->first;
      answered_.insert(due->first);
      due = tasks_.erase(due);
      const bool fails = hash_of(execution, token) % 5 == 0;
      engine_->complete_task(execution, {token},
                             fails ? TaskOutcome{.succeeded = false, .error = "Down", .cause = "of no use"}
                                   : TaskOutcome{.output = R"({"status":200})"});
      take_effects();
    }
  }

  // Into a new engine, under the rules given or the same.
  std::string save_and_restore(std::optional<RuleSet> other = std::nullopt) {
    const std::string bytes = engine_->save();
    if (other) {
      engine_.reset();
      rules_ = std::move(*other);
    }
    start();
    EXPECT_EQ(engine_->restore(bytes), "");
    for (const Effect& effect : engine_->take_effects()) {
      const auto* task = std::get_if<RunTask>(&effect);
      if (task == nullptr) {
        EXPECT_TRUE(other) << to_json(effect, {"a.log"});
        log_.push_back(to_json(effect, {"a.log"}));
        continue;
      }
      const std::pair key(task->execution, task->request.token.value);
      EXPECT_TRUE(asked_.contains(key) && !answered_.contains(key)) << key.first << " " << key.second;
    }
    return bytes;
  }

  Engine& engine() { return *engine_; }
  const RuleSet& rules() const { return rules_; }
  const std::vector<std::string>& log() const { return log_; }
  std::size_t count(const std::string& part) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(log_, [&](const std::string& line) { return line.find(part) != std::string::npos; }));
  }

 private:
  static std::uint64_t hash_of(const std::string& execution, std::uint64_t token) {
    return std::stoull(sha256_hex(execution + "/" + std::to_string(token)).substr(0, 12), nullptr, 16);
  }

  void start() {
    engine_ = std::make_unique<Engine>(rules_, store_, std::vector<std::string>{"a.log"});
    paths_.clear();
    for (const FieldPath& path : engine_->projection().paths()) paths_.push_back(to_text(path));
  }

  void on_event(const Input& input) {
    std::vector<FieldValue> fields(paths_.size());
    const std::string latency = std::to_string(input.latency_ms);
    for (std::size_t i = 0; i < paths_.size(); ++i) {
      const auto is = [&](const char* part) { return paths_[i].find(part) != std::string::npos; };
      if (is("@level")) fields[i] = {.kind = FieldKind::kText, .text = to_text(input.level)};
      if (is("@service")) fields[i] = {.kind = FieldKind::kText, .text = input.service};
      if (is("@latency")) fields[i] = {.kind = FieldKind::kNumber, .number = input.latency_ms, .text = latency};
    }
    const std::string message = "call " + std::to_string(lines_) + " of " + input.service + " broke";
    engine_->on_event({.time = input.at,
                       .level = input.level,
                       .latency_ms = input.latency_ms,
                       .service = input.service,
                       .message = message,
                       .upstream = lines_ % 3 == 0 ? "a" : "",
                       .raw = message,
                       .fields = fields,
                       .origin = {.file = 0, .line = ++lines_}});
  }

  void take_effects() {
    for (const Effect& effect : engine_->take_effects()) {
      if (const auto* task = std::get_if<RunTask>(&effect)) {
        const std::pair key(task->execution, task->request.token.value);
        asked_.insert(key);
        const std::uint64_t hash = hash_of(key.first, key.second);
        if (hash % 7 != 0) tasks_[key] = fed_ + 1 + hash % 40;  // else it never comes
      }
      std::string line = to_json(effect, {"a.log"});
      if (const auto* record = std::get_if<ExecutionRecord>(&effect)) line += history_json(record->history);
      if (const auto* notification = std::get_if<Notification>(&effect)) {
        line += notification->order_key + notification->reason;
        for (const auto& [name, value] : notification->labels) line += " " + name + "=" + value;
      }
      log_.push_back(std::move(line));
    }
  }

  RuleSet rules_;
  MemoryEventStore store_;
  std::unique_ptr<Engine> engine_;
  std::vector<std::string> paths_;
  std::vector<std::string> log_;
  std::uint64_t lines_ = 0;
  std::size_t fed_ = 0;
  std::map<std::pair<std::string, std::uint64_t>, std::size_t> tasks_;  // to be answered after so many inputs
  std::set<std::pair<std::string, std::uint64_t>> asked_, answered_;
};

TEST(EngineState, CutAnywhereItGoesOnTheSame) {
  std::size_t lines = 0;
  std::map<std::string, std::size_t> seen;
  for (unsigned seed = 0; seed < 4; ++seed) {
    const std::vector<Input> inputs = random_inputs(seed, 1000);
    EngineRun whole(all_rules());
    for (const Input& input : inputs) whole.feed(input);
    lines += whole.log().size();
    for (const char* part :
         {"\"type\":\"transition\"", "\"type\":\"finding\"", "incident.resolved", "ParallelState",
          "\"status\":\"FAILED\"", "TIMED_OUT", "\"disposition\":\"superseded\"", "\"disposition\":\"flapping\"",
          "\"disposition\":\"silenced\"", "incident.finding", "\"error\":\"Down\""}) {
      seen[part] += whole.count(part);
    }
    // After each of some inputs in a row, after one of a few, and now and then.
    for (const unsigned every : {1U, 7U, 90U}) {
      std::mt19937 random(seed * 100 + every);
      EngineRun cut(all_rules());
      bool in_a_row = false;
      for (const Input& input : inputs) {
        cut.feed(input);
        if (random() % 60 == 0) in_a_row = every == 1 && !in_a_row;
        if (in_a_row || (every > 1 && random() % every == 0)) {
          const std::string bytes = cut.save_and_restore();
          ASSERT_EQ(cut.engine().save(), bytes);
        }
      }
      ASSERT_EQ(cut.log(), whole.log()) << "seed " << seed << ", cut after one of " << every;
      ASSERT_EQ(cut.engine().save(), whole.engine().save());
    }
  }
  EXPECT_GT(lines, 2000U);
  for (const auto& [part, count] : seen) EXPECT_GT(count, 0U) << part;
}

TEST(EngineState, TellsWhatAMetricsEndpointWants) {
  EngineRun run(all_rules());
  for (const Input& input : random_inputs(3, 1200)) {
    run.feed(input);
    if (run.engine().counters().running > 1 && run.engine().counters().late > 0) break;
  }
  const Engine& before = run.engine();
  const auto alarms = before.alarms();
  const EngineCounters counters = before.counters();
  const std::size_t series = before.series(), incidents = before.open_incidents(), services = before.services();
  ASSERT_EQ(alarms.size(), 3U);
  EXPECT_GT(alarms.at(AlarmState::kOk), 0U);
  EXPECT_GT(series, 15U);
  EXPECT_GT(counters.running, 0U);
  run.save_and_restore();
  const Engine& after = run.engine();
  EXPECT_EQ(after.alarms(), alarms);
  EXPECT_EQ(after.series(), series);
  EXPECT_EQ(after.open_incidents(), incidents);
  EXPECT_EQ(after.services(), services);
  EXPECT_EQ(after.counters().running, counters.running);
  EXPECT_EQ(after.counters().events, counters.events);
  EXPECT_EQ(after.counters().late, counters.late);
  EXPECT_EQ(after.counters().first_late->line, counters.first_late->line);
  EXPECT_EQ(after.counters().last_event, counters.last_event);
}

TEST(EngineState, SilencesComeBesideThoseOfTheRules) {
  const auto told = [](std::vector<Silence> silences) {
    EngineRun run(all_rules());
    run.engine().set_silences(std::move(silences));
    for (const Input& input : random_inputs(0, 1000)) run.feed(input);
    EXPECT_GT(run.count("\"disposition\":\"silenced\""), 0U) << "the rules' own";
    return run.engine().counters().notifications;
  };
  const std::uint64_t all = told({});
  EXPECT_GT(all, 0U);
  Silence everything{.id = "sil_all",
                     .matchers = {{.name = "alarm", .kind = LabelMatcher::Kind::kMatches, .value = ".*"}}};
  everything.from = kStart;
  everything.until = kStart + Period::days(1);
  EXPECT_EQ(told({everything}), 0U);
}

TEST(EngineState, AnEngineThatHasSeenNothingCanBeSaved) {
  EngineRun run(all_rules());
  run.engine().on_dead_letter();
  run.save_and_restore();
  EXPECT_EQ(run.engine().counters().dead_letters, 1U);
  EXPECT_FALSE(run.engine().watermark());
}

TEST(EngineState, BytesThatCanNotBeReadLeaveTheEngineAsNew) {
  const RuleSet rules = all_rules();
  MemoryEventStore store;
  EngineRun run(all_rules());
  for (const Input& input : random_inputs(1, 300)) run.feed(input);
  const std::string bytes = run.engine().save();
  const std::string fresh = Engine(rules, store, {"a.log"}).save();
  const auto refused = [&](const std::string& state) {
    Engine engine(rules, store, {"a.log"});
    const std::string why = engine.restore(state);
    if (!why.empty()) {
      EXPECT_EQ(engine.save(), fresh);
      EXPECT_FALSE(engine.has_effects());
    }
    return why;
  };
  EXPECT_EQ(refused(bytes), "");
  EXPECT_EQ(refused(""), "the engine's state is damaged");
  EXPECT_EQ(refused(bytes + "x"), "the engine's state is damaged");
  EXPECT_EQ(refused("\x07" + bytes.substr(1)), "the engine's state is of version 7, and this program reads version 2");
  for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 40) {
    EXPECT_EQ(refused(bytes.substr(0, size)), "the engine's state is damaged") << size;
  }
  // Any byte may be another one: it is refused, or it is some engine's state.
  std::mt19937 random(20261120);
  for (int round = 0; round < 400; ++round) {
    std::string other = bytes;
    for (unsigned more = random() % 3 + 1; more > 0; --more) {
      other[random() % other.size()] = static_cast<char>(random());
    }
    refused(other);
  }
}

TEST(EngineState, FilesKeepTheirNumbers) {
  const RuleSet rules = all_rules();
  MemoryEventStore store;
  Engine engine(rules, store, {});
  EXPECT_EQ(engine.add_file("a"), 0U);
  EXPECT_EQ(engine.add_file("b"), 1U);
  EXPECT_EQ(engine.add_file("a"), 0U);
  const std::string state = engine.save();
  Engine other(rules, store, engine.files());
  EXPECT_EQ(other.restore(state), "");
  EXPECT_EQ(other.add_file("c"), 2U);
  EXPECT_EQ(other.add_file("b"), 1U);
  std::uint32_t last = 0;
  for (int i = 0; i < 20'000; ++i) last = other.add_file("connection " + std::to_string(i));
  EXPECT_EQ(last, other.add_file("one more")) << "all beyond a bound share a number";
  EXPECT_EQ(other.add_file("b"), 1U);
  Engine third(rules, store, other.files());
  EXPECT_EQ(third.restore(other.save()), "");
  EXPECT_EQ(third.add_file("and one more"), last);
}

// A reload. Feeds until an alarm of each kind fires, then goes on under other rules.
class Reload : public testing::Test {
 protected:
  static constexpr const char* kRate = R"(
alarms:
  - name: errors
    for_each: service
    metric: {namespace: S, name: Errors, statistic: Sum}
    period: 60s
    evaluation_periods: 3
    datapoints_to_alarm: 2
    comparison: ">="
    threshold: 5
    treat_missing_data: notBreaching
    actions: {alarm: [workflow:note]}
)";
  static constexpr const char* kNote = R"(
workflows:
  note:
    definition:
      StartAt: Rest
      States:
        Rest: {Type: Wait, Seconds: 300, Next: Tell}
        Tell: {Type: Task, Resource: "tocsin:notify", Parameters: {data: {text: hello}}, End: true}
contact_points:
  oncall: {type: webhook, url: "http://127.0.0.1:1/"}
)";
  static RuleSet rules_with(const std::string& alarms, const std::string& rest = kNote) {
    return rules_of(std::string(kFilters) + alarms + rest);
  }
  static std::string replaced(std::string text, const std::string& from, const std::string& to) {
    text.replace(text.find(from), from.size(), to);
    return text;
  }

  // errors/a is in ALARM since 10:02:10, and its execution waits.
  void fire() {
    for (int minute = 0; minute < 3; ++minute) errors(minute, "a", 6);
    ASSERT_EQ(state_of("a"), "ALARM");
    ASSERT_EQ(run_->engine().counters().running, 1U);
  }
  void errors(int minute, const std::string& service, int count) {
    for (int i = 0; i < count; ++i) feed(minute, 1 + i, service, Level::kError);
    feed(minute, 55, "b", Level::kInfo);
  }
  void feed(int minute, int second, const std::string& service, Level level) {
    run_->feed({.at = kStart + Period::minutes(minute) + Period::seconds(second), .service = service, .level = level});
  }
  void advance(int minute) { run_->feed({.kind = Input::Kind::kTime, .at = kStart + Period::minutes(minute)}); }
  std::string state_of(const std::string& service, const std::string& definition = "errors") const {
    std::string state = "none";
    for (const std::string& line : run_->log()) {
      if (line.find("\"alarm\":\"" + definition + (service.empty() ? "" : "/" + service) + "\",\"from\"") ==
          std::string::npos) {
        continue;
      }
      const std::size_t to = line.find("\"to\":\"") + 6;
      state = line.substr(to, line.find('"', to) - to);
    }
    return state;
  }

  std::optional<EngineRun> run_{rules_with(kRate)};
};

TEST_F(Reload, AnAlarmKeepsItsStateAndTheNextEvaluationDecides) {
  fire();
  const std::size_t before = run_->count("\"type\":\"transition\"");
  run_->save_and_restore(rules_with(replaced(kRate, "threshold: 5", "threshold: 50")));
  EXPECT_EQ(run_->engine().alarms().at(AlarmState::kAlarm), 1U);
  EXPECT_EQ(run_->count("\"type\":\"transition\""), before);
  feed(3, 20, "b", Level::kInfo);
  EXPECT_EQ(state_of("a"), "OK");
  EXPECT_EQ(run_->count("\"type\":\"transition\""), before + 1) << "nothing is told of what stayed";
}

TEST_F(Reload, SamplesOfBeforeCountUnderTheNewRules) {
  fire();
  const std::string more = replaced(kRate, "alarms:\n", R"(
alarms:
  - {name: sum, metrics: {m: {namespace: S, name: Total, statistic: Sum}}, period: 60s, comparison: ">=", threshold: 6}
)");
  run_->save_and_restore(rules_with(more));
  feed(3, 20, "b", Level::kInfo);
  EXPECT_EQ(state_of("", "sum"), "ALARM");
}

TEST_F(Reload, AnAlarmThatIsGoneLeavesItsIncident) {
  fire();
  EXPECT_EQ(run_->engine().open_incidents(), 1U);
  run_->save_and_restore(rules_with(replaced(kRate, "name: errors", "name: others")));
  EXPECT_EQ(run_->engine().open_incidents(), 1U);
  EXPECT_EQ(run_->engine().alarms().at(AlarmState::kAlarm), 0U);
  advance(4);
  EXPECT_EQ(run_->engine().open_incidents(), 1U);
  for (int minute = 3; minute < 6; ++minute) feed(minute, 50, "b", Level::kInfo);
  EXPECT_EQ(run_->engine().open_incidents(), 1U) << "others/a fires and has joined it";
  EXPECT_EQ(state_of("a", "others"), "ALARM");
}

TEST_F(Reload, AnIncidentWithoutAlarmsIsQuietFromThenOn) {
  fire();
  run_->save_and_restore(rules_with(""));
  feed(4, 54, "b", Level::kInfo);
  EXPECT_EQ(run_->engine().open_incidents(), 1U);
  feed(4, 56, "b", Level::kInfo);  // two minutes after the last line before the reload
  EXPECT_EQ(run_->engine().open_incidents(), 0U);
}

TEST_F(Reload, ForEachOfSomethingElseIsAnotherAlarm) {
  fire();
  std::string alarms = replaced(kRate, "for_each: service", "for_each: level");
  alarms = replaced(alarms, "name: Errors, statistic: Sum", "name: Levels, statistic: Sum, dimensions: {service: a}");
  run_->save_and_restore(rules_with(alarms));
  EXPECT_EQ(run_->engine().alarms().at(AlarmState::kAlarm), 0U);
  feed(3, 20, "b", Level::kInfo);
  EXPECT_EQ(state_of("ERROR"), "ALARM") << "it is found by the samples of before";
}

TEST_F(Reload, AnExecutionKeepsTheDefinitionThatItBeganWith) {
  fire();
  run_->save_and_restore(rules_with(kRate, replaced(kNote, "hello", "goodbye")));
  run_->save_and_restore();
  advance(9);
  EXPECT_EQ(run_->count("hello"), 2U) << "a message and the history";
  EXPECT_EQ(run_->count("goodbye"), 0U);
  EXPECT_EQ(run_->count("\"status\":\"SUCCEEDED\""), 1U);
}

TEST_F(Reload, AnExecutionGoesOnWithoutItsWorkflow) {
  fire();
  const std::string alarms = replaced(kRate, "    actions: {alarm: [workflow:note]}\n", "");
  run_->save_and_restore(
      rules_with(alarms, "\ncontact_points:\n  other: {type: webhook, url: \"http://127.0.0.1:1/\"}\n"));
  advance(9);
  EXPECT_EQ(run_->count("hello"), 2U) << "a message and the history";
  EXPECT_EQ(run_->count("\"contact_point\":\"other\""), 1U);
}

TEST_F(Reload, ServicesAndCountersGoOn) {
  fire();
  const EngineCounters before = run_->engine().counters();
  run_->save_and_restore(rules_of("version: 1\ndefaults: none\nlog_groups: {prefix: /other}\n"));
  EXPECT_EQ(run_->engine().counters().events, before.events);
  EXPECT_EQ(run_->engine().services(), 2U);
  EXPECT_EQ(run_->engine().series(), 0U) << "nobody wants them";
  feed(3, 20, "c", Level::kInfo);
  EXPECT_EQ(run_->engine().services(), 3U);
}

// A group that fires is repeated, until nobody would tell its end.
TEST_F(Reload, NothingIsRepeatedOfAnAlarmThatIsGone) {
  const std::string alarms =
      replaced(kRate, "{alarm: [workflow:note]}", "{alarm: [contact:grouped], ok: [contact:grouped]}");
  const std::string contact = R"(
contact_points:
  grouped: {type: webhook, url: "http://127.0.0.1:1/", group_by: [service], group_wait: 10s, repeat_interval: 1h}
  other: {type: webhook, url: "http://127.0.0.1:1/"}
)";
  const std::string repeated = R"("repeat":true,"firing":1,"resolved":0,"alarms":[{"alarm":"errors/a")";
  const struct {
    std::string alarms;
    std::string reason;  // empty: it goes on
  } cases[] = {
      {alarms, ""},
      {replaced(alarms, "name: errors", "name: others"), "the alarm is no longer in the configuration"},
      {replaced(alarms, "contact:grouped], ok: [contact:grouped]", "contact:other]"),
       "the alarm no longer names this contact point"},
      {replaced(alarms, "    actions:", "    actions_enabled: false\n    actions:"),
       "the alarm's actions are no longer enabled"},
  };
  for (const auto& one : cases) {
    run_.emplace(rules_with(alarms, contact));
    for (int minute = 0; minute < 3; ++minute) errors(minute, "a", 6);
    advance(4);
    ASSERT_EQ(run_->count("\"alarm.group\""), 1U);
    run_->save_and_restore(rules_with(one.alarms, contact));
    EXPECT_EQ(run_->count("\"disposition\":\"ended\",\"reason\":\"" + one.reason + "\""), one.reason.empty() ? 0U : 1U);
    // It would be OK by now, which would be told. So it goes on firing.
    for (int minute = 5; minute < 130; ++minute) errors(minute, "a", 6);
    EXPECT_EQ(run_->count(repeated), one.reason.empty() ? 2U : 0U) << one.reason;
    run_->save_and_restore(rules_with(one.alarms, contact));
    EXPECT_EQ(run_->count("\"alarm.ended\""), one.reason.empty() ? 0U : 1U) << "a restart ends nothing";
  }
}

TEST_F(Reload, WhoHearsOfAnAlarmButNotOfItsEndIsNotToldForEver) {
  const std::string alarms = replaced(kRate, "{alarm: [workflow:note]}", "{alarm: [contact:grouped]}");
  run_.emplace(rules_with(alarms, R"(
contact_points:
  grouped: {type: webhook, url: "http://127.0.0.1:1/", group_by: [service], group_wait: 10s, repeat_interval: 1h}
)"));
  for (int minute = 0; minute < 3; ++minute) errors(minute, "a", 6);
  for (int minute = 3; minute < 9; ++minute) feed(minute, 50, "b", Level::kInfo);
  EXPECT_EQ(state_of("a"), "OK");
  EXPECT_EQ(run_->count("the alarm is OK, which this contact point is not told"), 1U);
  advance(600);
  EXPECT_EQ(run_->count("\"alarm.group\""), 1U);
}

TEST_F(Reload, LabelsSayWhatAMessageIsAbout) {
  const std::string alarms = replaced(kRate, "{alarm: [workflow:note]}", "{alarm: [contact:oncall, workflow:note]}");
  const std::string note = replaced(kNote, "{Type: Wait, Seconds: 300, Next: Tell}",
                                    "{Type: Task, Resource: \"tocsin:analyze\", Parameters: {incident.$: $.incident}, "
                                    "ResultPath: $.found, Next: Tell}");
  run_.emplace(rules_with(alarms, note));
  for (int minute = 0; minute < 3; ++minute) errors(minute, "a", 6);
  advance(20);
  std::vector<std::string> labels;
  for (const std::string& line : run_->log()) {
    const std::size_t at = line.find(" alarm=");
    const std::size_t other = line.find(" contact_point=");
    if (other != std::string::npos) labels.push_back(line.substr(std::min(at, other)));
  }
  const std::size_t id = labels.at(0).find("inc_");
  for (std::string& line : labels) line.replace(line.find("inc_"), 30, "I");
  ASSERT_NE(id, std::string::npos);
  EXPECT_EQ(labels, (std::vector<std::string>{
                        " alarm=errors/a contact_point=oncall definition=errors incident=I service=a severity=warning "
                        "state=ALARM type=alarm.state_changed",
                        " alarm=errors/a contact_point=oncall definition=errors incident=I service=a severity=warning "
                        "state=ALARM type=incident.finding",
                        " contact_point=oncall incident=I service=a severity=warning type=incident.resolved"}));
}

}  // namespace
}  // namespace tocsin
