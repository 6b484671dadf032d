#include "engine/pipeline/engine.h"

#include <gtest/gtest.h>

#include <random>

#include "engine/analysis/memory_event_store.h"
#include "test/engine/pipeline/rules_of.h"

namespace tocsin {
namespace {

constexpr EventTime kStart{1'795'168'800'000};  // 2026-11-20T10:00:00Z

// Five errors of a service in a minute are bad, twice in three minutes is an alarm.
constexpr const char* kErrorAlarm = R"(
version: 1
defaults: none
metric_filters:
  - name: errors
    pattern: '{ $.@level = "ERROR" }'
    metric: {namespace: Shop, name: Errors, value: 1, dimensions: {service: $.@service}}
alarms:
  - name: errors
    for_each: service
    metric: {namespace: Shop, name: Errors, statistic: Sum}
    period: 60s
    evaluation_periods: 3
    datapoints_to_alarm: 2
    comparison: ">="
    threshold: 5
    treat_missing_data: notBreaching
    severity: critical
    actions: {alarm: [workflow:note], ok: [contact:oncall]}
workflows:
  note:
    definition:
      StartAt: Tell
      States: {Tell: {Type: Task, Resource: "tocsin:notify", Parameters: {type: incident.finding, data: {text: hello}}, End: true}}
contact_points:
  oncall: {type: webhook, url: "http://127.0.0.1:1/"}
)";

// An engine with its store, fed with simple events. The projection's part slots are filled as a parser would.
template <class Store = MemoryEventStore>
class Bench {
 public:
  explicit Bench(RuleSet rules, ExternalTasks* tasks = nullptr)
      : rules_(std::move(rules)), engine_(rules_, store_, {"a.log"}, tasks) {
    for (const FieldPath& path : engine_.projection().paths()) paths_.push_back(to_text(path));
  }

  void event(EventTime time, const std::string& service, Level level, double latency_ms = 20) {
    std::vector<FieldValue> fields(paths_.size());
    const std::string number = std::to_string(latency_ms);
    for (std::size_t i = 0; i < paths_.size(); ++i) {
      if (paths_[i].find("@level") != std::string::npos) fields[i] = {.kind = FieldKind::kText, .text = to_text(level)};
      if (paths_[i].find("@service") != std::string::npos) fields[i] = {.kind = FieldKind::kText, .text = service};
      if (paths_[i].find("@latency") != std::string::npos) {
        fields[i] = {.kind = FieldKind::kNumber, .number = latency_ms, .text = number};
      }
    }
    LogEvent event{.time = time,
                   .level = level,
                   .latency_ms = latency_ms,
                   .service = service,
                   .message = "it broke",
                   .raw = "it broke",
                   .fields = fields,
                   .origin = {.file = 0, .line = ++lines_}};
    engine_.on_event(event);
  }
  void events(EventTime time, const std::string& service, Level level, int count) {
    for (int i = 0; i < count; ++i) event(time + Period::seconds(i), service, level);
  }

  // The lines of the effect log so far.
  std::vector<std::string> lines() {
    for (const Effect& effect : engine_.take_effects()) log_.push_back(to_json(effect, {"a.log"}));
    return log_;
  }
  // "10:03:10 errors/pay INSUFFICIENT_DATA->OK", one for each transition.
  std::vector<std::string> transitions() {
    std::vector<std::string> result;
    for (const Effect& effect : engine_.take_effects()) {
      log_.push_back(to_json(effect, {"a.log"}));
      if (const auto* t = std::get_if<StateTransition>(&effect)) {
        result.push_back(to_iso8601(t->at).substr(11, 8) + " " + t->alarm + " " + std::string(to_text(t->from)) + "->" +
                         std::string(to_text(t->to)));
      }
    }
    return result;
  }
  Engine& engine() { return engine_; }
  Store& store() { return store_; }

