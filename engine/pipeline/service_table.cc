#include "engine/pipeline/service_table.h"

#include <algorithm>
#include <tuple>

namespace tocsin {
namespace {

constexpr std::string_view kOverflow = "__other__";

std::size_t slot_of(EventTime minute) {
  const std::int64_t number = minute.ms / 60'000 % ServiceTable::kMinutes;
  return static_cast<std::size_t>(number < 0 ? number + ServiceTable::kMinutes : number);
}

}  // namespace

ServiceTable::Service& ServiceTable::find(std::string_view name) {
  const auto known = by_name_.find(name);
  if (known != by_name_.end()) return *known->second;
  if (services_.size() == kMaxServices && name != kOverflow) return find(kOverflow);
  services_.push_back(std::make_unique<Service>());
  Service& service = *services_.back();
  service.id = static_cast<std::uint32_t>(services_.size() - 1);
  service.name = name;
  service.log_group = prefix_ + "/" + service.name;
  service.minutes.resize(static_cast<std::size_t>(kMinutes));
  by_name_.emplace(service.name, &service);
  return service;
}

void ServiceTable::count(Service& service, const LogEvent& event) {
  if (!service.speaks) ++speaking_;
  service.speaks = true;
  const EventTime start = floor_to(event.time, Period::minutes(1));
  ServiceActivity::Minute& minute = service.minutes[slot_of(start)];
  if (minute.start != start) {
    if (minute.start > start) return;  // its minute has gone already
    minute = {.start = start};
  }
  ++minute.events;
  if (event.level >= Level::kError) ++minute.errors;
  if (event.has_latency()) {
    minute.latency_sum_ms += event.latency_ms;
    minute.latency_max_ms = std::max(minute.latency_max_ms, event.latency_ms);
    ++minute.latency_count;
  }
  if (event.upstream.empty() || event.upstream == service.name) return;
  const std::uint64_t call = std::uint64_t{find(event.upstream).id} << 32 | service.id;
  const auto known = calls_.find(call);
  if (known != calls_.end()) {
    ++known->second;
  } else if (calls_.size() < kMaxCalls) {
    calls_.emplace(call, 1);
  }
}

std::vector<ServiceActivity> ServiceTable::activity(EventTime now) const {
  const EventTime last = floor_to(now, Period::minutes(1));
  std::vector<ServiceActivity> result;
  for (const auto& service : services_) {
    if (!service->speaks) continue;
    ServiceActivity activity{.service = service->name};
    for (std::int64_t back = kMinutes - 1; back >= 0; --back) {
      const EventTime start = last - Period::minutes(back);
      const ServiceActivity::Minute& minute = service->minutes[slot_of(start)];
      activity.minutes.push_back(minute.start == start ? minute : ServiceActivity::Minute{.start = start});
    }
    result.push_back(std::move(activity));
  }
  std::ranges::sort(result, {}, &ServiceActivity::service);
  return result;
}

std::vector<ServiceCall> ServiceTable::calls() const {
  std::vector<ServiceCall> result;
  for (const auto& [call, count] : calls_) {
    result.push_back({services_[call >> 32]->name, services_[call & 0xffffffff]->name, count});
  }
  std::ranges::sort(result, [](const ServiceCall& a, const ServiceCall& b) {
    return std::tie(a.caller, a.callee) < std::tie(b.caller, b.callee);
  });
  return result;
}

}  // namespace tocsin
