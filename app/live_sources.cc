#include "app/live_sources.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <utility>

#include "engine/base/ensure.h"

namespace tocsin {
namespace {

constexpr std::chrono::seconds kLongestPause{60};
constexpr int kMostDoublings = 6;

// What is counted, not what is so now.
void add_counts(const SourceStatus& from, SourceStatus& to) {
  to.truncated_lines += from.truncated_lines;
  to.truncations += from.truncations;
  to.lost_bytes += from.lost_bytes;
  to.dropped_packets += from.dropped_packets;
  to.errors += from.errors;
  to.restarts += from.restarts;
}

std::string message_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an error of no known kind";
  }
}

}  // namespace

struct LiveSources::Running {
  SourceDefinition definition;
  std::unique_ptr<LiveSource> source;
  Clock::time_point since = Clock::now();
  std::exception_ptr failure;  // not to be looked at before `ended`
  std::atomic<bool> ended = false;
  bool is_told = false;  // the failure
  std::jthread thread;
};

LiveSources::LiveSources(LiveIngest& ingest, Make make) : ingest_(ingest), make_(std::move(make)) {}

LiveSources::~LiveSources() {
  ingest_.stop();
  request_stop();
}

void LiveSources::start(const SourceDefinition& definition, std::vector<StreamCheckpoint> checkpoints) {
  // Streams of one that has ended, whose last lines have not been taken, are no business of the next one.
  std::erase_if(checkpoints, [this](const StreamCheckpoint& one) { return ingest_.has_stream(one); });
  auto running = std::make_unique<Running>();
  running->definition = definition;
  running->source = make_(definition, {.checkpoints = std::move(checkpoints)});
  running->thread = std::jthread([this, one = running.get()] {
    try {
      one->source->run(ingest_);
    } catch (...) {
      one->failure = std::current_exception();
    }
    one->ended = true;
    ingest_.wake();
  });
  running_.push_back(std::move(running));
}

LiveSources::Running* LiveSources::find(const std::string& name) const {
  const auto found = std::ranges::find_if(running_, [&](const auto& one) { return one->definition.name == name; });
  return found != running_.end() ? found->get() : nullptr;
}

void LiveSources::request_stop(const std::string& name) {
  Running* one = find(name);
  if (one == nullptr) return;
  if (can_read_again(one->definition.type)) ingest_.refuse(name);
  one->source->stop();
}

bool LiveSources::has_ended(const std::string& name) const {
  const Running* one = find(name);
  return one == nullptr || one->ended;
}

bool LiveSources::remove(const std::string& name) {
  Running* one = find(name);
  ENSURE(one != nullptr);
  one->thread.join();
  add_counts(one->source->status(), past_[name]);
  const bool again = can_read_again(one->definition.type);
  if (!again) ingest_.finish(name);
  std::erase_if(running_, [one](const auto& other) { return other.get() == one; });
  return again;
}

void LiveSources::request_stop() {
  stopping_ = true;
  for (const auto& one : running_) one->source->stop();
}

bool LiveSources::all_ended() const {
  return (stopping_ || !running_.empty()) && std::ranges::all_of(running_, [this](const auto& one) {
           return one->ended && (stopping_ || one->failure == nullptr);
         });
}

std::vector<LiveSources::Failure> LiveSources::take_failures(Clock::time_point now) {
  std::vector<Failure> failures;
  for (const auto& one : running_) {
    if (!one->ended || one->failure == nullptr || std::exchange(one->is_told, true)) continue;
    const std::string& name = one->definition.name;
    note_failure(name, now, now - one->since);
    ++past_[name].errors;
    ++past_[name].restarts;
    failures.push_back({one->definition, message_of(one->failure)});
  }
  return failures;
}

std::chrono::seconds LiveSources::note_failure(const std::string& name, Clock::time_point now, Clock::duration worked) {
  Pause& pause = failures_[name];
  if (worked >= kLongestPause) pause.failures = 0;
  const std::chrono::seconds doubled(1 << std::min(pause.failures++, kMostDoublings));
  const std::chrono::seconds length = std::min(doubled, kLongestPause);
  pause.until = now + length;
  return length;
}

bool LiveSources::may_start(const std::string& name, Clock::time_point now) const {
  const auto found = failures_.find(name);
  return found == failures_.end() || now >= found->second.until;
}

bool LiveSources::has(const SourceDefinition& definition) const {
  return std::ranges::any_of(running_, [&](const auto& one) { return one->definition == definition; });
}

std::vector<std::string> LiveSources::names() const {
  std::vector<std::string> names;
  names.reserve(running_.size());
  for (const auto& one : running_) names.push_back(one->definition.name);
  return names;
}

std::map<std::string, SourceStatus> LiveSources::status() const {
  std::map<std::string, SourceStatus> all = past_;
  for (const auto& one : running_) {
    SourceStatus now = one->source->status();
    SourceStatus& total = all[one->definition.name];
    add_counts(total, now);
    if (now.last_error.empty() && one->ended && one->failure != nullptr) now.last_error = message_of(one->failure);
    total = std::move(now);
  }
  return all;
}

}  // namespace tocsin