 private:
  RuleSet rules_;
  Store store_;
  Engine engine_;
  std::vector<std::string> paths_;
  std::vector<std::string> log_;
  std::uint64_t lines_ = 0;
};

TEST(Engine, FiresTenSecondsAfterTheMinuteThatDecides) {
  Bench<> bench(rules_of(kErrorAlarm));
  bench.events(kStart, "pay", Level::kError, 1);
  bench.events(kStart + Period::minutes(1), "pay", Level::kError, 6);
  bench.events(kStart + Period::minutes(2), "pay", Level::kError, 7);
  bench.engine().advance_to(kStart + Period::minutes(3) + Period::seconds(9));
  EXPECT_EQ(bench.transitions(), (std::vector<std::string>{"10:01:10 errors/pay INSUFFICIENT_DATA->OK"}));
  bench.engine().advance_to(kStart + Period::minutes(3) + Period::seconds(10));
  EXPECT_EQ(bench.transitions(), (std::vector<std::string>{"10:03:10 errors/pay OK->ALARM"}));
  bench.engine().advance_to(kStart + Period::minutes(20));
  // The newest three datapoints of five minutes still hold both bad ones until the first leaves the evaluation range.
  EXPECT_EQ(bench.transitions(), (std::vector<std::string>{"10:07:10 errors/pay ALARM->OK"}));
}

TEST(Engine, MakesOneAlarmForEachValueAsItAppears) {
  Bench<> bench(rules_of(kErrorAlarm));
  bench.events(kStart, "pay", Level::kError, 1);
  bench.events(kStart + Period::minutes(5), "cart", Level::kError, 1);
  bench.engine().advance_to(kStart + Period::minutes(7));
  EXPECT_EQ(bench.transitions(), (std::vector<std::string>{"10:01:10 errors/pay INSUFFICIENT_DATA->OK",
                                                           "10:06:10 errors/cart INSUFFICIENT_DATA->OK"}));
}

TEST(Engine, LateEventsCountInLaterEvaluationsUntilTheirBucketIsGone) {
  Bench<> bench(rules_of(kErrorAlarm));
  bench.events(kStart, "pay", Level::kError, 6);
  bench.events(kStart + Period::minutes(2) + Period::seconds(20), "pay", Level::kInfo, 1);
  EXPECT_EQ(bench.transitions().size(), 1U);
  bench.events(kStart + Period::minutes(1), "pay", Level::kError, 6);  // a minute late
  EXPECT_EQ(bench.engine().counters().late, 0U);
  bench.engine().advance_to(kStart + Period::minutes(3) + Period::seconds(10));
  EXPECT_EQ(bench.transitions(), (std::vector<std::string>{"10:03:10 errors/pay OK->ALARM"}));
  bench.event(kStart - Period::minutes(30), "pay", Level::kError);
  EXPECT_EQ(bench.engine().counters().late, 1U);
  ASSERT_TRUE(bench.engine().counters().first_late);
  EXPECT_EQ(bench.engine().counters().first_late->line, 14U);
}

// The actions of an instant come after all its transitions, so that the first analysis knows every alarm that fired.
TEST(Engine, AllAlarmsOfAnInstantJoinTheirIncidentBeforeAnyActs) {
  Bench<> bench(rules_of(kErrorAlarm));
  for (int minute = 0; minute < 2; ++minute) {
    for (const char* service : {"pay", "cart"})
      bench.events(kStart + Period::minutes(minute), service, Level::kError, 6);
  }
  bench.engine().advance_to(kStart + Period::minutes(1) + Period::seconds(30));
  bench.engine().take_effects();
  bench.engine().advance_to(kStart + Period::minutes(2) + Period::seconds(10));
  const std::vector<Effect> effects = bench.engine().take_effects();
  ASSERT_GE(effects.size(), 4U);
  EXPECT_TRUE(std::holds_alternative<StateTransition>(effects[0]));
  EXPECT_TRUE(std::holds_alternative<StateTransition>(effects[1]));
  EXPECT_FALSE(std::holds_alternative<StateTransition>(effects[2]));
}

// A service field with thousands of values fires thousands of alarms at once; one analysis serves them all.
TEST(Engine, OneInstantNeedsOneAnalysis) {
  struct CountingStore : MemoryEventStore {
    int visits = 0;
    void visit(const EventQuery& query, const std::function<bool(const CategorizedEvent&)>& visitor) override {
      ++visits;
      MemoryEventStore::visit(query, visitor);
    }
  };
  std::string yaml = kErrorAlarm;
  const std::string_view parameters = "Parameters: {type: incident.finding, data: {text: hello}}";
  yaml.replace(yaml.find("\"tocsin:notify\""), 15, "\"tocsin:analyze\"");
  yaml.replace(yaml.find(parameters), parameters.size(), "Parameters: {incident.$: $.incident}");
  const auto visits_of = [&](int services) {
    Bench<CountingStore> bench(rules_of(yaml));
    for (int minute = 0; minute < 2; ++minute) {
      for (int i = 0; i < services; ++i) {
        bench.events(kStart + Period::minutes(minute), "s" + std::to_string(i), Level::kError, 6);
      }
    }
    bench.engine().advance_to(kStart + Period::minutes(2) + Period::seconds(10));
    EXPECT_EQ(bench.engine().counters().executions, static_cast<std::uint64_t>(services));
    EXPECT_EQ(bench.engine().counters().findings, 1U);
    return bench.store().visits;
  };
  EXPECT_EQ(visits_of(40), visits_of(2));
}

TEST(Engine, AGapOfYearsIsCrossedAtOnceAndSettlesTheStates) {
  Bench<> bench(rules_of(kErrorAlarm));
  bench.events(kStart, "pay", Level::kError, 6);
  bench.events(kStart + Period::minutes(1), "pay", Level::kError, 6);
  bench.events(kStart + Period::days(4000), "pay", Level::kError, 1);
  const std::vector<std::string> seen = bench.transitions();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[1], "10:02:10 errors/pay OK->ALARM");
  EXPECT_EQ(seen[2], "10:06:10 errors/pay ALARM->OK");
}

