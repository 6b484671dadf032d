// A live run from its start to its end; see live_run.h. The thread that calls run() owns the engine and the ledger.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/delivery_thread.h"
#include "app/idle_clock.h"
#include "app/interrupt.h"
#include "app/ledger.h"
#include "app/live_endpoint.h"
#include "app/live_ingest.h"
#include "app/live_run.h"
#include "app/live_sources.h"
#include "app/live_status.h"
#include "app/live_view.h"
#include "app/service_notify.h"
#include "app/task_thread.h"
#include "engine/pipeline/engine.h"

namespace tocsin {

RetentionRules retention_of(const RuleSet& rules);

class LiveRun {
 public:
  LiveRun(const LiveOptions& options, LoadedRules loaded);
  ~LiveRun();
  LiveRun(const LiveRun&) = delete;
  LiveRun& operator=(const LiveRun&) = delete;

  // The exit code. Throws SourceError and StoreError where it can't begin.
  int run();

 private:
  using Clock = std::chrono::steady_clock;

  // live_run.cc
  void restore();
  void start();
  void choose_shown_only();
  void follow();
  void take(const LiveIngest::Item& item);
  void take_dead_letter(const DeadLetter& letter);
  void stage_effects();
  void stage(std::vector<Effect> effects);
  void note_lines();
  void look_around();
  void on_quiet();
  bool commit();
  bool wait_for_store(const StoreError& error);
  bool commit_is_due(Clock::time_point now) const;
  Clock::duration commit_gap() const;
  Clock::duration urgent_gap() const;
  Clock::time_point wake_up_at() const;
  std::string state_bytes() const;
  void shut_down();
  bool is_stopping() const { return interrupt_.requested(); }
  // live_housekeeping.cc
  void keep_house();
  void take_silences();
  void warn_of_overflow();
  void publish(std::string not_ready);
  // live_reload.cc
  void reload();
  void adopt(RuleSet changed);
  bool end_sources(const std::vector<SourceDefinition>& wanted);
  bool end_source(const std::string& name);
  void look_after_sources();
  void start_waiting_sources();

  const LiveOptions& options_;
  std::unique_ptr<RuleSet> rules_;
  Ledger ledger_;
  std::unique_ptr<Engine> engine_;
  IdleClock clock_;
  LiveView view_;
  Interrupt interrupt_;
  ServiceNotify service_;
  std::unique_ptr<LiveIngest> ingest_;
  std::unique_ptr<LiveSources> sources_;
  std::unique_ptr<DeliveryThread> delivery_;
  std::unique_ptr<TaskThreads> tasks_;
  std::unique_ptr<LiveEndpoint> endpoint_;
  LiveStatus status_;                              // what is counted here; the rest is filled in when it is published
  std::vector<SourceDefinition> waiting_sources_;  // ended by an error, or could not be started; tried again
  std::vector<Silence> silences_;                  // by command; the rules have their own
  std::vector<RunTask> wanted_tasks_;              // to be started once they are committed
  std::optional<Clock::time_point> uncommitted_since_;
  std::uint64_t uncommitted_lines_ = 0;
  bool cannot_read_ = false;                     // the store, in the middle of the engine's work
  bool had_lines_ = false, had_events_ = false;  // since note_lines()
  Clock::time_point last_line_at_{};
  Clock::time_point last_commit_{};
  Clock::time_point next_settling_{};
  Clock::duration commit_took_{};  // the latest, with saving the state
  Clock::time_point next_housekeeping_{};
  std::atomic<bool> reload_wanted_ = false;
};

}  // namespace tocsin
