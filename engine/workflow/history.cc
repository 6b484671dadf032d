#include "engine/workflow/history.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace tocsin {
namespace {

void leave_out_payloads(Json& details) {
  for (const char* field : {"input", "output", "parameters"}) {
    if (details.erase(field) > 0) details[std::string(field) + "Details"] = {{"truncated", true}};
  }
}

}  // namespace

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