TEST(Engine, RunsWorkflowsAndNotifiesWithIdsThatDeriveFromContent) {
  std::vector<std::vector<std::string>> logs;
  for (int run = 0; run < 2; ++run) {
    Bench<> bench(rules_of(kErrorAlarm));
    bench.events(kStart, "pay", Level::kError, 6);
    bench.events(kStart + Period::minutes(1), "pay", Level::kError, 6);
    bench.engine().advance_to(kStart + Period::minutes(10));
    bench.engine().finish();
    logs.push_back(bench.lines());
    EXPECT_EQ(bench.engine().counters().executions, 1U);
    EXPECT_EQ(bench.engine().counters().notifications, 4U) << "OK, finding, OK, resolved";
  }
  EXPECT_EQ(logs[0], logs[1]);
  const std::string all = [&] {
    std::string text;
    for (const std::string& line : logs[0]) text += line + "\n";
    return text;
  }();
  for (const char* part : {R"("type":"execution")", R"("status":"SUCCEEDED")", R"("type":"incident.finding")",
                           R"("type":"alarm.state_changed")", R"("type":"incident.resolved")", R"("text":"hello")"}) {
    EXPECT_NE(all.find(part), std::string::npos) << part << " in\n" << all;
  }
}

TEST(Engine, AsksForTasksThatReachOutsideAndGoesOnWithTheirAnswer) {
  std::string yaml = kErrorAlarm;
  yaml.replace(yaml.find("\"tocsin:notify\""), 15, "\"tocsin:http\"");
  Bench<> bench(rules_of(yaml));
  bench.events(kStart, "pay", Level::kError, 6);
  bench.events(kStart + Period::minutes(1), "pay", Level::kError, 6);
  bench.engine().advance_to(kStart + Period::minutes(2) + Period::seconds(10));
  std::optional<RunTask> task;
  for (const Effect& effect : bench.engine().take_effects()) {
    if (const auto* run = std::get_if<RunTask>(&effect)) task = *run;
  }
  ASSERT_TRUE(task);
  EXPECT_EQ(task->request.resource, "tocsin:http");
  bench.engine().complete_task("exe_unknown", task->request.token, {.output = "{}"});
  bench.engine().complete_task(task->execution, task->request.token, {.output = R"({"status":200})"});
  const std::vector<Effect> effects = bench.engine().take_effects();
  ASSERT_EQ(effects.size(), 1U);
  EXPECT_EQ(std::get<ExecutionRecord>(effects[0]).output, R"({"status":200})");
}

