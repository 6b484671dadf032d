// Where notifications go, and how, as its user writes it. Secrets are wrapped so that printing one prints "***".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.h"

namespace tocsin {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  const std::string& reveal() const { return value_; }  // for signing and sending, never for printing
  bool empty() const { return value_.empty(); }
  bool operator==(const Secret&) const = default;

 private:
  std::string value_;
};

// One of the keys that a webhook is signed with. All that have not expired sign, the newest first.
struct SigningSecret {
  Secret value;                    // whsec_…
  std::optional<EventTime> until;  // wall time at which it expires
};

enum class SignatureStyle {
  kStandard,  // webhook-signature
  kGithub,    // X-Hub-Signature-256, by the newest secret alone
  kStripe,    // Stripe-Signature
};
std::string_view to_text(SignatureStyle style);  // "standard", …
std::optional<SignatureStyle> parse_signature_style(std::string_view text);

// Which notifications of alarms are sent together, and how often. Times are event time.
struct GroupingPolicy {
  std::vector<std::string> group_by;      // labels; empty: no grouping, each is sent at once
  Period wait = Period::seconds(30);      // from a group's first change to its first notification
  Period interval = Period::minutes(5);   // between further notifications of a group that changed
  std::optional<Period> repeat_interval;  // a group that still fires is told again after this
};

// An alarm that changes too often is held back until it has calmed down.
struct FlapPolicy {
  int transitions = 0;  // so many within `within` make it flapping; 0: never
  Period within = Period::minutes(10);
};

struct ContactPoint {
  std::string name;
  std::string type = "webhook";
  std::string url;  // empty: what it would get is shown, and goes nowhere. Often a secret: show redacted_url()
  // What its type has of its own (contact_point_types.h): routing_key, to, … Lists are lines, periods milliseconds.
  std::map<std::string, Secret> settings;
  std::string payload_template;  // JSON text of the tree; empty: the type's own payload

  std::vector<SigningSecret> secrets;  // newest first; empty: unsigned
  SignatureStyle signature = SignatureStyle::kStandard;
  std::map<std::string, Secret> headers;  // added to each request

  Period connect_timeout = Period::seconds(5);
  Period timeout = Period::seconds(15);
  int fast_attempts = 6;               // with waits of seconds, then of minutes to hours
  Period max_age = Period::hours(72);  // then a dead letter
  int concurrency = 4;                 // deliveries under way at a time
  double rate = 0;                     // deliveries a second; 0: no limit
  std::string fallback;                // the contact point that hears of this one's dead letters; may be empty

  std::vector<std::string> allow_cidrs;  // address ranges that are not public but may be reached
  std::string proxy;                     // empty: none, whatever the environment says
  std::string ca_file, client_cert, client_key, pin_sha256;

  GroupingPolicy grouping;
  FlapPolicy flap;

  // The setting's value; empty where it is not given.
  const std::string& setting(const std::string& setting_name) const;
};

// An address without what may be a secret in it: "https://hooks.slack.com/…". Users and passwords, paths of more than
// one letter, and parameters are left out; file: and stdout: are shown whole.
std::string redacted_url(std::string_view url);

}  // namespace tocsin
