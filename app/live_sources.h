// The live sources of a run, each on a thread of its own. One that ends by an error is started again by the run, each
// time after a longer pause; here is counted how often, and what all sources of a name have counted so far.
//
// Threads: one calls this; status() of the sources is read while they run.
#pragma once

#include <chrono>
#include <functional>
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
  using Clock = std::chrono::steady_clock;
  using Make = std::function<std::unique_ptr<LiveSource>(const SourceDefinition&, LiveSourceOptions)>;

  explicit LiveSources(LiveIngest& ingest, Make make = make_live_source);
  ~LiveSources();
  LiveSources(const LiveSources&) = delete;
  LiveSources& operator=(const LiveSources&) = delete;

  // Throws SourceError where it can't work here.
  void start(const SourceDefinition& definition, std::vector<StreamCheckpoint> checkpoints);
  // Asks all to end; lines that they are pushing are still taken. all_ended() tells when.
  void request_stop();
  // All have ended by themselves, as a pipe does; or, when they were asked to, in whatever way.
  bool all_ended() const;

  // One is ended in steps: request_stop(), has_ended(), remove(). What can be read again is refused from the first step
  // on; what can't is still pushed, so that lines must be taken meanwhile, or it might wait for room for ever.
  void request_stop(const std::string& name);
  bool has_ended(const std::string& name) const;
  // True: its lines that have not been taken can be read again: commit, then have the ingest abandon it. False: its
  // streams stay with the ingest until their last line has been taken.
  bool remove(const std::string& name);

  // Those that have ended by an error since the last call; to be removed, and started again when may_start() says so.
  struct Failure {
    SourceDefinition definition;
    std::string message;
  };
  std::vector<Failure> take_failures(Clock::time_point now);
  // It could not be started, or has ended by an error after it had worked for so long. The pause until may_start().
  std::chrono::seconds note_failure(const std::string& name, Clock::time_point now, Clock::duration worked);
  bool may_start(const std::string& name, Clock::time_point now) const;
  void forget_failures() { failures_.clear(); }

  bool has(const SourceDefinition& definition) const;  // runs, with exactly these settings
  std::vector<std::string> names() const;
  std::map<std::string, SourceStatus> status() const;

 private:
  struct Running;
  struct Pause {
    int failures = 0;
    Clock::time_point until;
  };
  Running* find(const std::string& name) const;

  LiveIngest& ingest_;
  Make make_;
  std::vector<std::unique_ptr<Running>> running_;
  std::map<std::string, Pause> failures_;
  std::map<std::string, SourceStatus> past_;  // what those that are no more have counted
  bool stopping_ = false;
};

}  // namespace tocsin