// An answer that is there at once belongs to the instant of the request, however far the next event is.
TEST(Engine, APortAnswersTasksAtTheirOwnInstant) {
  struct Port : ExternalTasks {
    std::optional<TaskOutcome> run(const TaskRequest&) override { return TaskOutcome{.output = "{}"}; }
  } port;
  std::string yaml = kErrorAlarm;
  const std::string_view task = "End: true}}";
  yaml.replace(yaml.find("\"tocsin:notify\""), 15, "\"tocsin:http\"");
  yaml.replace(yaml.find(task), task.size(), "Next: Rest}, Rest: {Type: Wait, Seconds: 60, End: true}}");
  Bench<> bench(rules_of(yaml), &port);
  bench.events(kStart, "pay", Level::kError, 6);
  bench.events(kStart + Period::minutes(1), "pay", Level::kError, 6);
  bench.events(kStart + Period::hours(3), "pay", Level::kInfo, 1);
  std::optional<ExecutionRecord> record;
  for (const Effect& effect : bench.engine().take_effects()) {
    if (const auto* ended = std::get_if<ExecutionRecord>(&effect)) record = *ended;
  }
  ASSERT_TRUE(record);
  EXPECT_EQ(record->at, kStart + Period::minutes(3) + Period::seconds(10));
}

TEST(Engine, AContactPointNamedTwiceIsToldOnce) {
  std::string yaml = kErrorAlarm;
  const std::string_view type = "type: incident.finding,";
  yaml.replace(yaml.find(type), type.size(), "type: incident.finding, contact_points: [oncall, oncall],");
  Bench<> bench(rules_of(yaml));
  bench.events(kStart, "pay", Level::kError, 6);
  bench.events(kStart + Period::minutes(1), "pay", Level::kError, 6);
  bench.engine().advance_to(kStart + Period::minutes(2) + Period::seconds(10));
  std::size_t findings = 0;
  for (const Effect& effect : bench.engine().take_effects()) {
    const auto* notification = std::get_if<Notification>(&effect);
    if (notification != nullptr && notification->payload.find("incident.finding") != std::string::npos) ++findings;
  }
  EXPECT_EQ(findings, 1U);
}

TEST(Engine, ReportsExecutionsThatStillRunAtTheEnd) {
  std::string yaml = kErrorAlarm;
  yaml.replace(yaml.find("\"tocsin:notify\""), 15, "\"tocsin:http\"");
  Bench<> bench(rules_of(yaml));
  bench.events(kStart, "pay", Level::kError, 6);
  bench.events(kStart + Period::minutes(1), "pay", Level::kError, 6);
  bench.engine().advance_to(kStart + Period::minutes(3));
  bench.engine().take_effects();
  bench.engine().finish();
  const std::vector<Effect> effects = bench.engine().take_effects();
  ASSERT_EQ(effects.size(), 1U);
  EXPECT_EQ(std::get<ExecutionRecord>(effects[0]).status, ExecutionStatus::kRunning);
}

