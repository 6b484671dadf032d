// The whole of tocsin between the doors, as one deterministic machine in event time: events and instants in, effects
// out. It has no clock, file, socket, thread or randomness; live tailing, replay, rule tests, fuzzers and benches call
// the same functions. One thread at a time.
//
// The same rules and the same calls give the same effects, byte for byte.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/analysis/event_store.h"
#include "engine/base/time.h"
#include "engine/delivery/silence.h"
#include "engine/event/dead_letter.h"
#include "engine/event/log_event.h"
#include "engine/event/projection.h"
#include "engine/pipeline/effect.h"
#include "engine/pipeline/rule_set.h"

namespace tocsin {

struct EngineCounters {
  std::uint64_t events = 0;
  std::uint64_t dead_letters = 0;
  std::uint64_t late = 0;  // older than every alarm's reach: stored, but in no alarm
  std::uint64_t truncated = 0;
  std::uint64_t categorized = 0;  // appended to the event store
  std::uint64_t transitions = 0;
  std::uint64_t findings = 0;
  std::uint64_t executions = 0;
  std::uint64_t notifications = 0;
  std::uint64_t running = 0;  // executions under way now
  std::optional<EventTime> first_event, last_event;
  std::optional<LineOrigin> first_late;
};

// The port to tasks that reach outside (tocsin:http and others that the engine doesn't know). Called in the middle of
// engine calls, by the engine's thread; it must not call the engine.
class ExternalTasks {
 public:
  virtual ~ExternalTasks() = default;
  // The answer, taken at the instant of the request; or nothing, where it will come later by Engine::complete_task().
  virtual std::optional<TaskOutcome> run(const TaskRequest& request) = 0;
};

class Engine {
 public:
  // `rules`, `store` and `tasks` must outlive the engine; without `tasks` every task that reaches outside is a RunTask
  // effect; `files` names the run's input files, for the places of sample lines. ENSUREs that the workflows parse: the
  // loader has checked them.
  Engine(const RuleSet& rules, EventStore& store, const std::vector<std::string>& files,
         ExternalTasks* tasks = nullptr);
  ~Engine();

  // The fields to parse out of each line for on_event().
  const Projection& projection() const;

  // Advances to the event's time, then takes the event in.
  void on_event(const LogEvent& event);
  // Counts a line that became no event.
  void on_dead_letter();
  // Everything that is due up to and including `now`, in order of time. Time never goes back: an earlier `now` does
  // nothing.
  void advance_to(EventTime now);
  // The answer to a RunTask. Unknown and ended executions are ignored.
  void complete_task(const std::string& execution, TaskToken token, const TaskOutcome& outcome);
  // The input ends here: executions that are still running are reported as such.
  void finish();

  // Everything that the engine remembers but the names of its files, for restore(). To be called when all effects have
  // been taken.
  std::string save() const;
  // Takes up where the engine that saved `state` stood, so that the same further calls give the same effects. Before
  // any other call. The rules may be others: what belongs to metrics, alarms, workflows and contact points that are
  // still there goes on, the rest is forgotten. The files are those that the constructor was given. Tasks that are
  // still wanted become RunTask effects once more. Where the bytes can't be read the engine is as new, and the reason
  // is returned; empty: restored.
  std::string restore(std::string_view state);
  // A further input file; returns its number, which LineOrigin::file names. Known names keep theirs.
  std::uint32_t add_file(const std::string& name);
  const std::vector<std::string>& files() const;  // by number
  // Silences in force from now on, beside those of the rules.
  void set_silences(std::vector<Silence> silences);

  // What happened since the effects were last taken.
  bool has_effects() const;
  std::vector<Effect> take_effects();

  const EngineCounters& counters() const;
  std::optional<EventTime> watermark() const;  // the latest time seen
  std::size_t services() const;
  std::map<AlarmState, std::size_t> alarms() const;  // how many are in each state
  std::size_t series() const;                        // of metrics
  std::size_t open_incidents() const;
  // How often something was counted under "__other__" because there are too many names already.
  struct Overflow {
    std::uint64_t services = 0;
    std::uint64_t dimensions = 0;
  };
  Overflow overflow() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tocsin
