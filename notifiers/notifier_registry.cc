#include <array>

#include "engine/base/text.h"
#include "notifiers/alertmanager_notifier.h"
#include "notifiers/cloudevents_notifier.h"
#include "notifiers/discord_notifier.h"
#include "notifiers/email_notifier.h"
#include "notifiers/file_notifier.h"
#include "notifiers/notifier.h"
#include "notifiers/pagerduty_notifier.h"
#include "notifiers/slack_notifier.h"
#include "notifiers/teams_notifier.h"
#include "notifiers/webhook_notifier.h"

namespace tocsin {
namespace {

const WebhookNotifier kWebhook;
const SlackNotifier kSlack;
const PagerDutyNotifier kPagerDuty;
const TeamsNotifier kTeams;
const DiscordNotifier kDiscord;
const EmailNotifier kEmail;
const AlertmanagerNotifier kAlertmanager;
const CloudEventsNotifier kCloudEvents;
const FileNotifier kFile;

struct NotifierRow {
  std::string_view type;
  const Notifier* notifier;
};

// Every kind of contact point. A new one is a row here, a row in engine/delivery/contact_point_types.cc with its
// settings, and a pair of files.
constexpr std::array<NotifierRow, 10> kNotifiers = {{
    {"webhook", &kWebhook},
    {"slack", &kSlack},
    {"pagerduty", &kPagerDuty},
    {"teams", &kTeams},
    {"discord", &kDiscord},
    {"email", &kEmail},
    {"alertmanager", &kAlertmanager},
    {"cloudevents", &kCloudEvents},
    {"file", &kFile},
    {"stdout", &kFile},
}};

}  // namespace

const Notifier* find_notifier(std::string_view type) {
  for (const NotifierRow& row : kNotifiers) {
    if (row.type == type) return row.notifier;
  }
  return nullptr;
}

std::vector<std::string_view> notifier_types() {
  std::vector<std::string_view> types;
  types.reserve(kNotifiers.size());
  for (const NotifierRow& row : kNotifiers) types.push_back(row.type);
  return types;
}

AttemptOutcome Notifier::outcome(const HttpResponse& response) const {
  return {
      .status = response.status, .error = response.error, .retry_after = response.retry_after, .date = response.date};
}

ConnectionPolicy connection_policy(const ContactPoint& contact) {
  ConnectionPolicy policy;
  policy.connect_timeout = contact.connect_timeout;
  policy.allow_cidrs = contact.allow_cidrs;
  policy.proxy = contact.proxy;
  policy.ca_file = contact.ca_file;
  policy.client_cert = contact.client_cert;
  policy.client_key = contact.client_key;
  policy.pin_sha256 = contact.pin_sha256;
  return policy;
}

std::string contact_problem(const ContactPoint& contact) {
  const Notifier* notifier = find_notifier(contact.type);
  return notifier == nullptr ? "unknown type '" + printable(contact.type) + "'" : notifier->problem(contact);
}

}  // namespace tocsin
