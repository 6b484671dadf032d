#include "app/live_endpoint.h"

#include <fmt/format.h>

#include <utility>

#include "app/idle_clock.h"

namespace tocsin {
namespace {

// The engine's thread says how it is every second, also while it waits for a disk.
constexpr Period kStuckAfter = Period::seconds(60);

}  // namespace

LiveEndpoint::LiveEndpoint(const std::string& address, std::string version)
    : version_(std::move(version)),
      status_{.not_ready = "starting"},
      published_(read_clocks().running),
      http_(address, {{"/metrics", [this] { return metrics(); }},
                      {"/healthz", [this] { return health(); }},
                      {"/readyz", [this] { return readiness(); }}}) {}

void LiveEndpoint::publish(LiveStatus status) {
  const std::lock_guard lock(mutex_);
  status_ = std::move(status);
  published_ = read_clocks().running;
}

HttpAnswer LiveEndpoint::metrics() const {
  const std::lock_guard lock(mutex_);
  return {.status = 200,
          .content_type = "text/plain; version=0.0.4; charset=utf-8",
          .body = metrics_text(status_, read_clocks().wall, version_)};
}

HttpAnswer LiveEndpoint::health() const {
  const std::lock_guard lock(mutex_);
  const Period silent = read_clocks().running - published_;
  if (silent < kStuckAfter) return {.body = "ok\n"};
  return {.status = 503, .body = fmt::format("the engine has not answered for {}\n", to_text(silent))};
}

HttpAnswer LiveEndpoint::readiness() const {
  const std::lock_guard lock(mutex_);
  if (status_.not_ready.empty()) return {.body = "ready\n"};
  return {.status = 503, .body = status_.not_ready + "\n"};
}

}  // namespace tocsin
