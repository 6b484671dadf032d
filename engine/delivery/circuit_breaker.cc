#include "engine/delivery/circuit_breaker.h"

#include <algorithm>

namespace tocsin {
namespace {

constexpr int kMostFailuresInARow = 5;
constexpr std::size_t kFewestCalls = 20;  // of which half may fail
constexpr std::size_t kMostCalls = 256;   // remembered; the newest ones
constexpr Period kWindow = Period::seconds(60);
constexpr Period kFirstPause = Period::seconds(30);
constexpr Period kLongestPause = Period::minutes(15);
constexpr int kSuccessesToClose = 2;

}  // namespace

std::string_view to_text(BreakerState state) {
  switch (state) {
    case BreakerState::kClosed:
      return "closed";
    case BreakerState::kOpen:
      return "open";
    case BreakerState::kHalfOpen:
      return "half_open";
  }
  return "";
}

bool CircuitBreaker::is_ready(EventTime now) const {
  switch (state_) {
    case BreakerState::kClosed:
      return true;
    case BreakerState::kOpen:
      // A clock that was set back must not keep it open for longer than it was meant to be.
      return now >= until_ || now < opened_;
    case BreakerState::kHalfOpen:
      return !probing_;
  }
  return false;
}

bool CircuitBreaker::may_call(EventTime now) {
  if (!is_ready(now)) return false;
  if (state_ == BreakerState::kClosed) return true;
  if (state_ == BreakerState::kOpen) probe_successes_ = 0;
  state_ = BreakerState::kHalfOpen;
  probing_ = true;
  return true;
}

void CircuitBreaker::success(EventTime now) {
  switch (state_) {
    case BreakerState::kClosed:
      failures_in_a_row_ = 0;
      note({.at = now, .failed = false});
      return;
    case BreakerState::kOpen:
      return;
    case BreakerState::kHalfOpen:
      probing_ = false;
      if (++probe_successes_ < kSuccessesToClose) return;
      state_ = BreakerState::kClosed;
      recent_.clear();
      failures_in_a_row_ = 0;
      openings_in_a_row_ = 0;
      return;
  }
}

void CircuitBreaker::failure(EventTime now, std::optional<Period> retry_after) {
  switch (state_) {
    case BreakerState::kClosed: {
      ++failures_in_a_row_;
      note({.at = now, .failed = true});
      const auto failed = static_cast<std::size_t>(
          std::count_if(recent_.begin(), recent_.end(), [](const Call& call) { return call.failed; }));
      const bool half = recent_.size() >= kFewestCalls && 2 * failed >= recent_.size();
      if (failures_in_a_row_ >= kMostFailuresInARow || half) open(now, retry_after);
      return;
    }
    case BreakerState::kOpen:
      return;
    case BreakerState::kHalfOpen:
      open(now, retry_after);
      return;
  }
}

std::optional<EventTime> CircuitBreaker::opens_until() const {
  if (state_ != BreakerState::kOpen) return std::nullopt;
  return until_;
}

void CircuitBreaker::note(Call call) {
  recent_.push_back(call);
  while (recent_.size() > kMostCalls || recent_.front().at + kWindow <= call.at) recent_.pop_front();
}

void CircuitBreaker::open(EventTime now, std::optional<Period> retry_after) {
  state_ = BreakerState::kOpen;
  probing_ = false;
  Period pause = kFirstPause;
  for (int i = 0; i < openings_in_a_row_ && pause < kLongestPause; ++i) pause = pause * 2;
  pause = std::max(std::min(pause, kLongestPause), retry_after.value_or(Period{}));
  ++openings_in_a_row_;
  opened_ = now;
  until_ = now + pause;
}

}  // namespace tocsin
