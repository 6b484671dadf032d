#include <algorithm>
#include <map>

#include "engine/base/text.h"
#include "engine/delivery/address_policy.h"
#include "engine/delivery/base64.h"
#include "engine/delivery/mailbox.h"
#include "engine/delivery/template_text.h"
#include "rules/contact_point_parts.h"
#include "rules/rule_sections.h"

namespace tocsin {
namespace {

std::string in_quotes(std::string_view key) {
  return "'" + std::string(key) + "'";
}

bool begins_with_one_of(const std::string& text, const std::vector<std::string_view>& beginnings) {
  const std::string lower = to_lower(text);
  return std::ranges::any_of(
      beginnings, [&](std::string_view begin) { return lower.starts_with(begin) && lower.size() > begin.size(); });
}

bool is_address(const std::string& url, const std::vector<std::string_view>& schemes) {
  return begins_with_one_of(url, schemes) && is_one_line(url) && url.find_first_of(" \t") == std::string::npos;
}

std::string scheme_names(const std::vector<std::string_view>& schemes) {
  std::string names;
  for (auto scheme = schemes.rbegin(); scheme != schemes.rend(); ++scheme) {
    if (!names.empty()) names += " or ";
    names += scheme->substr(0, scheme->find(':'));
  }
  return names;
}

void read_url(MapReader& reader, const ContactPointType& type, ContactPoint& point) {
  if (type.url == UrlUse::kNone) return;
  point.url = type.default_url;
  const YamlNode* node = type.url == UrlUse::kRequired ? reader.require("url") : reader.find("url");
  if (node == nullptr) return;
  point.url.clear();  // empty: notifications are shown and not sent
  const std::optional<std::string> url = read_secret(reader.file(), *node, "'url'");
  if (!url || url->empty()) return;
  if (!is_address(*url, type.schemes)) {
    reader.file().error(*node, "'url' must be an " + scheme_names(type.schemes) + " address",
                        "such as " + std::string(type.example_url));
    return;
  }
  point.url = *url;
}

std::string read_mailboxes(RuleFile& file, const YamlNode& node, const ContactSetting& setting) {
  std::vector<const YamlNode*> list{&node};
  if (setting.kind == SettingKind::kMailboxes) list = read_list(file, node, in_quotes(setting.name));
  std::string lines;
  for (const YamlNode* item : list) {
    const std::optional<std::string> text = read_text(file, *item, in_quotes(setting.name));
    if (!text) continue;
    if (!parse_mailbox(*text)) {
      file.error(*item, shown(*item) + " is no address of mail", "such as oncall@example.com");
      continue;
    }
    lines += (lines.empty() ? "" : "\n") + *text;
  }
  return lines;
}

// The value as ContactPoint::settings keeps it; empty where it has been reported.
std::string read_setting(RuleFile& file, const YamlNode& node, const ContactSetting& setting) {
  const std::string what = in_quotes(setting.name);
  switch (setting.kind) {
    case SettingKind::kMailbox:
    case SettingKind::kMailboxes:
      return read_mailboxes(file, node, setting);
    case SettingKind::kPeriod: {
      const std::optional<Period> period = read_period(file, node, what);
      if (period && *period < Period::seconds(1)) file.error(node, what + " must be at least 1s");
      return period ? std::to_string(period->ms) : std::string();
    }
    case SettingKind::kText:
    case SettingKind::kUrl:
    case SettingKind::kPath:
      break;
  }
  const std::optional<std::string> text = setting.secret ? read_secret(file, node, what) : read_text(file, node, what);
  if (!text || text->empty()) return {};
  if (!is_one_line(*text)) {
    file.error(node, what + " holds a control character");
  } else if (setting.kind == SettingKind::kUrl && !is_address(*text, {"https://", "http://"})) {
    file.error(node, what + " must be an http or https address");
  }
  return setting.kind == SettingKind::kPath ? path_beside(file.name(), *text) : *text;
}

void read_settings(MapReader& reader, const ContactPointType& type, ContactPoint& point) {
  for (const ContactSetting& setting : type.settings) {
    const YamlNode* node = setting.required ? reader.require(setting.name) : reader.find(setting.name);
    if (node == nullptr) continue;
    std::string value = read_setting(reader.file(), *node, setting);
    if (!value.empty()) point.settings.insert_or_assign(std::string(setting.name), Secret(std::move(value)));
  }
  if (type.name == "file") point.url = "file:" + point.setting("path");
  if (type.name == "stdout") point.url = "stdout:";
}

void read_limited(MapReader& reader, std::string_view key, Period shortest, Period longest, Period& value) {
  const std::optional<Period> period = reader.period(key);
  if (!period) return;
  if (*period < shortest || *period > longest) {
    reader.file().error(*reader.find(key),
                        in_quotes(key) + " must be from " + to_text(shortest) + " to " + to_text(longest));
  } else {
    value = *period;
  }
}

void read_delivery(MapReader& reader, ContactPoint& point) {
  read_limited(reader, "timeout", Period::seconds(1), Period::minutes(5), point.timeout);
  read_limited(reader, "connect_timeout", Period::seconds(1), Period::minutes(5), point.connect_timeout);
  read_limited(reader, "max_age", Period::minutes(1), Period::days(30), point.max_age);
  point.fast_attempts = reader.whole_number("fast_attempts", 1, 100).value_or(point.fast_attempts);
  point.concurrency = reader.whole_number("concurrency", 1, 100).value_or(point.concurrency);
  if (const std::optional<double> rate = reader.number("rate")) {
    constexpr double kSlowest = 0.001, kFastest = 10'000;
    if (*rate < kSlowest || *rate > kFastest) {
      reader.file().error(*reader.find("rate"), "'rate' must be from 0.001 to 10000 deliveries a second");
    }
    point.rate = *rate;
  }
  if (const YamlEntry* old = reader.node().find_entry("max_attempts")) {
    reader.find("max_attempts");
    reader.file().error(*old, "unknown key 'max_attempts' in " + reader.what(),
                        "'fast_attempts' says how many attempts are made soon, 'max_age' when the last is made");
  }
}

void read_path(MapReader& reader, std::string_view key, std::string& value) {
  const std::optional<std::string> path = reader.text(key);
  if (!path || path->empty()) return;
  RuleFile& file = reader.file();
  value = path_beside(file.name(), *path);
  if (!file.environment().read_file(value)) file.error(*reader.find(key), "cannot read " + shown(*path));
}

void read_pin(MapReader& reader, ContactPoint& point) {
  const std::optional<std::string> text = reader.text("pin_sha256");
  if (!text || text->empty()) return;
  constexpr std::size_t kSha256 = 32;
  const std::optional<std::string> bytes = decode_base64(*text);
  if (!bytes || bytes->size() != kSha256) {
    reader.file().error(*reader.find("pin_sha256"), "'pin_sha256' must be the base64 of a SHA-256",
                        "of the server's public key");
    return;
  }
  point.pin_sha256 = encode_base64(*bytes);
}

void read_connection(MapReader& reader, ContactPoint& point) {
  RuleFile& file = reader.file();
  if (const YamlNode* node = reader.find("allow_cidrs")) {
    for (const YamlNode* item : read_list(file, *node, "'allow_cidrs'")) {
      const std::optional<std::string> text = read_text(file, *item, "an address range");
      if (!text) continue;
      if (!parse_cidr(*text)) {
        file.error(*item, shown(*item) + " is no range of addresses", "such as 10.1.0.0/16, 127.0.0.1, fd00::/8");
      }
      point.allow_cidrs.push_back(*text);
    }
  }
  if (const std::optional<std::string> proxy = reader.text("proxy"); proxy && !proxy->empty()) {
    if (!is_address(*proxy, {"https://", "http://", "socks5://", "socks5h://"})) {
      file.error(*reader.find("proxy"), "'proxy' must be an http, https, socks5 or socks5h address",
                 "such as http://proxy.example.com:3128");
    }
    point.proxy = *proxy;
  }
  read_path(reader, "ca_file", point.ca_file);
  read_path(reader, "client_cert", point.client_cert);
  read_path(reader, "client_key", point.client_key);
  if (!point.client_key.empty() && !reader.has("client_cert")) {
    file.error(*reader.find("client_key"), "'client_key' needs 'client_cert'");
  }
  read_pin(reader, point);
}

void read_grouping(MapReader& reader, ContactPoint& point) {
  RuleFile& file = reader.file();
  GroupingPolicy& grouping = point.grouping;
  if (const YamlNode* node = reader.find("group_by")) {
    for (const YamlNode* item : read_list(file, *node, "'group_by'")) {
      const std::optional<std::string> label = read_text(file, *item, "a label");
      if (!label) continue;
      if (!is_template_name(*label))
        file.error(*item, shown(*item) + " is no label", "such as service, alarm, severity");
      grouping.group_by.push_back(*label);
    }
  }
  read_limited(reader, "group_wait", {}, Period::days(1), grouping.wait);
  read_limited(reader, "group_interval", Period::seconds(1), Period::days(7), grouping.interval);
  Period repeat{};
  read_limited(reader, "repeat_interval", Period::minutes(1), Period::days(30), repeat);
  if (repeat > Period{}) grouping.repeat_interval = repeat;
  for (const std::string_view key : {"group_wait", "group_interval", "repeat_interval"}) {
    if (!reader.has(key) || reader.has("group_by")) continue;
    file.error(*reader.find(key), in_quotes(key) + " needs 'group_by'",
               "group_by: [alarm] makes a group of each alarm");
  }
  if (const YamlNode* node = reader.find("flap")) {
    MapReader flap(file, *node, "'flap'");
    if (!flap.valid()) return;
    flap.require("transitions");
    point.flap.transitions = flap.whole_number("transitions", 2, 1000).value_or(0);
    read_limited(flap, "within", Period::seconds(1), Period::days(7), point.flap.within);
    flap.finish();
  }
}

// A key that other types have is no slip of the fingers: it is told as what it is.
void refuse_keys_of_other_types(MapReader& reader, const ContactPointType& type) {
  std::vector<std::string_view> known = {"headers", "proxy", "secret", "secrets", "signature", "payload", "url"};
  if (type.url == UrlUse::kNone) {
    known.insert(known.end(), {"allow_cidrs", "ca_file", "client_cert", "client_key", "pin_sha256", "connect_timeout"});
  }
  for (const ContactPointType& other : contact_point_types()) {
    for (const ContactSetting& setting : other.settings) known.push_back(setting.name);
  }
  const auto is_its_own = [&](std::string_view key) {
    if (key == "url") return type.url != UrlUse::kNone;
    if (key == "headers" || key == "proxy") return type.sends_http;
    if (key == "secret" || key == "secrets" || key == "signature") return type.is_signed;
    if (key == "payload") return type.payload != TemplateUse::kNone;
    return std::ranges::find(type.settings, key, &ContactSetting::name) != type.settings.end();
  };
  for (const YamlEntry& entry : reader.node().entries) {
    if (std::ranges::find(known, entry.key) == known.end() || is_its_own(entry.key)) continue;
    reader.find(entry.key);
    reader.file().error(entry, "a contact point of type " + in_quotes(type.name) + " has no " + in_quotes(entry.key));
  }
}

void read_contact_point(RuleFile& file, const YamlEntry& entry, std::vector<ContactPoint>& points) {
  MapReader reader(file, entry.value, "contact point " + shown(entry.key));
  if (!reader.valid()) return;
  ContactPoint point;
  point.name = entry.key;
  const std::optional<std::string> name = reader.required_text("type");
  const ContactPointType* type = name ? find_contact_point_type(*name) : find_contact_point_type("webhook");
  if (type == nullptr) {
    const YamlNode& node = *reader.find("type");
    file.error(node, "unknown type of contact point " + shown(node), suggestion(*name, contact_point_type_names()));
    return;  // another type's keys would all be reported as unknown
  }
  point.type = type->name;
  read_url(reader, *type, point);
  read_settings(reader, *type, point);
  if (type->is_signed) read_signing(reader, point);
  if (type->sends_http) read_headers(reader, point);
  if (type->payload != TemplateUse::kNone) read_payload_template(reader, point);
  refuse_keys_of_other_types(reader, *type);
  read_delivery(reader, point);
  if (type->url != UrlUse::kNone) read_connection(reader, point);
  read_grouping(reader, point);
  point.fallback = reader.text("fallback").value_or("");
  reader.finish();
  points.push_back(std::move(point));
}

// Where a contact point stands, to tell what is wrong between it and others.
struct Declared {
  RuleFile* file = nullptr;
  const YamlEntry* entry = nullptr;
};

void check_fallbacks(const std::vector<ContactPoint>& points, const std::map<std::string, Declared>& declared) {
  std::vector<std::string_view> names;
  for (const auto& one : declared) names.push_back(one.first);
  std::map<std::string_view, std::string_view> next;
  for (const ContactPoint& point : points) next.emplace(point.name, point.fallback);
  for (const ContactPoint& point : points) {
    if (point.fallback.empty()) continue;
    const Declared& place = declared.at(point.name);
    const YamlNode& node = *place.entry->value.find("fallback");
    if (!declared.contains(point.fallback)) {
      place.file->error(node, "there is no contact point " + shown(node), suggestion(point.fallback, names));
      continue;
    }
    // A cycle would hand the news of a failure around for ever.
    std::string_view at = point.fallback;
    for (std::size_t steps = 0; !at.empty() && at != point.name && steps <= points.size(); ++steps) at = next[at];
    if (at == point.name) place.file->error(node, "the fallbacks go in a circle: " + shown(point.name) + " is its own");
  }
}

}  // namespace

DeclaredNames read_contact_points_section(const Sections& sections, std::vector<ContactPoint>& contact_points) {
  DeclaredNames names;
  std::map<std::string, Declared> declared;
  for (const Section& section : sections) {
    if (section.node().kind == YamlNode::Kind::kNull) continue;
    MapReader reader(*section.file, section.node(), "'contact_points'");
    for (const YamlEntry& entry : section.node().entries) {
      if (!names.insert(entry.key).second) {
        section.file->error(entry, "there are two contact points named " + shown(entry.key));
        continue;
      }
      declared.emplace(entry.key, Declared{section.file, &entry});
      read_contact_point(*section.file, entry, contact_points);
    }
  }
  check_fallbacks(contact_points, declared);
  return names;
}

}  // namespace tocsin
