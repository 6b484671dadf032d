#include <algorithm>

#include "engine/base/text.h"
#include "engine/delivery/webhook_secret.h"
#include "engine/event/timestamp.h"
#include "rules/contact_point_parts.h"

namespace tocsin {
namespace {

constexpr std::size_t kMostValidSecrets = 3;
constexpr std::size_t kShortSecret = 24;

bool is_header_name(std::string_view name) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  for (const char c : name) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!word && kOthers.find(c) == std::string_view::npos) return false;
  }
  return !name.empty();
}

bool is_set_by_tocsin(std::string_view lower) {
  return lower.starts_with("webhook-") || lower == "content-type" || lower == "content-length" || lower == "host" ||
         lower == "transfer-encoding" || lower == "x-hub-signature-256" || lower == "stripe-signature";
}

// Where a secret is to be found; the keys are those of `reader`'s mapping.
std::optional<std::string> read_place(MapReader& reader, const std::string& what) {
  RuleFile& file = reader.file();
  const std::optional<std::string> variable = reader.text("env");
  const std::optional<std::string> path = reader.text("file");
  if (variable) {
    std::optional<std::string> value = file.environment().variable(*variable);
    if (!value) file.warning(*reader.find("env"), "the variable " + *variable + " is not set: " + what + " is empty");
    return value;
  }
  if (!path) return std::nullopt;
  std::optional<std::string> value = file.environment().read_file(path_beside(file.name(), *path));
  if (!value) {
    file.error(*reader.find("file"), "cannot read " + shown(*path));
    return std::nullopt;
  }
  while (value->ends_with('\n') || value->ends_with('\r')) value->pop_back();
  return value;
}

// 2026-12-01, 2026-12-01T00:00Z, or with seconds; without a zone UTC.
std::optional<EventTime> parse_until(const std::string& text) {
  constexpr std::size_t kDate = 10, kMinutes = 16;
  if (text.size() == kDate) return parse_timestamp(text + "T00:00:00Z", {});
  if (text.size() >= kMinutes && (text.size() == kMinutes || text[kMinutes] != ':')) {
    return parse_timestamp(text.substr(0, kMinutes) + ":00" + text.substr(kMinutes), {});
  }
  return parse_timestamp(text, {});
}

void check_key(RuleFile& file, const YamlNode& node, const ContactPoint& point, const std::string& value) {
  if (value.empty()) return;
  if (point.signature == SignatureStyle::kStandard) {
    const std::string fault = check_webhook_secret(value);
    if (!fault.empty()) file.error(node, "'secret': " + fault);
  } else if (value.size() < kShortSecret) {
    file.warning(node, "a secret shorter than 24 bytes can be guessed");
  }
}

// One of `secrets`.
void read_one_of_secrets(RuleFile& file, const YamlNode& node, ContactPoint& point) {
  SigningSecret secret;
  if (node.kind != YamlNode::Kind::kMap) {
    const std::string value = read_text(file, node, "a secret").value_or("");
    check_key(file, node, point, value);
    secret.value = Secret(value);
    point.secrets.push_back(std::move(secret));
    return;
  }
  MapReader reader(file, node, "a secret");
  const int places = int{reader.has("value")} + int{reader.has("env")} + int{reader.has("file")};
  if (places != 1) file.error(node, "a secret has one of 'value', 'env' and 'file'");
  std::string value = reader.text("value").value_or("");
  if (places == 1 && !reader.has("value")) value = read_place(reader, "a secret").value_or("");
  check_key(file, node, point, value);
  secret.value = Secret(value);
  if (const std::optional<std::string> until = reader.text("until")) {
    secret.until = parse_until(*until);
    if (!secret.until) {
      file.error(*reader.find("until"), "'until' must be a time", "such as 2026-12-01 or 2026-12-01T08:00Z");
    }
  }
  reader.finish();
  point.secrets.push_back(std::move(secret));
}

void read_secrets(MapReader& reader, const YamlNode& node, ContactPoint& point) {
  RuleFile& file = reader.file();
  const std::vector<const YamlNode*> list = read_list(file, node, "'secrets'");
  for (const YamlNode* item : list) read_one_of_secrets(file, *item, point);
  std::size_t valid = 0, given = 0;
  for (std::size_t i = 0; i < point.secrets.size(); ++i) {
    const SigningSecret& secret = point.secrets[i];
    const bool expired = secret.until && file.environment().now && *secret.until <= file.environment().now();
    if (expired) file.warning(*list[i], "this secret has expired and signs no more");
    valid += expired ? 0 : 1;
    given += secret.value.empty() ? 0 : 1;
  }
  if (valid > kMostValidSecrets) file.error(node, "at most 3 secrets may be valid at a time");
  if (valid == 0 && given > 0) file.warning(node, "all secrets have expired: what is sent is not signed");
  std::erase_if(point.secrets, [](const SigningSecret& secret) { return secret.value.empty(); });
}

}  // namespace

bool is_one_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

std::optional<std::string> read_secret(RuleFile& file, const YamlNode& node, const std::string& what) {
  if (node.kind == YamlNode::Kind::kNull) return std::string();
  if (node.kind != YamlNode::Kind::kMap) return read_text(file, node, what);
  MapReader reader(file, node, what);
  const bool variable = reader.has("env"), path = reader.has("file");
  if (variable == path) {
    file.error(node,
               variable ? what + " has both 'env' and 'file'" : what + " must be text, {env: NAME} or {file: path}");
    reader.finish();
    return std::nullopt;
  }
  reader.finish();
  return read_place(reader, what);
}

void read_signing(MapReader& reader, ContactPoint& point) {
  RuleFile& file = reader.file();
  if (const std::optional<std::string> style = reader.text("signature")) {
    if (const std::optional<SignatureStyle> known = parse_signature_style(*style)) {
      point.signature = *known;
    } else {
      const YamlNode& node = *reader.find("signature");
      file.error(node, "'signature' can't be " + shown(node), suggestion(*style, {"standard", "github", "stripe"}));
    }
  }
  const YamlNode* one = reader.find("secret");
  const YamlNode* several = reader.find("secrets");
  if (one != nullptr && several != nullptr) {
    file.error(*several, "there are both 'secret' and 'secrets'", "the newest of 'secrets' comes first");
  } else if (several != nullptr) {
    read_secrets(reader, *several, point);
  } else if (one != nullptr) {
    const std::string value = read_secret(file, *one, "'secret'").value_or("");
    check_key(file, *one, point, value);
    if (!value.empty()) point.secrets.push_back({.value = Secret(value), .until = std::nullopt});
  }
}

void read_headers(MapReader& point_reader, ContactPoint& point) {
  const YamlNode* node = point_reader.find("headers");
  if (node == nullptr) return;
  RuleFile& file = point_reader.file();
  MapReader reader(file, *node, "'headers'");
  for (const YamlEntry& entry : node->entries) {
    if (!is_header_name(entry.key)) {
      file.error(entry, shown(entry.key) + " is no header's name");
    } else if (is_set_by_tocsin(to_lower(entry.key))) {
      file.error(entry, "the header " + shown(entry.key) + " is set by tocsin");
    }
    const std::optional<std::string> value = read_secret(file, entry.value, "the header " + shown(entry.key));
    if (value && !is_one_line(*value)) {
      file.error(entry, "the value of the header " + shown(entry.key) + " holds a control character");
    }
    if (value) point.headers.insert_or_assign(entry.key, Secret(*value));
  }
}

}  // namespace tocsin