// A field full of ids instead of services: behind the most that are kept, what an engine remembers grows no more.
TEST(Engine, ServicesWithoutEndShareOneName) {
  Bench bench(rules_of(kErrorAlarm));
  constexpr int kMost = 10'000;
  std::size_t state_at_most = 0, series_at_most = 0, alarms_at_most = 0;
  const auto alarms = [&] {
    std::size_t count = 0;
    for (const auto& [state, number] : bench.engine().alarms()) count += number;
    return count;
  };
  for (int i = 0; i < 40 * kMost; ++i) {
    const EventTime at = kStart + Period{i * 50 / 40};
    bench.event(at, "service-" + std::to_string(i), i % 8 == 0 || i < kMost + 10 ? Level::kError : Level::kInfo);
    if (i != 2 * kMost) continue;
    bench.engine().advance_to(at + Period::seconds(100));
    bench.lines();
    state_at_most = bench.engine().save().size();
    series_at_most = bench.engine().series();
    alarms_at_most = alarms();
  }
  bench.engine().advance_to(kStart + Period::minutes(12));
  bench.lines();
  EXPECT_EQ(bench.engine().services(), kMost + 1U);
  EXPECT_EQ(bench.engine().series(), series_at_most);
  EXPECT_EQ(series_at_most, kMost + 1U);
  EXPECT_EQ(alarms(), alarms_at_most);
  EXPECT_LE(alarms_at_most, kMost + 1U);
  EXPECT_LT(bench.engine().save().size(), state_at_most * 11 / 10);
  EXPECT_EQ(bench.engine().overflow().services, 39U * kMost);
  EXPECT_GT(bench.engine().overflow().dimensions, 0U);
  EXPECT_EQ(bench.engine().counters().events, 40U * kMost) << "none is lost by it";
}

TEST(Engine, NothingHappensBeforeTheFirstEvent) {
  Bench<> bench(rules_of(kErrorAlarm));
  bench.engine().advance_to(kStart + Period::days(1));
  bench.engine().finish();
  EXPECT_FALSE(bench.engine().has_effects());
  EXPECT_FALSE(bench.engine().watermark());
}

// Any split of the same instants into advance_to() calls gives the same effects.
TEST(Engine, HowOftenItIsToldTheTimeChangesNothing) {
  std::vector<std::vector<std::string>> logs;
  for (unsigned seed = 0; seed < 6; ++seed) {
    std::mt19937 events_random(7), advance_random(seed);
    Bench<> bench(rules_of(kErrorAlarm));
    EventTime now = kStart;
    for (int i = 0; i < 3000; ++i) {
      const EventTime next = now + Period{static_cast<std::int64_t>(events_random() % 4000)};
      while (seed > 0 && advance_random() % 3 != 0) {
        bench.engine().advance_to(now +
                                  Period{static_cast<std::int64_t>(advance_random() % 2000) % ((next - now).ms + 1)});
      }
      now = next;
      const bool bad_phase = (now - kStart).ms / 600'000 % 2 == 1;
      const Level level = bad_phase && events_random() % 3 == 0 ? Level::kError : Level::kInfo;
      bench.event(now, i % 2 == 0 ? "pay" : "cart", level);
    }
    bench.engine().finish();
    logs.push_back(bench.lines());
  }
  EXPECT_GT(logs[0].size(), 10U);
  for (const auto& log : logs) EXPECT_EQ(log, logs[0]);
}

TEST(Categories, FollowTheirBounds) {
  const RuleSet rules = rules_of("version: 1\n");
  EXPECT_EQ(category_of(rules.categories, 99.9), "fast_failure");
  EXPECT_EQ(category_of(rules.categories, 100), "medium_latency");
  EXPECT_EQ(category_of(rules.categories, 500), "slow_failure");
  EXPECT_EQ(category_of(rules.categories, 2000), "slow_failure");
  EXPECT_EQ(category_of(rules.categories, 2000.1), "critical_timeout");
  EXPECT_EQ(category_of(rules.categories, std::nan("")), "unclassified");
}

}  // namespace
}  // namespace tocsin
