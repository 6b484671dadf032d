// The event history of an execution. Details hold JSON values in place: `input`, `output` and `parameters` are values,
// where GetExecutionHistory wraps them in strings. Bounded twice: 25,000 events, as on AWS, and a total of bytes beyond
// which payloads are left out and marked {"inputDetails": {"truncated": true}}.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/workflow/execution.h"
#include "engine/workflow/json.h"

namespace tocsin {

inline constexpr std::size_t kMaxHistoryEvents = 25'000;
inline constexpr std::size_t kMaxHistoryBytes = 64UL * 1024 * 1024;

// The name of a header that carries a credential: Authorization, Cookie, X-Api-Key, …
bool is_credential(std::string_view header);
// An event's details as they may be shown: such headers are "***", and a request's address is what `shown` makes of it.
using AddressShown = std::string (*)(std::string_view url);
std::string without_credentials(const std::string& details, AddressShown shown);

class History {
 public:
  struct Entry {
    std::uint64_t previous = 0;
    EventTime at;
    std::string type;
    Json* details = nullptr;  // an object, consumed; null for none
  };

  // The new event's id.
  std::uint64_t add(Entry entry);
  // Only the event that ends the execution still fits.
  bool is_full() const { return events_.size() + 1 >= kMaxHistoryEvents; }
  const std::vector<HistoryEvent>& events() const { return events_; }

 private:
  std::vector<HistoryEvent> events_;
  std::size_t bytes_ = 0;
  bool leaves_out_ = false;  // from the first event that did not fit
};

}  // namespace tocsin
