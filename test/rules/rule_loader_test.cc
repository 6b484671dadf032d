#include "rules/rule_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "engine/workflow/state_machine.h"

namespace tocsin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A world of files and variables.
struct World {
  std::map<std::string, std::string> files;
  std::map<std::string, std::string> variables;

  RuleEnvironment environment() const {
    const auto look_up = [](const std::map<std::string, std::string>& map) {
      return [&map](const std::string& name) -> std::optional<std::string> {
        const auto found = map.find(name);
        return found == map.end() ? std::nullopt : std::optional(found->second);
      };
    };
    return {.variable = look_up(variables), .read_file = look_up(files)};
  }
};

LoadedRules load(const std::string& text, const World& world = {}) {
  return load_rules({{"mine.yaml", text}}, world.environment());
}

std::vector<std::string> alarm_names(const RuleSet& rules) {
  std::vector<std::string> names;
  for (const AlarmDefinition& alarm : rules.alarms) names.push_back(alarm.name);
  return names;
}

FieldPath path(std::string_view text) {
  FieldPath out;
  EXPECT_TRUE(parse_field_path(text, out)) << text;
  return out;
}

TEST(DefaultRules, LoadWithoutADiagnostic) {
  const World world;
  const LoadedRules loaded = load_rules({}, world.environment());
  EXPECT_EQ(loaded.diagnostics.render(), "");
  EXPECT_THAT(alarm_names(loaded.rules), ElementsAre("error-rate", "error-count", "latency-p99", "silence"));
  EXPECT_EQ(loaded.rules.metric_filters.size(), 3u);
  EXPECT_EQ(loaded.rules.log_group_prefix, "/tocsin");
  EXPECT_EQ(loaded.rules.retention, Period::days(7));
  ASSERT_EQ(loaded.rules.workflows.size(), 1u);
  Diagnostics diagnostics;
  EXPECT_NE(StateMachine::parse("investigate", loaded.rules.workflows[0].definition, diagnostics), nullptr);
  ASSERT_EQ(loaded.rules.contact_points.size(), 1u);
  EXPECT_TRUE(loaded.rules.contact_points[0].url.empty());
}

