// The live sources of a run, each on a thread of its own.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "app/live_ingest.h"
#include "replay/source_registry.h"

namespace tocsin {

class LiveSources {
 public:
  explicit LiveSources(LiveIngest& ingest);
  ~LiveSources();
  LiveSources(const LiveSources&) = delete;
  LiveSources& operator=(const LiveSources&) = delete;

  // Throws SourceError where it can't work here.
  void start(const SourceDefinition& definition, std::vector<StreamCheckpoint> checkpoints);
  // Returns when its thread has ended; what it was pushing is refused. Its streams stay with the ingest.
  void stop(const std::string& name);
  // Asks all to end; lines that they are pushing are still taken. all_ended() tells when.
  void request_stop();
  // All have ended by themselves, as a pipe does.
  bool all_ended() const;
  bool has(const SourceDefinition& definition) const;  // runs, with exactly these settings
  std::vector<std::string> names() const;
  std::map<std::string, SourceStatus> status() const;

 private:
  struct Running;
  LiveIngest& ingest_;
  std::vector<std::unique_ptr<Running>> running_;
};

}  // namespace tocsin
