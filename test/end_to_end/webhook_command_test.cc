// `tocsin webhook` as its users run it. Secrets are looked for in everything that is printed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "test/end_to_end/program.h"

namespace tocsin {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;
using testing::Not;

const std::string kSource = TOCSIN_SOURCE_DIR;
constexpr const char* kSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

const std::vector<std::string> kSecretValues = {"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY", "hunter2",
                                                "t0ken-of-the-url"};

std::string rules(const std::string& folder) {
  write_file(folder + "/contacts.yaml", std::string(R"(
contact_points:
  hook: {type: webhook, url: "http://127.0.0.1:9/t0ken-of-the-url", secret: )") +
                                            kSecret + R"(, headers: {Authorization: Bearer hunter2}}
  slack: {type: slack, url: "https://hooks.slack.com/services/t0ken-of-the-url"}
  pager: {type: pagerduty, routing_key: hunter2}
  mail: {type: email, url: "smtp://mail.example.com", from: a@example.com, to: b@example.com, user: u, password: hunter2}
  lines: {type: file, path: out.ndjson}
  unset: {type: pagerduty, url: "", routing_key: {env: NOT_SET}}
  mine: {type: webhook, url: "", payload: {title: "{{ message.title }}", gone: "{{ data.gone }}"}}
)");
  return folder + "/contacts.yaml";
}

ProgramResult webhook(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "webhook");
  ProgramResult result = run_tocsin({.arguments = std::move(arguments)});
  for (const std::string& secret : kSecretValues) {
    EXPECT_THAT(result.out, Not(HasSubstr(secret)));
    EXPECT_THAT(result.err, Not(HasSubstr(secret)));
  }
  return result;
}

TEST(WebhookCommand, RendersEverySampleForEveryContactPoint) {
  const std::string file = rules(scratch_folder("webhook-render"));
  for (const std::string contact : {"hook", "slack", "pager", "mail", "lines", "unset", "mine"}) {
    for (const std::string sample : {"alarm.firing", "alarm.resolved", "alarm.group", "incident.opened",
                                     "incident.finding", "incident.resolved", "delivery.failed"}) {
      const ProgramResult result = webhook({"render", contact, "--rules", file, "--type", sample});
      EXPECT_EQ(result.exit_code, 0) << contact << sample << result.err;
      EXPECT_GT(result.out.size(), 60u) << contact << sample;
    }
  }
  const ProgramResult text = webhook({"render", "hook", "--rules", file});
  EXPECT_THAT(text.out, HasSubstr("POST http://127.0.0.1:9/…\n"));
  EXPECT_THAT(text.out, HasSubstr("\nAuthorization: ***\n"));
  EXPECT_THAT(text.out, HasSubstr("\nwebhook-signature: v1,"));
  EXPECT_THAT(webhook({"render", "unset", "--rules", file}).err, HasSubstr("no url"));
}

TEST(WebhookCommand, RendersAsJsonAndStrictly) {
  const std::string file = rules(scratch_folder("webhook-json"));
  const Json json = Json::parse(webhook({"render", "pager", "--rules", file, "--output", "json"}).out);
  EXPECT_EQ(json["method"], "POST");
  EXPECT_EQ(json["url"], "https://events.pagerduty.com/…");
  EXPECT_EQ(json["body"]["routing_key"], "***");
  const ProgramResult loose = webhook({"render", "mine", "--rules", file});
  EXPECT_EQ(loose.exit_code, 0);
  EXPECT_THAT(loose.err, HasSubstr("data.gone is not in this notification"));
  EXPECT_EQ(webhook({"render", "mine", "--rules", file, "--strict"}).exit_code, 1);
}

TEST(WebhookCommand, RendersAnEventOfTheUsersOwn) {
  const std::string folder = scratch_folder("webhook-event");
  const std::string file = rules(folder);
  const std::string payload =
      R"({"type":"incident.opened","timestamp":"2026-11-20T10:05:10.000Z","data":{"incident":"inc_7"}})";
  write_file(folder + "/payload.json", payload);
  write_file(folder + "/log.ndjson",
             "{\"type\":\"transition\"}\n{\"type\":\"notification\",\"id\":\"evt_7\",\"payload\":" + payload + "}\n");
  write_file(folder + "/other.json", "[1]");
  const ProgramResult of_payload = webhook({"render", "slack", "--rules", file, "--event", folder + "/payload.json"});
  EXPECT_THAT(of_payload.out, HasSubstr("Incident opened: inc_7"));
  const ProgramResult of_log = webhook({"render", "hook", "--rules", file, "--event", folder + "/log.ndjson"});
  EXPECT_THAT(of_log.out, HasSubstr("webhook-id: evt_7\n"));
  const ProgramResult of_other = webhook({"render", "hook", "--rules", file, "--event", folder + "/other.json"});
  EXPECT_EQ(of_other.exit_code, 2);
  EXPECT_THAT(of_other.err, HasSubstr("no notification"));
}

TEST(WebhookCommand, TellsWhatIsWrong) {
  const std::string folder = scratch_folder("webhook-wrong");
  const std::string file = rules(folder);
  const ProgramResult unknown = webhook({"render", "slak", "--rules", file});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("did you mean 'slack'?"));
  write_file(folder + "/bad.yaml", "contact_points: {a: {type: pigeon}}\n");
  EXPECT_EQ(webhook({"render", "a", "--rules", folder + "/bad.yaml"}).exit_code, 78);
  EXPECT_EQ(webhook({"render", "a", "--type", "nothing"}).exit_code, 2);
}

