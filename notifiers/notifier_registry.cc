#include <array>

#include "engine/base/text.h"
#include "notifiers/notifier.h"
#include "notifiers/webhook_notifier.h"

namespace tocsin {
namespace {

const WebhookNotifier kWebhook;

struct NotifierRow {
  std::string_view type;
  const Notifier* notifier;
};

// Every kind of contact point. A new one is a row here and a pair of files.
constexpr std::array<NotifierRow, 1> kNotifiers = {{
    {"webhook", &kWebhook},
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

std::string contact_problem(const ContactPoint& contact) {
  const Notifier* notifier = find_notifier(contact.type);
  return notifier == nullptr ? "unknown type '" + printable(contact.type) + "'" : notifier->problem(contact);
}

}  // namespace tocsin
