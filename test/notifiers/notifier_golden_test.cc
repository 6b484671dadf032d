// What each kind of contact point makes of each kind of notification, against test/golden/notifiers/; and what all
// kinds have in common: limits, hostile text, ids.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "engine/delivery/contact_point_types.h"
#include "notifiers/fitted_text.h"
#include "notifiers/notifier.h"
#include "notifiers/sample_notifications.h"

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;
using testing::Not;

const EventTime kNow = from_civil({.year = 2026, .month = 11, .day = 20, .hour = 14});
const std::string kKey = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

ContactPoint contact_of(std::string_view type) {
  ContactPoint contact;
  contact.name = "oncall";
  contact.type = type;
  contact.url = find_contact_point_type(type)->example_url;
  contact.settings["link"] = Secret("https://runbooks.example.com/shop");
  if (type == "file") contact.url = "file:alerts.ndjson";
  if (type == "stdout") contact.url = "stdout:";
  if (type == "slack") contact.settings["mention"] = Secret("<!here>");
  if (type == "pagerduty") contact.settings["routing_key"] = Secret("r0uting");
  if (type == "email") {
    contact.settings["from"] = Secret("tocsin <tocsin@example.com>");
    contact.settings["to"] = Secret("oncall@example.com\nÄrzte, die <team@example.com>");
    contact.settings["user"] = Secret("mailer");
    contact.settings["password"] = Secret("pa55");
  }
  if (find_contact_point_type(type)->is_signed) contact.secrets = {{.value = Secret(kKey), .until = std::nullopt}};
  return contact;
}

std::vector<std::string_view> types() {
  return contact_point_type_names();
}

HttpRequest request_of(const ContactPoint& contact, const Notification& notification) {
  EXPECT_EQ(contact_problem(contact), "") << contact.type;
  return find_notifier(contact.type)->request(contact, notification, kNow);
}

// A request as people read it: JSON indented, all else as it is.
std::string readable(const HttpRequest& request) {
  std::string text = request.method + " " + request.url + "\n";
  for (const auto& [name, value] : request.headers) text += name + ": " + value + "\n";
  if (!request.mail_from.empty()) {
    text += "mail from " + request.mail_from + "\n";
    for (const std::string& to : request.mail_to) text += "mail to " + to + "\n";
    text += "user " + request.user + "\n";
  }
  const Json json = Json::parse(request.body, nullptr, false);
  std::string body = json.is_discarded() ? request.body : json.dump(2) + "\n";
  std::erase(body, '\r');
  return text + "\n" + body;
}