TEST(DefaultRules, TakeTheWebhookFromTheEnvironment) {
  const World world{.files = {},
                    .variables = {{"TOCSIN_WEBHOOK_URL", "https://example.com/hook"},
                                  {"TOCSIN_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}}};
  const LoadedRules loaded = load_rules({}, world.environment());
  EXPECT_EQ(loaded.diagnostics.render(), "");
  EXPECT_EQ(loaded.rules.contact_points.at(0).url, "https://example.com/hook");
  EXPECT_EQ(loaded.rules.contact_points.at(0).secrets.at(0).value.reveal(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
}

TEST(DefaultRules, SurviveBeingLoadedAsAFile) {
  const LoadedRules loaded = load(std::string(default_rules_text()));
  EXPECT_EQ(loaded.diagnostics.render(), "");
  EXPECT_EQ(loaded.rules.alarms.size(), 4u);
}

TEST(Overlay, SettingsAreLaidOverKeyByKey) {
  const RuleSet rules = load("event: {level: [lv]}\nlog_groups: {service: [svc]}\nretention: {events: 1h}\n").rules;
  EXPECT_THAT(rules.event.level, ElementsAre(path("lv")));
  EXPECT_THAT(rules.event.service, ElementsAre(path("svc")));
  EXPECT_EQ(rules.log_group_prefix, "/tocsin");
  EXPECT_THAT(rules.event.timestamp, testing::Contains(path("timestamp")));
  EXPECT_EQ(rules.retention, Period::hours(1));
  EXPECT_EQ(rules.alarms.size(), 4u);
  EXPECT_EQ(rules.categories.classes.size(), 4u);
}

TEST(Retention, ASizeIsBytesWithAUnit) {
  EXPECT_EQ(load("").rules.max_database_bytes, 10'000'000'000U);
  const std::pair<const char*, std::uint64_t> cases[] = {
      {"10GB", 10'000'000'000}, {"500MB", 500'000'000},   {"500 MB", 500'000'000},   {"1.5GB", 1'500'000'000},
      {"2GiB", 2'147'483'648},  {"20000000", 20'000'000}, {"1TB", 1'000'000'000'000}};
  for (const auto& [text, bytes] : cases) {
    const LoadedRules loaded = load("retention: {size: " + std::string(text) + "}\n");
    EXPECT_EQ(loaded.diagnostics.render(), "") << text;
    EXPECT_EQ(loaded.rules.max_database_bytes, bytes) << text;
    EXPECT_EQ(loaded.rules.retention, Period::days(7)) << text;
  }
  for (const char* text : {"much", "GB", "-1GB", "10XB", "1.2.3GB", "1e300", "9999999999TB"}) {
    EXPECT_THAT(load("retention: {size: " + std::string(text) + "}\n").diagnostics.render(),
                testing::HasSubstr("'size' must be a size such as 10GB"))
        << text;
  }
  EXPECT_THAT(load("retention: {size: 1MB}\n").diagnostics.render(),
              testing::HasSubstr("'size' must be at least 10MB"));
}

TEST(Overlay, ASectionOfRulesReplacesTheBuiltInOne) {
  const LoadedRules loaded = load(R"(
alarms:
  - {name: mine, for_each: service, metric: {namespace: Tocsin, name: Errors, statistic: Sum},
     comparison: ">", threshold: 5, actions: {alarm: [workflow:investigate], ok: contact:oncall}}
)");
  EXPECT_EQ(loaded.diagnostics.render(), "");
  EXPECT_THAT(alarm_names(loaded.rules), ElementsAre("mine"));
  EXPECT_EQ(loaded.rules.metric_filters.size(), 3u);
  ASSERT_EQ(loaded.rules.alarms[0].ok_actions.size(), 1u);
  EXPECT_EQ(loaded.rules.alarms[0].ok_actions[0].kind, AlarmAction::Kind::kContact);
  EXPECT_EQ(loaded.rules.alarms[0].ok_actions[0].target, "oncall");
}

TEST(Overlay, AnEmptySectionLeavesNothing) {
  const LoadedRules loaded = load("alarms: []\n");
  EXPECT_EQ(loaded.diagnostics.render(), "");
  EXPECT_TRUE(loaded.rules.alarms.empty());
}

TEST(Overlay, DefaultsNoneKeepsTheSettingsOnly) {
  const LoadedRules loaded = load("defaults: none\n");
  EXPECT_EQ(loaded.diagnostics.render(), "");
  EXPECT_TRUE(loaded.rules.alarms.empty());
  EXPECT_TRUE(loaded.rules.metric_filters.empty());
  EXPECT_TRUE(loaded.rules.workflows.empty());
  EXPECT_TRUE(loaded.rules.contact_points.empty());
  EXPECT_FALSE(loaded.rules.event.timestamp.empty());
  EXPECT_EQ(loaded.rules.categories.classes.size(), 4u);
}

TEST(Overlay, ReplacedMetricFiltersThatBuiltInAlarmsNeedAreToldOnce) {
  const LoadedRules loaded = load("metric_filters: [{name: a, pattern: x, metric: {namespace: Shop, name: A}}]\n");
  EXPECT_FALSE(loaded.diagnostics.has_errors());
  EXPECT_EQ(loaded.diagnostics.all().size(), 3u);  // Errors, Events, Latency
  for (const Diagnostic& diagnostic : loaded.diagnostics.all()) EXPECT_EQ(diagnostic.place.line, 1);
}

TEST(Include, FilesAddUp) {
  const std::string alarm =
      "alarms: [{name: NAME, for_each: service, metric: {namespace: Tocsin, name: Errors, statistic: Sum}, "
      "comparison: '>', threshold: 1}]\n";
  const auto named = [&](const std::string& name) {
    std::string text = alarm;
    return text.replace(text.find("NAME"), 4, name);
  };
  const World world{.files = {{"dir/b.yaml", named("b") + "include: ../c.yaml\n"}, {"c.yaml", named("c")}},
                    .variables = {}};
  const LoadedRules loaded = load(named("a") + "include: [dir/b.yaml, c.yaml]\n", world);
  EXPECT_EQ(loaded.diagnostics.render(), "");
  EXPECT_THAT(alarm_names(loaded.rules), testing::UnorderedElementsAre("a", "b", "c"));
}

TEST(Include, ACycleOverSeveralFilesIsNamed) {
  const World world{.files = {{"b.yaml", "include: c.yaml\n"}, {"c.yaml", "include: mine.yaml\n"}}, .variables = {}};
  EXPECT_THAT(
      load("include: b.yaml\n", world).diagnostics.render(),
      HasSubstr("c.yaml:1:10: error: files that include each other: mine.yaml -> b.yaml -> c.yaml -> mine.yaml"));
}

TEST(Include, ASettingGivenByTwoFilesIsAFault) {
  const World world{.files = {{"b.yaml", "event: {level: a}\n"}}, .variables = {}};
  EXPECT_THAT(load("include: b.yaml\nevent: {level: b}\n", world).diagnostics.render(),
              HasSubstr("mine.yaml:2:9: error: 'level' of 'event' is given by two files"));
}

TEST(Files, AnUnreadableOneIsToldBesideTheFaultsOfTheOthers) {
  const World world{.files = {{"a.yaml", "evnt: {}\n"}}, .variables = {}};
  const std::string text = load_rule_files({"nowhere.yaml", "a.yaml"}, world.environment()).diagnostics.render();
  EXPECT_THAT(text, HasSubstr("nowhere.yaml: error: cannot read this rules file"));
  EXPECT_THAT(text, HasSubstr("a.yaml:1:1: error: unknown section 'evnt'"));
}

TEST(Files, ADirectoryIsUnreadable) {
  const RuleEnvironment environment = process_environment();
  EXPECT_EQ(environment.read_file(TOCSIN_SOURCE_DIR), std::nullopt);
  EXPECT_NE(environment.read_file(std::string(TOCSIN_SOURCE_DIR) + "/rules/packs/default.yaml"), std::nullopt);
}

TEST(Secrets, ComeFromTextVariablesAndFiles) {
  const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const World world{.files = {{"key.txt", secret + "\n"}}, .variables = {{"KEY", secret}, {"TOKEN", "t0ken"}}};
  const LoadedRules loaded = load(R"(
contact_points:
  a: {type: webhook, url: "https://example.com", secret: {env: KEY}, headers: {X-Token: {env: TOKEN}}}
  b: {type: webhook, url: "https://example.com", secret: {file: key.txt}}
  c: {type: webhook, url: "https://example.com", secret: "${KEY}"}
  oncall: {type: webhook, url: "https://example.com", timeout: 3s, fast_attempts: 2}
)",
                                  world);
  EXPECT_EQ(loaded.diagnostics.render(), "");
  ASSERT_EQ(loaded.rules.contact_points.size(), 4u);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(loaded.rules.contact_points[static_cast<std::size_t>(i)].secrets.at(0).value.reveal(), secret);
  EXPECT_EQ(loaded.rules.contact_points[0].headers.at("X-Token").reveal(), "t0ken");
  EXPECT_EQ(loaded.rules.contact_points[3].timeout, Period::seconds(3));
  EXPECT_EQ(loaded.rules.contact_points[3].fast_attempts, 2);
}

TEST(Secrets, AnUnsetVariableIsAWarning) {
  const LoadedRules loaded = load("contact_points: {a: {type: webhook, url: \"\", secret: {env: KEY}}}\n");
  EXPECT_FALSE(loaded.diagnostics.has_errors());
  EXPECT_THAT(loaded.diagnostics.render(), HasSubstr("the variable KEY is not set"));
}

// Whatever is wrong beside it, the value is never shown.
TEST(Secrets, AreNeverInADiagnostic) {
  for (const std::string text : {
           "contact_points: {a: {type: webhook, secret: hunter2, url: ftp://x}}",
           "contact_points: {a: {type: webhook, secret: 'hun''hunter2', nope: 1, url: \"\"}}",
           "contact_points:\n  a:\n    secret: |\n      hunter2\n      more hunter2\n    nope: 1",
           "contact_points:\n  a:\n    secret: \"hunter2\n      hunter2\"\n    nope: 1",
           "contact_points: {a: {type: webhook, secret: &s hunter2, url: *s}}",
           "contact_points: {a: {type: webhook, secret: !x hunter2, url: ''}}",
           "contact_points: {a: {type: webhook, secret: [hunter2], url: ''}}",
           "contact_points: {a: {type: webhook, nope: 1, url: \"https://joe:hunter2@example.com\"}}",
           "contact_points: {a: {type: webhook, nope: 1, url: https://example.com/hook?token=hunter2}}",
           "contact_points: {a: {type: webhook, secret: hunter2",
           "contact_points: {a: {type: webhook, headers: {Authorization: [hunter2], 'a b': hunter2}}}",
           "contact_points: {a: {type: webhook, secret: {env: A, other: hunter2}}}",
           "contact_points: {a: {type: webhook, secret: '${NOPE}hunter2'}}",
           "contact_points: {a: {type: webhook, secret: '${KEY}', headers: {A: '${KEY}${NOPE}'}}}",
       }) {
    const World world{.files = {}, .variables = {{"KEY", "hunter2"}}};
    const std::string shown = load(text, world).diagnostics.render();
    EXPECT_NE(shown, "") << text;
    EXPECT_THAT(shown, testing::Not(HasSubstr("hunter2"))) << text;
  }
}

TEST(Alarms, TheFullFormIsTakenOver) {
  const LoadedRules loaded = load(R"yaml(
alarms:
  - name: high-error-rate
    description: too many
    for_each: service
    metrics:
      errors:   {namespace: Tocsin, name: Errors, statistic: Sum, unit: Count}
      requests: {namespace: Tocsin, name: Events, statistic: p99.9}
      rate:     {expression: "IF(requests >= 20, 100 * errors / requests, 0)", return_data: true, label: Rate}
    period: 30s
    evaluation_periods: 3
    datapoints_to_alarm: 2
    evaluation_range: 9
    comparison: GreaterThanOrEqualToThreshold
    threshold: 0x10
    treat_missing_data: breaching
    evaluate_low_sample_count_percentile: ignore
    severity: critical
    actions_enabled: false
)yaml");
  EXPECT_EQ(loaded.diagnostics.render(), "");
  ASSERT_EQ(loaded.rules.alarms.size(), 1u);
  const AlarmDefinition& alarm = loaded.rules.alarms[0];
  EXPECT_EQ(alarm.description, "too many");
  EXPECT_EQ(alarm.for_each, "service");
  ASSERT_EQ(alarm.metrics.size(), 3u);
  EXPECT_EQ(alarm.metrics[0].id, "errors");
  EXPECT_EQ(alarm.metrics[0].unit, "Count");
  EXPECT_FALSE(alarm.metrics[0].return_data);
  EXPECT_EQ(to_text(alarm.metrics[1].statistic), "p99.9");
  EXPECT_EQ(returned_query(alarm).label, "Rate");
  EXPECT_EQ(alarm.period, Period::seconds(30));
  EXPECT_EQ(alarm.evaluation_periods, 3);
  EXPECT_EQ(alarm.datapoints_to_alarm, 2);
  EXPECT_TRUE(alarm.names_datapoints_to_alarm);
  EXPECT_EQ(alarm.evaluation_range, 9);
  EXPECT_EQ(alarm.comparison, Comparison::kGreaterOrEqual);
  EXPECT_EQ(alarm.threshold, 16);
  EXPECT_EQ(alarm.treat_missing_data, TreatMissingData::kBreaching);
  EXPECT_EQ(alarm.low_sample_percentile, LowSamplePercentile::kIgnore);
  EXPECT_EQ(alarm.severity, Severity::kCritical);
  EXPECT_FALSE(alarm.actions_enabled);
}

TEST(Alarms, DatapointsDefaultToAllPeriods) {
  const LoadedRules loaded = load(R"(
alarms:
  - {name: a, for_each: service, metric: {namespace: Tocsin, name: Errors, statistic: Sum}, evaluation_periods: 4,
     comparison: "<", threshold: 1}
)");
  EXPECT_EQ(loaded.rules.alarms.at(0).datapoints_to_alarm, 4);
  EXPECT_FALSE(loaded.rules.alarms.at(0).names_datapoints_to_alarm);
}

TEST(Workflows, AreReadFromMapsTextsAndFiles) {
  const std::string json = R"({"StartAt":"A","States":{"A":{"Type":"Succeed"}}})";
  const World world{.files = {{"a.asl.json", json}, {"a.asl.yaml", "StartAt: A\nStates:\n  A: {Type: Succeed}\n"}},
                    .variables = {}};
  const LoadedRules loaded = load(R"(
alarms: []
workflows:
  map: {definition: {StartAt: A, States: {A: {Type: Pass, InputPath: $$.Execution.Input, End: true}}}}
  text:
    definition: |
      {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
  json: {definition: a.asl.json}
  yaml: {definition: a.asl.yaml}
)",
                                  world);
  EXPECT_EQ(loaded.diagnostics.render(), "");
  ASSERT_EQ(loaded.rules.workflows.size(), 4u);
  EXPECT_THAT(loaded.rules.workflows[0].definition, HasSubstr("\"$$.Execution.Input\""));
  EXPECT_EQ(loaded.rules.workflows[2].definition, json);
  EXPECT_EQ(loaded.rules.workflows[3].definition, json);
}

TEST(Workflows, FaultsOfADefinitionFileAreShownInThatFile) {
  const World world{.files = {{"dir/a.asl.yaml", "StartAt: A\nStates:\n  A: {Type: Pass, Next: B}\n"}},
                    .variables = {}};
  const LoadedRules loaded = load("alarms: []\nworkflows: {a: {definition: dir/a.asl.yaml}}\n", world);
  EXPECT_THAT(loaded.diagnostics.render(), HasSubstr("dir/a.asl.yaml:3:25: error: "));
}

// Files that are wrong everywhere are still answered at once, and not without end.
TEST(Limits, AFileThatIsWrongEverywhereIsToldInPart) {
  std::string unknown = "event:\n", alarms = "alarms:\n", chain = "alarms:\n  - name: a\n    metrics:\n";
  for (int i = 0; i < 20'000; ++i) {
    const std::string n = std::to_string(i);
    unknown += "  timestmp" + n + ": a\n";
    alarms += "  - {name: a" + n + ", metric: {namespace: A, name: B" + n +
              ", statistic: Sum}, actions: {alarm: workflow:w}}\n";
    chain += "      e" + n + ": {expression: e" + std::to_string(i + 1) + "}\n";
  }
  for (const std::string& text : {unknown, alarms, chain}) {
    const LoadedRules loaded = load(text);
    EXPECT_TRUE(loaded.diagnostics.has_errors());
    EXPECT_LE(loaded.diagnostics.all().size(), 501u);
  }
  EXPECT_THAT(load(unknown).diagnostics.render(), HasSubstr("mend these first"));
  EXPECT_THAT(load(chain).diagnostics.render(), HasSubstr("at most 100 metrics"));
}

TEST(Limits, VariablesDoNotGrowWithoutEnd) {
  const World world{.files = {}, .variables = {{"BIG", std::string(1 << 19, 'x')}}};
  EXPECT_THAT(load("log_groups: {prefix: '${BIG}${BIG}${BIG}'}\n", world).diagnostics.render(),
              HasSubstr("longer than 1 MiB"));
}

// The example of the documentation: every kind of section in one file.
TEST(Example, Loads) {
  const World world{.files = {{"investigate.asl.yaml", "StartAt: A\nStates:\n  A: {Type: Succeed}\n"}},
                    .variables = {{"ONCALL_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}}};
  const LoadedRules loaded = load(R"yaml(
version: 1
log_groups: {prefix: /tocsin, service: [service, app, logger]}     # fields that name the service, first that exists
event:                                   # where an event's parts are found; the first that exists counts
  timestamp: [timestamp, "@timestamp", time, ts]
  level: [level, severity]
  message: [message, msg]
  latency: [latency_ms, response_time_ms, duration_ms, {field: dur_us, unit: us}]
  trace: [trace_id, trace]
  upstream: [caller]                     # the service that called this one
categories:
  select: '{ $.level = "ERROR" }'        # the subscription filter: which events enter the categorized store
  classes: [{name: fast_failure, below: 100}, {name: medium_latency, below: 500}, {name: slow_failure, up_to: 2000}, {name: critical_timeout}]
metric_filters:
  - name: errors
    log_group: /tocsin/*
    pattern: '{ $.level = "ERROR" }'
    metric: {namespace: Tocsin, name: Errors, value: 1, dimensions: {service: $.service}}
alarms:
  - name: high-error-rate
    for_each: service                    # one alarm for each value of the dimension: high-error-rate/payment
    metrics:
      errors:   {namespace: Tocsin, name: Errors, statistic: Sum}
      requests: {namespace: Tocsin, name: Events, statistic: Sum}
      rate:     {expression: "IF(requests >= 20, 100 * errors / requests, 0)", return_data: true}
    period: 60s
    evaluation_periods: 3
    datapoints_to_alarm: 2
    comparison: ">"                      # or GreaterThanThreshold, as in CloudWatch
    threshold: 5
    treat_missing_data: notBreaching
    severity: critical
    actions: {alarm: [workflow:investigate], ok: [contact:oncall]}
workflows:
  investigate: {definition: investigate.asl.yaml}
contact_points:
  oncall: {type: webhook, url: "https://hooks.example.com/incidents", secret: {env: ONCALL_SECRET}}
retention: {events: 7d}
)yaml",
                                  world);
  EXPECT_FALSE(loaded.diagnostics.has_errors()) << loaded.diagnostics.render();
  // The one metric that no filter of this file gives.
  ASSERT_EQ(loaded.diagnostics.all().size(), 1u) << loaded.diagnostics.render();
  EXPECT_THAT(loaded.diagnostics.all()[0].message, HasSubstr("no metric filter gives 'Tocsin/Events'"));
  EXPECT_THAT(loaded.rules.event.latency, testing::SizeIs(4));
  EXPECT_EQ(loaded.rules.event.latency[3].unit, TimeUnit::kMicroseconds);
  EXPECT_EQ(loaded.rules.categories.classes[2].inclusive, true);
}

}  // namespace
}  // namespace tocsin
