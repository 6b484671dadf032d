#include "engine/workflow/history.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/base/text.h"

namespace tocsin {
namespace {

void leave_out_payloads(Json& details) {
  for (const char* field : {"input", "output", "parameters"}) {
    if (details.erase(field) > 0) details[std::string(field) + "Details"] = {{"truncated", true}};
  }
}

// `in_request`: the members are those of a request's parameters, where an address stands.
void mask(Json& json, bool in_request, AddressShown shown) {
  if (json.is_array()) {
    for (Json& item : json) mask(item, false, shown);
  }
  if (!json.is_object()) return;
  for (const auto& [name, value] : json.items()) {
    if (in_request && name == "url" && value.is_string()) value = shown(value.get_ref<const std::string&>());
    if (to_lower(name) == "headers" && value.is_object()) {
      for (const auto& [header, text] : value.items()) {
        if (is_credential(header)) text = "***";
      }
    }
    mask(value, name == "parameters", shown);
  }
}

}  // namespace

bool is_credential(std::string_view header) {
  const std::string lower = to_lower(header);
  if (lower == "authorization" || lower == "proxy-authorization" || lower == "cookie") return true;
  return std::ranges::any_of(std::array{"token", "secret", "api-key", "apikey", "password"},
                             [&](const char* word) { return lower.find(word) != std::string::npos; });
}

std::string without_credentials(const std::string& details, AddressShown shown) {
  if (details.find("eaders") == std::string::npos && details.find("\"parameters\"") == std::string::npos)
    return details;
  Json json = Json::parse(details, nullptr, false);
  if (json.is_discarded()) return details;
  mask(json, false, shown);
  return json_text(json);
}

std::uint64_t History::add(Entry entry) {
  std::string text;
  if (entry.details != nullptr && !entry.details->empty()) {
    if (!leaves_out_) text = json_text(*entry.details);
    leaves_out_ = leaves_out_ || bytes_ + text.size() > kMaxHistoryBytes;
    if (leaves_out_) {
      leave_out_payloads(*entry.details);
      text = json_text(*entry.details);
    }
  }
  bytes_ += text.size();
  const std::uint64_t id = events_.size() + 1;
  events_.push_back({.id = id,
                     .previous = entry.previous,
                     .at = entry.at,
                     .type = std::move(entry.type),
                     .details = std::move(text)});
  return id;
}

}  // namespace tocsin