TEST(WebhookCommand, TestSaysHowItWent) {
  const std::string folder = scratch_folder("webhook-test");
  const std::string file = rules(folder);
  const ProgramResult lines = webhook({"test", "lines", "--rules", file});
  EXPECT_EQ(lines.exit_code, 0) << lines.out << lines.err;
  EXPECT_THAT(lines.out, HasSubstr("\ndelivered\n"));
  const Json line = Json::parse(read_file(folder + "/out.ndjson"));
  EXPECT_EQ(line["type"], "contact_point.test");
  EXPECT_THAT(line["data"]["title"].get<std::string>(), HasSubstr("TEST"));
  // The contact point's own rules hold for a test too: this address is not public.
  const ProgramResult refused = webhook({"test", "hook", "--rules", file});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.out, HasSubstr("\nnot delivered\n"));
  const ProgramResult nowhere = webhook({"test", "unset", "--rules", file});
  EXPECT_EQ(nowhere.exit_code, 1);
}

TEST(WebhookCommand, VerifiesWhatWasSigned) {
  const std::string folder = scratch_folder("webhook-verify");
  write_file(folder + "/key", std::string(kSecret) + "\n");
  // Computed with Python's hmac.
  write_file(folder + "/body", "{\"a\":1}");
  const auto verify = [&](const std::string& signature, const std::string& now) {
    return webhook({"verify", folder + "/body", "--secret-file", folder + "/key", "--header", "Webhook-Id: evt_1",
                    "--header", "webhook-timestamp: 1795168980", "--header", "webhook-signature: " + signature, "--now",
                    now});
  };
  const std::string good = "v1,jMC05eUP+bI7Z9yY0+KGUDDJrHb538gjlG2UXHtStuc=";
  const ProgramResult valid = verify(good, "1795168980");
  EXPECT_EQ(valid.out, "valid\n") << valid.err;
  EXPECT_EQ(valid.exit_code, 0);
  EXPECT_EQ(verify("v1,AAAA", "1795168980").out, "no_match\n");
  EXPECT_EQ(verify(good, "1795169980").out, "too_old\n");
  EXPECT_EQ(verify(good, "1795169980").exit_code, 1);
  EXPECT_EQ(verify(good, "yesterday").exit_code, 2);
}

TEST(WebhookCommand, RotatesASecret) {
  const std::string folder = scratch_folder("webhook-rotate");
  const std::string key = folder + "/oncall.key";
  const ProgramResult first = webhook({"rotate", "--secret-file", key});
  EXPECT_EQ(first.exit_code, 0) << first.err;
  EXPECT_EQ(first.out, "secret: {file: \"" + key + "\"}\n");
  const std::string before = read_file(key);
  EXPECT_THAT(before, testing::StartsWith("whsec_"));
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(key).permissions() & (perms::group_all | perms::others_all), perms::none);
  const ProgramResult second = webhook({"rotate", "--secret-file", key, "--overlap", "24h"});
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_EQ(read_file(key + ".old"), before);
  EXPECT_NE(read_file(key), before);
  for (const ProgramResult& result : {first, second}) {
    EXPECT_THAT(result.out + result.err, Not(HasSubstr(before.substr(6, 20))));
    EXPECT_THAT(result.out + result.err, Not(HasSubstr(read_file(key).substr(6, 20))));
  }
  // What is printed is what the loader reads.
  std::string yaml = "contact_points:\n  oncall:\n    type: webhook\n    url: https://example.com\n";
  for (const std::string& line : lines_of(second.out)) yaml += "    " + line + "\n";
  write_file(folder + "/rules.yaml", yaml);
  const ProgramResult check = run_tocsin({.arguments = {"rules", "check", folder + "/rules.yaml"}});
  EXPECT_EQ(check.exit_code, 0) << check.err << yaml;
  EXPECT_EQ(check.err, "");
  EXPECT_EQ(webhook({"rotate", "--secret-file", key}).exit_code, 1) << "the old one is still there";
  write_file(folder + "/no.key", "my password");
  EXPECT_EQ(webhook({"rotate", "--secret-file", folder + "/no.key"}).exit_code, 2);
  EXPECT_EQ(read_file(folder + "/no.key"), "my password");
}

}  // namespace
}  // namespace tocsin
