// /metrics, /healthz and /readyz of a live run.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "app/http_endpoint.h"
#include "app/live_status.h"

namespace tocsin {

class LiveEndpoint {
 public:
  // Throws std::runtime_error where it can't listen.
  LiveEndpoint(const std::string& address, std::string version);

  void publish(LiveStatus status);  // any thread
  std::uint16_t port() const { return http_.port(); }

 private:
  HttpAnswer metrics() const;
  HttpAnswer health() const;
  HttpAnswer readiness() const;

  const std::string version_;
  mutable std::mutex mutex_;  // guards what follows
  LiveStatus status_;
  Period published_;   // by the running clock
  HttpEndpoint http_;  // last: its thread reads the rest
};

}  // namespace tocsin
