#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "engine/delivery/contact_point_types.h"
#include "rules/rule_loader.h"

namespace tocsin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const std::string kOther = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const EventTime kNow{1'795'000'000'000};  // 2026-11-18

LoadedRules load(const std::string& contact_points) {
  const RuleEnvironment environment = {.variable = [](const std::string& name) -> std::optional<std::string> {
                                         if (name == "KEY") return "k3y-of-32-letters-0123456789abcde";
                                         return std::nullopt;
                                       },
                                       .read_file = [](const std::string& name) -> std::optional<std::string> {
                                         if (name == "new.key") return kSecret + "\n";
                                         if (name == "ca.pem" || name == "cert.pem" || name == "key.pem") return "PEM";
                                         return std::nullopt;
                                       },
                                       .now = [] { return kNow; }};
  return load_rules({{"mine.yaml", "contact_points:\n" + contact_points}}, environment);
}

ContactPoint load_one(const std::string& text) {
  const LoadedRules loaded = load("  a: " + text + "\n");
  EXPECT_EQ(loaded.diagnostics.render(), "") << text;
  return loaded.rules.contact_points.at(0);
}

TEST(ContactPoints, EveryTypeLoadsWithWhatItNeeds) {
  struct Row {
    const char* text;
    const char* url;
  };
  const Row rows[] = {
      {"{type: webhook, url: https://example.com/a}", "https://example.com/a"},
      {"{type: slack, url: https://hooks.slack.com/services/T/B/X, mention: <!here>}",
       "https://hooks.slack.com/services/T/B/X"},
      {"{type: pagerduty, routing_key: {env: KEY}}", "https://events.pagerduty.com/v2/enqueue"},
      {"{type: pagerduty, routing_key: k, url: https://events.eu.pagerduty.com/v2/enqueue}",
       "https://events.eu.pagerduty.com/v2/enqueue"},
      {"{type: teams, url: https://example.com}", "https://example.com"},
      {"{type: discord, url: https://example.com, username: bell}", "https://example.com"},
      {"{type: email, url: smtp://mail.example.com:587, from: T <t@example.com>, to: [a@example.com, b@example.com]}",
       "smtp://mail.example.com:587"},
      {"{type: alertmanager, url: http://localhost:9093, hold: 1d}", "http://localhost:9093"},
      {"{type: cloudevents, url: https://example.com, source: /shop}", "https://example.com"},
      {"{type: file, path: alerts.ndjson}", "file:alerts.ndjson"},
      {"{type: stdout}", "stdout:"},
  };
  std::set<std::string> types;
  for (const Row& row : rows) {
    const ContactPoint point = load_one(row.text);
    EXPECT_EQ(point.url, row.url);
    types.insert(point.type);
  }
  EXPECT_EQ(types.size(), contact_point_types().size());
}

TEST(ContactPoints, SettingsAreKeptAsTextLinesAndMilliseconds) {
  EXPECT_EQ(load_one("{type: pagerduty, routing_key: {env: KEY}}").setting("routing_key"),
            "k3y-of-32-letters-0123456789abcde");
  EXPECT_EQ(load_one("{type: email, url: smtp://m, from: t@x, to: [a@x, B <b@x>]}").setting("to"), "a@x\nB <b@x>");
  EXPECT_EQ(load_one("{type: email, url: smtp://m, from: t@x, to: a@x}").setting("to"), "a@x");
  EXPECT_EQ(load_one("{type: alertmanager, url: http://m, hold: 2h}").setting("hold"), "7200000");
  EXPECT_EQ(load_one("{type: slack, url: ''}").setting("mention"), "");
}

TEST(ContactPoints, HowItIsDeliveredIsTakenOver) {
  const ContactPoint point = load_one(R"({type: webhook, url: "https://example.com", timeout: 20s, connect_timeout: 2s,
    fast_attempts: 3, max_age: 2h, concurrency: 7, rate: 0.5, allow_cidrs: [10.0.0.0/8, "fd00::1"],
    proxy: "http://user:pass@proxy:3128", ca_file: ca.pem, client_cert: cert.pem, client_key: key.pem,
    pin_sha256: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", group_by: [service, alarm], group_wait: 10s,
    group_interval: 1m, repeat_interval: 4h, flap: {transitions: 4, within: 20m}})");
  EXPECT_EQ(point.timeout, Period::seconds(20));
  EXPECT_EQ(point.connect_timeout, Period::seconds(2));
  EXPECT_EQ(point.fast_attempts, 3);
  EXPECT_EQ(point.max_age, Period::hours(2));
  EXPECT_EQ(point.concurrency, 7);
  EXPECT_EQ(point.rate, 0.5);
  EXPECT_THAT(point.allow_cidrs, ElementsAre("10.0.0.0/8", "fd00::1"));
  EXPECT_EQ(point.proxy, "http://user:pass@proxy:3128");
  EXPECT_EQ(point.ca_file, "ca.pem");
  EXPECT_EQ(point.client_cert, "cert.pem");
  EXPECT_EQ(point.client_key, "key.pem");
  EXPECT_EQ(point.pin_sha256, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  EXPECT_THAT(point.grouping.group_by, ElementsAre("service", "alarm"));
  EXPECT_EQ(point.grouping.wait, Period::seconds(10));
  EXPECT_EQ(point.grouping.interval, Period::minutes(1));
  EXPECT_EQ(point.grouping.repeat_interval, Period::hours(4));
  EXPECT_EQ(point.flap.transitions, 4);
  EXPECT_EQ(point.flap.within, Period::minutes(20));
}

