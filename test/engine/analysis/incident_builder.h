// Small incidents for tests: services with minutes of activity, calls, alarms and stored errors. Minute 0 is 10:00; the
// analysis is at the end of the last minute.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "engine/analysis/analyzer.h"
#include "engine/analysis/memory_event_store.h"

namespace tocsin {

class IncidentBuilder {
 public:
  static constexpr EventTime kStart{1'795'514'400'000};  // 2026-11-24T10:00:00Z

  static EventTime minute(double m) { return kStart + Period{static_cast<std::int64_t>(m * 60'000)}; }

  explicit IncidentBuilder(int minutes) : minutes_(minutes) {
    input_.incident = "inc_test";
    input_.now = minute(minutes);
  }

  // So many events and errors in each minute from `from` to before `to`, at this mean latency.
  struct Rate {
    std::uint64_t events = 100;
    std::uint64_t errors = 0;
    double latency_ms = 20;
  };
  IncidentBuilder& activity(const std::string& service, int from, int to, Rate rate) {
    ServiceActivity& of_service = activity_of(service);
    for (int m = from; m < to; ++m) {
      ServiceActivity::Minute& one = of_service.minutes.at(static_cast<std::size_t>(m));
      one.events = rate.events;
      one.errors = rate.errors;
      one.latency_count = rate.events;
      one.latency_sum_ms = rate.latency_ms * static_cast<double>(rate.events);
      one.latency_max_ms = rate.latency_ms;
    }
    return *this;
  }

  struct Errors {
    std::string message;
    double from = 0, to = 0;  // minutes
    int count = 1;            // spread evenly
    Level level = Level::kError;
    std::string category = "fast_failure";
  };
  // "%" in the message becomes the error's number.
  IncidentBuilder& errors(const std::string& service, const Errors& errors) {
    activity_of(service);
    for (int i = 0; i < errors.count; ++i) {
      std::string message = errors.message;
      const std::size_t mark = message.find('%');
      if (mark != std::string::npos) message.replace(mark, 1, std::to_string(1000 + i));
      store_.append({.time = minute(errors.from + (errors.to - errors.from) * i / errors.count),
                     .category = errors.category,
                     .service = service,
                     .level = errors.level,
                     .message = message,
                     .origin = {.line = ++line_}});
    }
    return *this;
  }

  IncidentBuilder& calls(const std::string& caller, const std::string& callee) {
    input_.calls.push_back({.caller = caller, .callee = callee, .calls = 100});
    return *this;
  }

  IncidentBuilder& alarm(const std::string& service, double since, Severity severity = Severity::kCritical) {
    input_.alarms.push_back({.alarm = "errors/" + service,
                             .definition = "errors",
                             .service = service,
                             .since = minute(since),
                             .severity = severity,
                             .reach = Period::minutes(5)});
    return *this;
  }

  AnalysisInput& input() { return input_; }
  MemoryEventStore& store() { return store_; }

  Finding analyze() {
    std::ranges::sort(input_.activity, {}, &ServiceActivity::service);
    return tocsin::analyze(input_, store_);
  }

 private:
  ServiceActivity& activity_of(const std::string& service) {
    auto found = std::ranges::find(input_.activity, service, &ServiceActivity::service);
    if (found != input_.activity.end()) return *found;
    ServiceActivity fresh{.service = service};
    for (int m = 0; m < minutes_; ++m) fresh.minutes.push_back({.start = minute(m)});
    input_.activity.push_back(std::move(fresh));
    return input_.activity.back();
  }

  int minutes_;
  AnalysisInput input_;
  MemoryEventStore store_;
  std::uint64_t line_ = 0;
};

}  // namespace tocsin
