// The services seen so far: a small number for each, its log group's name, its activity per minute, and who calls whom.
// One look-up per event. Bounded: behind the first kMaxServices all new ones share one entry, "__other__".
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/analysis/analyzer.h"
#include "engine/analysis/event_store.h"
#include "engine/base/state_bytes.h"
#include "engine/event/log_event.h"
#include "engine/pattern/text_index.h"
#include "engine/pipeline/call_counts.h"

namespace tocsin {

class ServiceTable {
 public:
  static constexpr std::size_t kMaxServices = 10'000;
  static constexpr std::size_t kMaxCalls = 50'000;
  static constexpr std::int64_t kMinutes = 60;  // of activity kept for each service

  explicit ServiceTable(std::string log_group_prefix) : prefix_(std::move(log_group_prefix)) {}

  struct Service {
    std::uint32_t id = 0;
    std::string name;
    std::string log_group;  // "<prefix>/<name>"
    bool speaks = false;
    std::vector<ServiceActivity::Minute> minutes;  // ring by minute number
  };

  // Allocates only for a service that is new. A name is cut as the event store cuts it: a line may name anything, and
  // ten thousand names of a megabyte would stay.
  Service& find(std::string_view name) {
    if (name.size() > kMaxStoredName) name = stored_text(name, kMaxStoredName);
    const std::uint32_t known = names_.find(name);
    return known != TextIndex::kNone ? *services_[known] : add(name);
  }
  // Counts the event in its service's minute, and the call it records.
  void count(Service& service, const LogEvent& event);

  // How often a name was counted as "__other__".
  std::uint64_t overflowed() const { return overflowed_; }
  std::size_t speaking() const { return speaking_; }  // services with events of their own, not only named as callers
  // By name; the minutes from `now` - kMinutes to now's own, gaps filled with empty ones.
  std::vector<ServiceActivity> activity(EventTime now) const;
  std::vector<ServiceCall> calls() const;  // by caller, callee

  // All services, and the minutes that an activity() after `now` may show.
  void save(StateWriter& out, EventTime now) const;
  void restore(StateReader& in, EventTime now);  // into a table that has seen nothing

 private:
  Service& add(std::string_view name);
  ServiceActivity::Minute& minute_of(Service& service, EventTime time);

  std::string prefix_;
  std::size_t speaking_ = 0;
  std::uint64_t overflowed_ = 0;
  TextIndex names_;  // a service's number in it is its id
  std::vector<std::unique_ptr<Service>> services_;
  CallCounts calls_{kMaxCalls};
  // The minute that the latest event fell into, and its place in the rings.
  EventTime minute_start_{std::numeric_limits<std::int64_t>::min()};
  std::size_t minute_slot_ = 0;
};

}  // namespace tocsin