TEST(ContactPoints, SecretsComeNewestFirstWithTheirEnds) {
  const ContactPoint point =
      load_one("{type: webhook, url: '', secrets: [{file: new.key}, {value: " + kOther + ", until: 2026-12-01}]}");
  ASSERT_EQ(point.secrets.size(), 2u);
  EXPECT_EQ(point.secrets[0].value.reveal(), kSecret);
  EXPECT_EQ(point.secrets[0].until, std::nullopt);
  EXPECT_EQ(point.secrets[1].value.reveal(), kOther);
  EXPECT_EQ(to_iso8601(point.secrets[1].until.value()), "2026-12-01T00:00:00.000Z");
  for (const char* until : {"2026-12-01T00:00Z", "2026-12-01T00:00:00Z", "2026-12-01T02:00+02:00"}) {
    const ContactPoint same =
        load_one("{type: webhook, url: '', secrets: [{file: new.key, until: '" + std::string(until) + "'}]}");
    EXPECT_EQ(to_iso8601(same.secrets.at(0).until.value()), "2026-12-01T00:00:00.000Z") << until;
  }
}

TEST(ContactPoints, SecretsThatWillNotDoAreToldOf) {
  struct Row {
    std::string secrets;
    const char* message;
  };
  const Row rows[] = {
      {"secrets: [{value: " + kSecret + "}, {value: " + kOther + ", until: 2026-01-01}]", "has expired"},
      {"secrets: [{value: " + kSecret + ", until: 2026-01-01}]", "all secrets have expired"},
      {"secrets: [" + kSecret + ", " + kSecret + ", " + kSecret + ", " + kSecret + "]", "at most 3 secrets"},
      {"signature: github, secret: short", "shorter than 24 bytes"},
      {"signature: stripe, secrets: [{value: short}]", "shorter than 24 bytes"},
      {"secret: whsec_c2hvcnQ=", "24 to 64 bytes"},
  };
  for (const Row& row : rows) {
    const std::string told = load("  a: {type: webhook, url: '', " + row.secrets + "}\n").diagnostics.render();
    EXPECT_THAT(told, HasSubstr(row.message)) << row.secrets;
    EXPECT_THAT(told, Not(HasSubstr("short}"))) << told;
  }
  // Three that are valid and one that is not are no fault.
  const LoadedRules loaded = load("  a: {type: webhook, url: '', secrets: [" + kSecret + ", " + kSecret + ", " +
                                  kSecret + ", {value: " + kOther + ", until: 2026-01-01}]}\n");
  EXPECT_FALSE(loaded.diagnostics.has_errors()) << loaded.diagnostics.render();
}

TEST(ContactPoints, APayloadIsKeptAsJson) {
  const ContactPoint point = load_one(
      "{type: webhook, url: '', payload: {text: '{{ data.title | default \"none\" }}', n: 3, "
      "all: {$for: data.services, as: s, do: '{{ s.service }}'}}}");
  EXPECT_EQ(point.payload_template, R"({"text":"{{ data.title | default \"none\" }}","n":3,)"
                                    R"("all":{"$for":"data.services","as":"s","do":"{{ s.service }}"}})");
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

const std::filesystem::path kSource = TOCSIN_SOURCE_DIR;

TEST(ContactPoints, TheExampleHasEveryTypeAndLoads) {
  const RuleEnvironment environment = {
      .variable = [](const std::string& name) -> std::optional<std::string> {
        if (name.ends_with("_URL")) return "https://example.com/hook";
        return name.find("HOOK_SECRET") == 0 ? kSecret : "value";
      },
      .read_file = [](const std::string&) -> std::optional<std::string> { return std::nullopt; },
      .now = [] { return kNow; }};
  const LoadedRules loaded =
      load_rules({{"contact-points.yaml", text_of(kSource / "examples/contact-points.yaml")}}, environment);
  EXPECT_EQ(loaded.diagnostics.render(), "");
  std::set<std::string> types;
  for (const ContactPoint& point : loaded.rules.contact_points) types.insert(point.type);
  EXPECT_EQ(types.size(), contact_point_types().size());
}

TEST(ContactPoints, EveryTypeAndSettingIsDocumented) {
  const std::string docs = text_of(kSource / "docs/contact-points.md");
  for (const ContactPointType& type : contact_point_types()) {
    EXPECT_THAT(docs, HasSubstr("| `" + std::string(type.name) + "` |"));
    EXPECT_THAT(docs, HasSubstr("type: " + std::string(type.name)));
    for (const ContactSetting& setting : type.settings) {
      EXPECT_THAT(docs, HasSubstr(std::string(setting.name) + ": ")) << type.name;
    }
  }
}

// Whatever is wrong beside them.
TEST(ContactPoints, NoSecretIsInADiagnostic) {
  for (const std::string text : {
           "{type: pagerduty, routing_key: hunter2, nope: 1}",
           "{type: pagerduty, routing_key: {env: KEY, vault: hunter2}}",
           "{type: email, url: smtp://x, from: a@b, to: c@d, user: u, password: hunter2, nope: 1}",
           "{type: webhook, url: '', secrets: [hunter2]}",
           "{type: webhook, url: '', secrets: [{value: hunter2, nope: 1}]}",
           "{type: webhook, url: '', signature: github, secrets: [{value: hunter2, until: never}]}",
           "{type: slack, url: https://hooks.slack.com/services/T00/B00/0123456789hunter2, nope: 1}",
           "{type: webhook, url: '', proxy: 'http://u:hunter2@proxy', nope: 1}",
       }) {
    const std::string shown = load("  a: " + text + "\n").diagnostics.render();
    EXPECT_NE(shown, "") << text;
    EXPECT_THAT(shown, Not(HasSubstr("hunter2"))) << text;
  }
}

}  // namespace
}  // namespace tocsin
