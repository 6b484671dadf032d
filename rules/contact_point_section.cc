#include "engine/base/text.h"
#include "engine/delivery/webhook_secret.h"
#include "rules/rule_sections.h"

namespace tocsin {
namespace {

// A secret as text, {env: NAME} or {file: path}. Unset: a warning and nothing, so that rules can be checked where the
// secrets are not.
std::optional<std::string> read_secret(RuleFile& file, const YamlNode& node, const std::string& what) {
  if (node.kind == YamlNode::Kind::kNull) return std::string();
  if (node.kind != YamlNode::Kind::kMap) return read_text(file, node, what);
  MapReader reader(file, node, what);
  const std::optional<std::string> variable = reader.text("env");
  const std::optional<std::string> path = reader.text("file");
  reader.finish();
  if (variable.has_value() == path.has_value()) {
    if (!reader.has("env") && !reader.has("file")) {
      file.error(node, what + " must be text, {env: NAME} or {file: path}");
    } else if (variable) {
      file.error(node, what + " has both 'env' and 'file'");
    }
    return std::nullopt;
  }
  if (variable) {
    std::optional<std::string> value = file.environment().variable(*variable);
    if (!value) file.warning(*reader.find("env"), "the variable " + *variable + " is not set: " + what + " is empty");
    return value;
  }
  std::optional<std::string> value = file.environment().read_file(path_beside(file.name(), *path));
  if (!value) {
    file.error(*reader.find("file"), "cannot read " + shown(*path));
    return std::nullopt;
  }
  while (value->ends_with('\n') || value->ends_with('\r')) value->pop_back();
  return value;
}

bool is_header_name(std::string_view name) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  for (const char c : name) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!word && kOthers.find(c) == std::string_view::npos) return false;
  }
  return !name.empty();
}

bool is_header_value(std::string_view value) {
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) return false;
  }
  return true;
}

void read_headers(MapReader& point_reader, ContactPoint& point) {
  const YamlNode* node = point_reader.find("headers");
  if (node == nullptr) return;
  RuleFile& file = point_reader.file();
  MapReader reader(file, *node, "'headers'");
  for (const YamlEntry& entry : node->entries) {
    const std::string lower = to_lower(entry.key);
    if (!is_header_name(entry.key)) {
      file.error(entry, shown(entry.key) + " is no header's name");
    } else if (lower.starts_with("webhook-") || lower == "content-type" || lower == "content-length" ||
               lower == "host") {
      file.error(entry, "the header " + shown(entry.key) + " is set by tocsin");
    }
    const std::optional<std::string> value = read_secret(file, entry.value, "the header " + shown(entry.key));
    if (value && !is_header_value(*value)) {
      file.error(entry, "the value of the header " + shown(entry.key) + " holds a control character");
    }
    if (value) point.headers.insert_or_assign(entry.key, Secret(*value));
  }
}

void read_url(MapReader& reader, ContactPoint& point) {
  const YamlNode* node = reader.require("url");
  if (node == nullptr || node->kind == YamlNode::Kind::kNull) return;
  const std::optional<std::string> url = read_text(reader.file(), *node, "'url'");
  if (!url || url->empty()) return;  // empty: notifications are shown and not sent
  const std::string lower = to_lower(*url);
  const std::size_t host = lower.starts_with("https://") ? 8 : lower.starts_with("http://") ? 7 : std::string::npos;
  if (host == std::string::npos || host >= url->size() || url->find_first_of(" \t\r\n") != std::string::npos) {
    reader.file().error(*node, "'url' must be an http or https address", "such as https://hooks.example.com/incidents");
    return;
  }
  point.url = *url;
}

void read_contact_point(RuleFile& file, const YamlEntry& entry, std::vector<ContactPoint>& points) {
  MapReader reader(file, entry.value, "contact point " + shown(entry.key));
  if (!reader.valid()) return;
  ContactPoint point;
  point.name = entry.key;
  const std::optional<std::string> type = reader.required_text("type");
  if (type && *type != "webhook") {
    const YamlNode& node = *reader.find("type");
    file.error(node, "unknown type of contact point " + shown(node), suggestion(*type, {"webhook"}));
    return;  // another type's keys would all be reported as unknown
  }
  read_url(reader, point);
  if (const YamlNode* secret = reader.find("secret")) {
    const std::string value = read_secret(file, *secret, "'secret'").value_or("");
    const std::string fault = value.empty() ? std::string() : check_webhook_secret(value);
    if (!fault.empty()) file.error(*secret, "'secret': " + fault);
    if (!value.empty()) point.secrets.push_back({.value = Secret(value), .until = std::nullopt});
  }
  read_headers(reader, point);
  if (const std::optional<Period> timeout = reader.period("timeout")) {
    if (*timeout < Period::seconds(1) || *timeout > Period::minutes(5)) {
      file.error(*reader.find("timeout"), "'timeout' must be from 1s to 5m");
    }
    point.timeout = *timeout;
  }
  if (const std::optional<int> attempts = reader.whole_number("fast_attempts", 1, 100)) {
    point.fast_attempts = *attempts;
  }
  reader.finish();
  points.push_back(std::move(point));
}

}  // namespace

DeclaredNames read_contact_points_section(const Sections& sections, std::vector<ContactPoint>& contact_points) {
  DeclaredNames names;
  for (const Section& section : sections) {
    if (section.node().kind == YamlNode::Kind::kNull) continue;
    MapReader reader(*section.file, section.node(), "'contact_points'");
    for (const YamlEntry& entry : section.node().entries) {
      if (!names.insert(entry.key).second) {
        section.file->error(entry, "there are two contact points named " + shown(entry.key));
        continue;
      }
      read_contact_point(*section.file, entry, contact_points);
    }
  }
  return names;
}

}  // namespace tocsin
