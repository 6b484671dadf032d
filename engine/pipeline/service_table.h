// The services seen so far: a small number for each, its log group's name, its activity per minute, and who calls whom.
// One look-up per event. Bounded: behind the first kMaxServices all new ones share one entry, "__other__".
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/analysis/analyzer.h"
#include "engine/event/log_event.h"

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

  // Allocates only for a service that is new.
  Service& find(std::string_view name);
  // Counts the event in its service's minute, and the call it records.
  void count(Service& service, const LogEvent& event);

  std::size_t speaking() const { return speaking_; }  // services with events of their own, not only named as callers
  // By name; the minutes from `now` - kMinutes to now's own, gaps filled with empty ones.
  std::vector<ServiceActivity> activity(EventTime now) const;
  std::vector<ServiceCall> calls() const;  // by caller, callee

 private:
  std::string prefix_;
  std::size_t speaking_ = 0;
  std::vector<std::unique_ptr<Service>> services_;
  std::unordered_map<std::string_view, Service*> by_name_;  // keys are the services' own names
  std::unordered_map<std::uint64_t, std::uint64_t> calls_;  // caller id << 32 | callee id -> calls
};

}  // namespace tocsin
