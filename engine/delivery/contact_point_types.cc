#include "engine/delivery/contact_point_types.h"

#include <algorithm>

namespace tocsin {
namespace {

using enum SettingKind;

const std::vector<std::string_view> kHttp = {"https://", "http://"};

const ContactSetting kLink = {.name = "link", .kind = kUrl, .help = "an address that is shown with each message"};

const std::vector<ContactPointType>& types() {
  static const std::vector<ContactPointType> kTypes = {
      {.name = "webhook",
       .help = "an HTTP POST of the notification, signed",
       .schemes = kHttp,
       .example_url = "https://hooks.example.com/incidents",
       .is_signed = true,
       .payload = TemplateUse::kBody},
      {.name = "slack",
       .help = "an incoming webhook of Slack",
       .schemes = kHttp,
       .example_url = "https://hooks.slack.com/services/T000/B000/XXXX",
       .payload = TemplateUse::kBody,
       .settings = {{.name = "mention", .help = "who is called when something fires, such as <!here> or <@U012AB3CD>"},
                    kLink}},
      {.name = "pagerduty",
       .help = "an integration of PagerDuty's Events API v2",
       .url = UrlUse::kDefaulted,
       .default_url = "https://events.pagerduty.com/v2/enqueue",
       .schemes = kHttp,
       .example_url = "https://events.eu.pagerduty.com/v2/enqueue",
       .payload = TemplateUse::kPart,
       .settings = {{.name = "routing_key", .required = true, .secret = true, .help = "the integration's key"},
                    {.name = "source", .help = "what is affected, where no service is named: tocsin"},
                    kLink}},
      {.name = "teams",
       .help = "a workflow of Microsoft Teams that posts to a channel",
       .schemes = kHttp,
       .example_url = "https://prod-00.westeurope.logic.azure.com/workflows/0000/triggers/manual/paths/invoke",
       .payload = TemplateUse::kBody,
       .settings = {kLink}},
      {.name = "discord",
       .help = "a webhook of a Discord channel",
       .schemes = kHttp,
       .example_url = "https://discord.com/api/webhooks/000/XXXX",
       .payload = TemplateUse::kBody,
       .settings = {{.name = "username", .help = "the name it speaks under: tocsin"}, kLink}},
      {.name = "email",
       .help = "mail by SMTP",
       .schemes = {"smtp://", "smtps://"},
       .example_url = "smtp://mail.example.com:587",
       .sends_http = false,
       .settings =
           {{.name = "from", .kind = kMailbox, .required = true, .help = "the sender: tocsin <tocsin@example.com>"},
            {.name = "to", .kind = kMailboxes, .required = true, .help = "the receivers"},
            {.name = "user", .help = "for the server's login"},
            {.name = "password", .secret = true, .help = "for the server's login"},
            kLink}},
      {.name = "alertmanager",
       .help = "alerts for a Prometheus Alertmanager, API v2",
       .schemes = kHttp,
       .example_url = "http://alertmanager.example.com:9093",
       .settings = {{.name = "hold", .kind = kPeriod, .help = "how long an alert fires that is never resolved: 7d"},
                    {.name = "link", .kind = kUrl, .help = "the alerts' generatorURL"}}},
      {.name = "cloudevents",
       .help = "CloudEvents 1.0 over HTTP, structured, signed as a webhook is",
       .schemes = kHttp,
       .example_url = "https://broker.example.com/default",
       .is_signed = true,
       .payload = TemplateUse::kPart,
       .settings = {{.name = "source", .help = "the events' source, a URI reference: /tocsin"}}},
      {.name = "file",
       .help = "a line of JSON appended to a file",
       .url = UrlUse::kNone,
       .sends_http = false,
       .payload = TemplateUse::kBody,
       .settings = {{.name = "path", .kind = kPath, .required = true, .help = "the file"}}},
      {.name = "stdout",
       .help = "a line of JSON on standard output",
       .url = UrlUse::kNone,
       .sends_http = false,
       .payload = TemplateUse::kBody},
  };
  return kTypes;
}

}  // namespace

std::span<const ContactPointType> contact_point_types() {
  return types();
}

const ContactPointType* find_contact_point_type(std::string_view name) {
  const auto found = std::ranges::find(types(), name, &ContactPointType::name);
  return found == types().end() ? nullptr : &*found;
}

std::vector<std::string_view> contact_point_type_names() {
  std::vector<std::string_view> names;
  names.reserve(types().size());
  for (const ContactPointType& type : types()) names.push_back(type.name);
  return names;
}

bool is_shown_only(const ContactPoint& contact) {
  const ContactPointType* type = find_contact_point_type(contact.type);
  return type != nullptr && type->url == UrlUse::kRequired && contact.url.empty();
}

}  // namespace tocsin
