#include "notifiers/webhook_notifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/delivery/base64.h"
#include "engine/delivery/webhook_secret.h"
#include "notifiers/signature.h"

namespace tocsin {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

const EventTime kNow{1'795'168'980'250};

ContactPoint contact_point() {
  ContactPoint contact;
  contact.name = "oncall";
  contact.url = "https://hooks.example.com/incidents";
  contact.secrets = {{.value = Secret("whsec_" + encode_base64(std::string(32, 'k'))), .until = std::nullopt}};
  return contact;
}

const Notification kNotification = {
    .id = "evt_1", .contact_point = "oncall", .payload = R"({"type":"incident.opened"})", .at = {1'795'000'000'000}};

TEST(WebhookNotifier, SendsThePayloadSigned) {
  ContactPoint contact = contact_point();
  contact.headers["Authorization"] = Secret("Bearer t");
  contact.timeout = Period::seconds(7);
  const HttpRequest request = WebhookNotifier().request(contact, kNotification, kNow);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, contact.url);
  EXPECT_EQ(request.body, kNotification.payload);
  EXPECT_EQ(request.timeout, Period::seconds(7));
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"content-type", "application/json"},
      {"Authorization", "Bearer t"},
      {"webhook-id", "evt_1"},
      {"webhook-timestamp", "1795168980"},
      {"webhook-signature", webhook_signature(std::string(32, 'k'), {"evt_1", "1795168980", kNotification.payload})},
  };
  EXPECT_EQ(request.headers, expected);
}

TEST(WebhookNotifier, ARetryKeepsItsIdAndSignsItsOwnTime) {
  const HttpRequest first = WebhookNotifier().request(contact_point(), kNotification, kNow);
  const HttpRequest second = WebhookNotifier().request(contact_point(), kNotification, kNow + Period::seconds(60));
  EXPECT_EQ(first.headers[1], second.headers[1]);
  EXPECT_THAT(second.headers, Contains(Pair("webhook-timestamp", "1795169040")));
  EXPECT_NE(first.headers[3], second.headers[3]);
}

TEST(WebhookNotifier, WithoutASecretNothingIsSigned) {
  ContactPoint contact = contact_point();
  contact.secrets.clear();
  EXPECT_EQ(WebhookNotifier().problem(contact), "");
  for (const auto& header : WebhookNotifier().request(contact, kNotification, kNow).headers) {
    EXPECT_NE(header.first, "webhook-signature");
  }
}

// All that have not expired, newest first.
TEST(WebhookNotifier, EveryValidSecretSigns) {
  ContactPoint contact = contact_point();
  const auto secret = [](char letter, std::optional<EventTime> until) {
    return SigningSecret{.value = Secret("whsec_" + encode_base64(std::string(32, letter))), .until = until};
  };
  contact.secrets = {secret('n', std::nullopt), secret('o', kNow + Period::hours(1)), secret('x', kNow)};
  const auto header = [&](const char* name) {
    for (const auto& [key, value] : WebhookNotifier().request(contact, kNotification, kNow).headers) {
      if (key == name) return value;
    }
    return std::string();
  };
  const SignedMessage message{.id = "evt_1", .timestamp = "1795168980", .body = kNotification.payload};
  EXPECT_EQ(header("webhook-signature"),
            webhook_signature(std::string(32, 'n'), message) + " " + webhook_signature(std::string(32, 'o'), message));
  contact.signature = SignatureStyle::kGithub;
  EXPECT_EQ(header("webhook-signature"), "");
  EXPECT_EQ(header("x-hub-signature-256"), github_signature(contact.secrets[0].value.reveal(), kNotification.payload));
  contact.signature = SignatureStyle::kStripe;
  EXPECT_EQ(header("stripe-signature"), "t=1795168980," + stripe_signature(contact.secrets[0].value.reveal(), message) +
                                            "," + stripe_signature(contact.secrets[1].value.reveal(), message));
  contact.secrets = {secret('x', kNow)};
  for (const auto style : {SignatureStyle::kStandard, SignatureStyle::kGithub, SignatureStyle::kStripe}) {
    contact.signature = style;
    EXPECT_EQ(header("webhook-signature") + header("x-hub-signature-256") + header("stripe-signature"), "");
  }
}

TEST(WebhookNotifier, APayloadOfTheUsersOwnIsWhatIsSigned) {
  ContactPoint contact = contact_point();
  contact.payload_template = R"({"what":"{{ type }}"})";
  const HttpRequest request = WebhookNotifier().request(contact, kNotification, kNow);
  EXPECT_EQ(request.body, R"({"what":"incident.opened"})");
  EXPECT_THAT(request.headers,
              Contains(Pair("webhook-signature",
                            webhook_signature(std::string(32, 'k'), {"evt_1", "1795168980", request.body}))));
}

TEST(WebhookNotifier, ProblemsAreToldBeforeAnythingIsSent) {
  struct Row {
    std::function<void(ContactPoint&)> spoil;
    const char* problem;
  };
  const Row rows[] = {
      {[](ContactPoint&) {}, ""},
      {[](ContactPoint& c) { c.url = "HTTP://127.0.0.1:8787/"; }, ""},
      {[](ContactPoint& c) { c.url.clear(); }, "no url"},
      {[](ContactPoint& c) { c.url = "file:///etc/passwd"; }, "neither http nor https"},
      {[](ContactPoint& c) { c.url = "hooks.example.com"; }, "neither http nor https"},
      {[](ContactPoint& c) { c.url += "\r\nHost: x"; }, "control character"},
      {[](ContactPoint& c) { c.secrets[0].value = Secret("whsec_c2hvcnQ="); }, "24 to 64 bytes"},
      {[](ContactPoint& c) { c.headers["X-A: b"] = Secret("c"); }, "no name of a header"},
      {[](ContactPoint& c) { c.headers["X-A"] = Secret("b\r\nX-C: d"); }, "control character"},
      {[](ContactPoint& c) { c.headers["Webhook-Id"] = Secret("evt_2"); }, "set by tocsin"},
      {[](ContactPoint& c) { c.type = "pigeon"; }, "unknown type 'pigeon'"},
  };
  for (const Row& row : rows) {
    ContactPoint contact = contact_point();
    row.spoil(contact);
    EXPECT_THAT(contact_problem(contact), HasSubstr(row.problem));
    EXPECT_EQ(contact_problem(contact).empty(), std::string_view(row.problem).empty());
  }
}

TEST(NotifierRegistry, EveryTypeIsFound) {
  for (const std::string_view type : notifier_types()) EXPECT_NE(find_notifier(type), nullptr) << type;
  EXPECT_THAT(notifier_types(), Contains("webhook"));
  EXPECT_EQ(find_notifier("Webhook"), nullptr);
}

}  // namespace
}  // namespace tocsin
