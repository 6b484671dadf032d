// What a live source counts while it runs. Its own thread writes, any thread reads.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "replay/live_source.h"

namespace tocsin {

struct SourceCounters {
  std::atomic<std::uint64_t> streams = 0, lag_bytes = 0, truncated_lines = 0, truncations = 0, lost_bytes = 0,
                             dropped_packets = 0, errors = 0;

  void error(std::string message) {
    ++errors;
    std::atomic_store(&last_error_, std::make_shared<const std::string>(std::move(message)));
  }

  SourceStatus status() const {
    const std::shared_ptr<const std::string> last = std::atomic_load(&last_error_);
    return {.streams = streams,
            .lag_bytes = lag_bytes,
            .truncated_lines = truncated_lines,
            .truncations = truncations,
            .lost_bytes = lost_bytes,
            .dropped_packets = dropped_packets,
            .errors = errors,
            .last_error = last ? *last : std::string()};
  }

 private:
  std::shared_ptr<const std::string> last_error_;
};

}  // namespace tocsin
