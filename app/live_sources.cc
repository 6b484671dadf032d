#include "app/live_sources.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace tocsin {

struct LiveSources::Running {
  SourceDefinition definition;
  std::unique_ptr<LiveSource> source;
  std::atomic<bool> ended = false;
  std::jthread thread;
};

LiveSources::LiveSources(LiveIngest& ingest) : ingest_(ingest) {}

LiveSources::~LiveSources() {
  ingest_.stop();
  request_stop();
}

void LiveSources::start(const SourceDefinition& definition, std::vector<StreamCheckpoint> checkpoints) {
  auto running = std::make_unique<Running>();
  running->definition = definition;
  running->source = make_live_source(definition, {.checkpoints = std::move(checkpoints)});
  running->thread = std::jthread([this, one = running.get()] {
    one->source->run(ingest_);
    one->ended = true;
    ingest_.wake();
  });
  running_.push_back(std::move(running));
}

void LiveSources::stop(const std::string& name) {
  ingest_.refuse(name);
  std::erase_if(running_, [&](const auto& one) {
    if (one->definition.name != name) return false;
    one->source->stop();
    one->thread.join();
    return true;
  });
}

void LiveSources::request_stop() {
  for (const auto& one : running_) one->source->stop();
}

bool LiveSources::all_ended() const {
  return !running_.empty() && std::ranges::all_of(running_, [](const auto& one) { return one->ended.load(); });
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
  std::map<std::string, SourceStatus> all;
  for (const auto& one : running_) all.emplace(one->definition.name, one->source->status());
  return all;
}

}  // namespace tocsin