void expect_golden(const std::string& name, const std::string& text) {
  const std::filesystem::path path = std::filesystem::path(TOCSIN_SOURCE_DIR) / "test/golden/notifiers" / name;
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

TEST(NotifierGoldens, EveryKindOfEverySample) {
  for (const std::string_view type : types()) {
    if (type == "stdout") continue;  // a file's line elsewhere
    for (const std::string_view sample : sample_names()) {
      const HttpRequest request = request_of(contact_of(type), *sample_notification(sample, "oncall"));
      expect_golden(std::string(type) + "/" + std::string(sample) + ".txt", readable(request));
    }
  }
}

TEST(Notifiers, TheRegistryAndTheTableOfTypesAreTheSame) {
  EXPECT_EQ(notifier_types(), contact_point_type_names());
}

// What a log line may hold to mislead a reader, to call people, or to break out of where it stands.
const char* const kHostile[] = {
    "<!channel> <https://evil.example|click>",
    "@everyone @here <@&123456>",
    "[click](https://evil.example) ![x](y)",
    "</td><script>alert(1)</script>",
    "```\n@everyone",
    "\r\nBcc: victim@example.com\r\n\r\nhello",
    "\x1b[31mred \xe2\x80\xaegnp.exe \x00end",
    "{{ data.title }} ${HOME} %s",
    "\xff\xfe broken \xc3",
    "<at>everyone</at> &lt;!channel&gt;",
    "=?utf-8?q?spoof?=",
    "\"}],\"text\":\"<!channel>\"",
};

Notification hostile(const std::string& text, std::size_t repeat = 1) {
  std::string many;
  for (std::size_t i = 0; i < repeat; ++i) many += text;
  const std::string quoted = json_string(many);
  Json evidence = Json::array();
  for (int i = 0; i < 12; ++i) {
    evidence.push_back({{"service", many},
                        {"template", many},
                        {"count", 5},
                        {"baseline", 1.5},
                        {"new", false},
                        {"sample", {{"message", many}, {"file", many}, {"line", 7}}}});
  }
  Json data = {{"id", "fnd_1"},          {"incident", many},     {"severity", "critical"},
               {"title", many},          {"summary", many},      {"services", {{{"service", many}, {"score", 1}}}},
               {"probable_cause", many}, {"evidence", evidence}, {"confidence", 0.5}};
  Notification made;
  made.id = "evt_1";
  made.contact_point = "oncall";
  made.type = "incident.finding";
  made.order_key = "inc_1";
  made.at = kNow;
  made.payload = notification_payload(made.type, kNow, data.dump(-1, ' ', false, Json::error_handler_t::replace));
  return made;
}

void collect(const Json& json, std::vector<std::string>& texts) {
  if (json.is_string()) texts.push_back(json.get<std::string>());
  for (const auto& [name, value] : json.items()) {
    if (json.is_structured()) collect(value, texts);
  }
}

std::vector<std::string> texts_of(const HttpRequest& request) {
  std::vector<std::string> texts;
  collect(Json::parse(request.body), texts);
  return texts;
}

// In a block of code nothing acts.
std::string without_code(const std::string& text) {
  std::string rest;
  bool code = false;
  for (std::size_t at = 0; at < text.size();) {
    if (text.compare(at, 3, "```") == 0 && (at == 0 || text[at - 1] != '\\')) {
      code = !code;
      at += 3;
    } else {
      if (!code) rest += text[at];
      ++at;
    }
  }
  EXPECT_FALSE(code) << text;
  return rest;
}

TEST(Notifiers, HostileTextStaysText) {
  for (const char* text : kHostile) {
    const Notification notification = hostile(text);
    for (const std::string_view type : types()) {
      const ContactPoint contact = contact_of(type);
      const HttpRequest request = request_of(contact, notification);
      for (const auto& [name, value] : request.headers) {
        EXPECT_EQ(value.find_first_of("\r\n"), std::string::npos) << type << " " << name;
      }
      EXPECT_TRUE(is_valid_utf8(request.body)) << type << text;
      if (type == "email") {
        const std::string headers = request.body.substr(0, request.body.find("\r\n\r\n"));
        EXPECT_THAT(headers, Not(HasSubstr("\nBcc:"))) << text;
        EXPECT_THAT(headers, HasSubstr("\nMIME-Version:")) << text;
        const std::string html = request.body.substr(request.body.find("<!DOCTYPE"));
        EXPECT_THAT(html, Not(HasSubstr("<script>"))) << text;
        continue;
      }
      for (const std::string& one : texts_of(request)) {
        if (type == "slack" && one != contact.setting("mention")) {
          EXPECT_THAT(one, Not(HasSubstr("<!"))) << text;
          EXPECT_THAT(one, Not(HasSubstr("<http"))) << text;
        }
        if (type == "discord") {
          EXPECT_THAT(without_code(one), Not(HasSubstr("@everyone"))) << text;
          EXPECT_THAT(without_code(one), Not(HasSubstr("[click]("))) << text;
        }
      }
    }
  }
}

// In Teams only text runs, which know no markup, may hold text of logs.
void expect_no_text_blocks(const Json& json) {
  if (json.is_object() && json.contains("type")) {
    EXPECT_NE(json["type"], "TextBlock");
    EXPECT_NE(json["type"], "FactSet");
  }
  for (const Json& value : json) {
    if (value.is_structured()) expect_no_text_blocks(value);
  }
}

TEST(Notifiers, TeamsGetsNoMarkup) {
  expect_no_text_blocks(Json::parse(request_of(contact_of("teams"), hostile("[a](b)")).body));
}

std::size_t units(const std::string& text) {
  return text_length(text, TextUnit::kUtf16);
}

void expect_slack_limits(const Json& body) {
  ASSERT_LE(body["blocks"].size(), 50u);
  for (const Json& block : body["blocks"]) {
    if (block["type"] == "header") {
      EXPECT_LE(units(block["text"]["text"]), 150u);
    }
    if (block["type"] != "section") continue;
    if (block.contains("text")) {
      EXPECT_LE(units(block["text"]["text"]), 3000u);
    }
    if (!block.contains("fields")) continue;
    EXPECT_LE(block["fields"].size(), 10u);
    for (const Json& field : block["fields"]) EXPECT_LE(units(field["text"]), 2000u);
  }
}

void expect_discord_limits(const Json& body) {
  const Json& embed = body["embeds"][0];
  std::size_t total = units(embed["title"]) + units(embed["footer"]["text"]);
  EXPECT_LE(units(embed["title"]), 256u);
  if (embed.contains("description")) {
    EXPECT_LE(units(embed["description"]), 4096u);
    total += units(embed["description"]);
  }
  if (embed.contains("fields")) {
    EXPECT_LE(embed["fields"].size(), 25u);
    for (const Json& field : embed["fields"]) {
      EXPECT_LE(units(field["name"]), 256u);
      EXPECT_LE(units(field["value"]), 1024u);
      total += units(field["name"]) + units(field["value"]);
    }
  }
  EXPECT_LE(total, 6000u);
}

TEST(Notifiers, KeepTheLimitsOfEachService) {
  for (const char* text : {"x", "&", "<", "*", "é", "😀", "=", "\n", "\"", "a\xcc\x81 "}) {
    for (const std::size_t repeat : {1u, 300u, 5000u}) {
      const Notification notification = hostile(text, repeat);
      for (const std::string_view type : types()) {
        const HttpRequest request = request_of(contact_of(type), notification);
        EXPECT_TRUE(is_valid_utf8(request.body)) << type << text;
        if (type == "email") {
          EXPECT_LE(request.body.size(), 600'000u);
          continue;
        }
        const Json body = Json::parse(request.body);
        if (type == "slack") expect_slack_limits(body);
        if (type == "discord") expect_discord_limits(body);
        if (type == "teams") {
          EXPECT_LE(request.body.size(), 28u * 1024) << text << repeat;
        }
        if (type == "pagerduty") {
          EXPECT_LE(request.body.size(), 512u * 1000);
          EXPECT_LE(units(body["payload"]["summary"]), 1024u);
          EXPECT_LE(body["dedup_key"].get<std::string>().size(), 255u);
        }
        EXPECT_LE(request.body.size(), 262'144u + 200) << type << text << repeat;
      }
    }
  }
}

TEST(Notifiers, AnyPayloadMakesARequest) {
  for (const char* payload :
       {"", "null", "[]", "\"text\"", "{}", R"({"type":3,"data":[1,2]})", R"({"type":"alarm.state_changed"})",
        R"({"type":"incident.finding","data":{"services":3,"evidence":[1,null,{}]}})", "{not json",
        R"({"type":"alarm.group","data":{"alarms":[1,{"document":{}}],"group":[1]}})",
        R"({"type":"incident.resolved","data":{"duration_s":1e300}})"}) {
    Notification notification;
    notification.id = "evt_1";
    notification.payload = payload;
    for (const std::string_view type : types()) {
      const HttpRequest request = request_of(contact_of(type), notification);
      EXPECT_EQ(request.body.empty(), type == "webhook" && *payload == '\0') << type << payload;
    }
  }
  Notification deep;
  deep.id = "evt_1";
  deep.payload = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  for (const std::string_view type : types()) EXPECT_FALSE(request_of(contact_of(type), deep).body.empty()) << type;
}

TEST(Notifiers, ARetryIsTheSameMessage) {
  for (const std::string_view type : types()) {
    const Notification notification = *sample_notification("incident.finding", "oncall");
    const ContactPoint contact = contact_of(type);
    const HttpRequest first = find_notifier(type)->request(contact, notification, kNow);
    const HttpRequest second = find_notifier(type)->request(contact, notification, kNow + Period::seconds(5));
    // Mails are dated, alerts fire for a while from now.
    if (type == "email") {
      EXPECT_EQ(first.body.substr(first.body.find("From:")), second.body.substr(second.body.find("From:")));
    } else if (type != "alertmanager") {
      EXPECT_EQ(first.body, second.body) << type;
    }
  }
}

TEST(Notifiers, PagerDutyResolvesWhatItTriggered) {
  const auto event = [](std::string_view sample) {
    return Json::parse(request_of(contact_of("pagerduty"), *sample_notification(sample, "oncall")).body);
  };
  EXPECT_EQ(event("alarm.firing")["event_action"], "trigger");
  EXPECT_EQ(event("alarm.resolved")["event_action"], "resolve");
  EXPECT_EQ(event("alarm.firing")["dedup_key"], event("alarm.resolved")["dedup_key"]);
  EXPECT_EQ(event("incident.finding")["event_action"], "trigger");
  EXPECT_EQ(event("incident.resolved")["event_action"], "resolve");
  EXPECT_EQ(event("incident.finding")["dedup_key"], event("incident.resolved")["dedup_key"]);
  EXPECT_NE(event("alarm.firing")["dedup_key"], event("incident.finding")["dedup_key"]);
}

TEST(Notifiers, AlertmanagerKnowsAnAlertByItsLabels) {
  const auto alerts = [](std::string_view sample) {
    return Json::parse(request_of(contact_of("alertmanager"), *sample_notification(sample, "oncall")).body);
  };
  EXPECT_EQ(alerts("alarm.firing")[0]["labels"], alerts("alarm.resolved")[0]["labels"]);
  EXPECT_EQ(alerts("incident.finding")[0]["labels"], alerts("incident.resolved")[0]["labels"]);
  const std::string now = to_iso8601(kNow);
  EXPECT_GT(alerts("alarm.firing")[0]["endsAt"].get<std::string>(), now);
  EXPECT_LE(alerts("alarm.resolved")[0]["endsAt"].get<std::string>(), now);
  EXPECT_LE(alerts("alarm.resolved")[0]["startsAt"], alerts("alarm.resolved")[0]["endsAt"]);
  // A group's alarms are the alerts that they are alone.
  const Json group = alerts("alarm.group");
  ASSERT_EQ(group.size(), 2u);
  EXPECT_EQ(group[0]["labels"], alerts("alarm.firing")[0]["labels"]);
  EXPECT_LE(group[1]["endsAt"].get<std::string>(), now);
}

TEST(Notifiers, ValuesInATemplateAreEscapedForTheirService) {
  const Notification notification = hostile("<!channel> @everyone");
  ContactPoint slack = contact_of("slack");
  slack.payload_template = R"({"text":"<!here> {{ data.title }}"})";
  EXPECT_EQ(request_of(slack, notification).body, R"({"text":"<!here> &lt;!channel&gt; @everyone"})");
  ContactPoint discord = contact_of("discord");
  discord.payload_template = R"({"content":"{{ data.title }}"})";
  EXPECT_THAT(request_of(discord, notification).body, Not(HasSubstr("@everyone")));
  // Part of an event, and of an envelope.
  ContactPoint pager = contact_of("pagerduty");
  pager.payload_template = R"({"mine":"{{ data.severity }}"})";
  EXPECT_EQ(Json::parse(request_of(pager, notification).body)["payload"]["custom_details"],
            Json({{"mine", "critical"}}));
  ContactPoint events = contact_of("cloudevents");
  events.payload_template = R"({"mine":"{{ data.severity }}"})";
  EXPECT_EQ(Json::parse(request_of(events, notification).body)["data"], Json({{"mine", "critical"}}));
}

struct AnswerRow {
  const char* type;
  int status;
  const char* body;
  int judged;
};

TEST(Notifiers, AnswersAreReadInTheWordsOfHttp) {
  const AnswerRow rows[] = {
      {"webhook", 204, "", 204},
      {"slack", 404, "no_service", 404},
      {"teams", 202, "", 202},
      {"teams", 200, "1", 200},
      {"teams", 200, "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429",
       429},
      {"teams", 200, "Webhook message delivery failed", 502},
      {"teams", 500, "delivery failed HTTP error 400", 500},
      {"email", 250, "", 250},
      {"email", 421, "", 503},
      {"email", 452, "", 503},
      {"email", 535, "", 401},
      {"email", 550, "", 422},
      {"email", 0, "", 0},
  };
  for (const AnswerRow& row : rows) {
    HttpResponse response;
    response.status = row.status;
    response.body = row.body;
    EXPECT_EQ(find_notifier(row.type)->outcome(response).status, row.judged) << row.type << row.status << row.body;
  }
}

}  // namespace
}  // namespace tocsin
