// The kinds of contact points and the settings of each: one row per kind, from which rules files are checked and the
// documentation's table is tested. What a kind does with them is notifiers/<kind>_notifier. Pure data.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "engine/delivery/contact_point.h"

namespace tocsin {

enum class SettingKind {
  kText,       // one line
  kUrl,        // http or https
  kMailbox,    // an address of mail
  kMailboxes,  // a list of them, or one; kept as lines
  kPath,       // relative to the rules file
  kPeriod,     // kept as milliseconds
};

struct ContactSetting {
  std::string_view name;
  SettingKind kind = SettingKind::kText;
  bool required = false;
  bool secret = false;  // may be {env: NAME} or {file: path}, and is shown nowhere
  std::string_view help = {};
};

enum class UrlUse {
  kRequired,   // may be empty: then notifications are shown and not sent
  kDefaulted,  // `default_url` where none is given
  kNone,       // the kind makes its own of its settings
};

// What a `payload:` of the user's own replaces.
enum class TemplateUse {
  kNone,  // the kind has no payload to replace
  kBody,  // the whole body
  kPart,  // the service's field for details; the rest is the kind's
};

struct ContactPointType {
  std::string_view name;
  std::string_view help = {};
  UrlUse url = UrlUse::kRequired;
  std::string_view default_url = {};
  std::vector<std::string_view> schemes = {};  // "https://", …
  std::string_view example_url = {};
  bool sends_http = true;  // has headers, a proxy, addresses
  bool is_signed = false;  // `secret`, `secrets` and `signature` count
  TemplateUse payload = TemplateUse::kNone;
  std::vector<ContactSetting> settings = {};
};

std::span<const ContactPointType> contact_point_types();
const ContactPointType* find_contact_point_type(std::string_view name);  // null where it is unknown
std::vector<std::string_view> contact_point_type_names();

// It has no address yet: what it would get is shown, and goes nowhere.
bool is_shown_only(const ContactPoint& contact);

}  // namespace tocsin
