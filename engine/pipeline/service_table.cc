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

// The oldest minute that is shown at `now`.
EventTime first_minute(EventTime now) {
  return floor_to(now, Period::minutes(1)) - Period::minutes(ServiceTable::kMinutes - 1);
}

}  // namespace

ServiceTable::Service& ServiceTable::add(std::string_view name) {
  if (services_.size() >= kMaxServices && name != kOverflow) {
    ++overflowed_;
    return find(kOverflow);
  }
  const std::uint32_t id = names_.add(name);
  services_.push_back(std::make_unique<Service>());
  Service& service = *services_.back();
  service.id = id;
  service.name = name;
  service.log_group = prefix_ + "/" + service.name;
  service.minutes.resize(static_cast<std::size_t>(kMinutes));
  return service;
}

// Most events fall into the minute of the one before, and need no division.
inline ServiceActivity::Minute& ServiceTable::minute_of(Service& service, EventTime time) {
  const std::uint64_t into = static_cast<std::uint64_t>(time.ms) - static_cast<std::uint64_t>(minute_start_.ms);
  if (into >= 60'000) {
    minute_start_ = floor_to(time, Period::minutes(1));
    minute_slot_ = slot_of(minute_start_);
  }
  return service.minutes[minute_slot_];
}

void ServiceTable::count(Service& service, const LogEvent& event) {
  if (!service.speaks) ++speaking_;
  service.speaks = true;
  ServiceActivity::Minute& minute = minute_of(service, event.time);
  if (minute.start != minute_start_) {
    if (minute.start > minute_start_) return;  // its minute has gone already
    minute = {.start = minute_start_};
  }
  ++minute.events;
  if (event.level >= Level::kError) ++minute.errors;
  if (event.has_latency()) {
    minute.latency_sum_ms += event.latency_ms;
    minute.latency_max_ms = std::max(minute.latency_max_ms, event.latency_ms);
    ++minute.latency_count;
  }
  if (event.upstream.empty()) return;
  const Service& caller = find(event.upstream);
  if (caller.id == service.id && event.upstream == event.service) return;
  calls_.add(caller.id, service.id);
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
  for (const CallCounts::Call& call : calls_.all()) {
    result.push_back({services_[call.caller]->name, services_[call.callee]->name, call.count});
  }
  std::ranges::sort(result, [](const ServiceCall& a, const ServiceCall& b) {
    return std::tie(a.caller, a.callee) < std::tie(b.caller, b.callee);
  });
  return result;
}

void ServiceTable::save(StateWriter& out, EventTime now) const {
  const EventTime first = first_minute(now);
  out.number(overflowed_);
  out.count(services_.size());
  for (const auto& service : services_) {
    out.text(service->name);
    out.flag(service->speaks);
    if (!service->speaks) continue;
    const auto is_wanted = [&](const ServiceActivity::Minute& minute) {
      return minute.events > 0 && minute.start >= first;
    };
    out.count(static_cast<std::size_t>(std::ranges::count_if(service->minutes, is_wanted)));
    for (const ServiceActivity::Minute& minute : service->minutes) {
      if (!is_wanted(minute)) continue;
      out.number(static_cast<std::uint64_t>((minute.start - first).ms / 60'000));
      out.number(minute.events);
      out.number(minute.errors);
      out.number(minute.latency_count);
      out.measure(minute.latency_sum_ms);
      out.measure(minute.latency_max_ms);
    }
  }
  calls_.save(out);
}

void ServiceTable::restore(StateReader& in, EventTime now) {
  const EventTime first = first_minute(now);
  overflowed_ = in.number();
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    const std::string_view name = in.text();
    const bool is_one_too_many = services_.size() >= kMaxServices && name != kOverflow;
    if (is_one_too_many || name.size() > kMaxStoredName || names_.find(name) != TextIndex::kNone) return in.fail();
    Service& service = add(name);
    service.speaks = in.flag();
    if (!service.speaks) continue;
    ++speaking_;
    for (std::size_t minutes = in.count(); minutes > 0 && in.ok(); --minutes) {
      const EventTime start = first + Period::minutes(static_cast<std::int64_t>(in.number_below(kMinutes)));
      ServiceActivity::Minute& minute = service.minutes[slot_of(start)];
      if (minute.events > 0) in.fail();  // it is there twice
      minute.start = start;
      minute.events = in.number();
      minute.errors = in.number();
      minute.latency_count = in.number();
      minute.latency_sum_ms = in.measure();
      minute.latency_max_ms = in.measure();
    }
  }
  calls_.restore(in, services_.size());
}

}  // namespace tocsin
