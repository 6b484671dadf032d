#include "notifiers/payload_json.h"

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "notifiers/fitted_text.h"

namespace tocsin {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMaxDepth = 100;

bool is_too_deep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

// Every text longer than `longest` is cut, every list keeps its first `items`.
void shorten(Json& json, std::size_t longest, std::size_t items) {
  if (json.is_string()) {
    const auto& text = json.get_ref<const std::string&>();
    if (text.size() > longest) json = fitted(text, longest, TextUnit::kBytes);
  } else if (json.is_array()) {
    if (json.size() > items) json.erase(json.begin() + static_cast<std::ptrdiff_t>(items), json.end());
    for (Json& item : json) shorten(item, longest, items);
  } else if (json.is_object()) {
    for (auto& [name, value] : json.items()) shorten(value, longest, items);
  }
}

}  // namespace

Json parse_payload(std::string_view text) {
  if (is_too_deep(text)) return nullptr;
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return nullptr;
  return json;
}

std::string payload_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

const Json& member(const Json& json, std::string_view path) {
  static const Json kNull;
  const Json* at = &json;
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    if (!at->is_object()) return kNull;
    const auto found = at->find(std::string(path.substr(0, dot)));
    if (found == at->end()) return kNull;
    at = &*found;
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return *at;
}

std::string member_text(const Json& json, std::string_view path) {
  const Json& value = member(json, path);
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return number_text(value.get<double>());
  if (value.is_number() || value.is_boolean()) return payload_text(value);
  return {};
}

std::string shortened_payload(const std::string& payload, std::size_t limit) {
  if (payload.size() <= limit) return payload;
  Json json = parse_payload(payload);
  if (json.is_object() && member(json, "data").is_object()) {
    json["data"]["truncated"] = true;
    // What is evidence is the longest, and the first that a reader can do without.
    for (const std::size_t items : {20, 5, 1, 0}) {
      for (const char* part : {"evidence", "queries"}) {
        if (json["data"].contains(part)) shorten(json["data"][part], 1000, items);
      }
      if (std::string text = payload_text(json); text.size() <= limit) return text;
    }
    for (const std::size_t longest : {16'384, 4096, 1024, 256, 64}) {
      shorten(json, longest, longest);
      if (std::string text = payload_text(json); text.size() <= limit) return text;
    }
  }
  const auto short_text = [&](std::string_view path) { return fitted(member_text(json, path), 64, TextUnit::kBytes); };
  const Json rest = {
      {"type", short_text("type")}, {"timestamp", short_text("timestamp")}, {"data", {{"truncated", true}}}};
  return payload_text(rest);
}

}  // namespace tocsin
