// What a replay found, for people and for programs: collects the effects as they happen and tells each incident in full
// at the end, with what was not analysed. Keeps a bounded amount whatever the input: the last finding of each incident,
// kMaxIncidents of them, the first dead letters. Pure text out; one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/replay_view.h"
#include "app/text_layout.h"
#include "engine/pipeline/incident_board.h"

namespace tocsin {

class IncidentReport {
 public:
  static constexpr std::size_t kMaxIncidents = 200;
  static constexpr std::size_t kMaxAlarms = 200;      // kept for each incident
  static constexpr std::size_t kMaxDeadLetters = 20;  // the first ones

  // `files` are the names of the run's input files, as LineOrigin numbers them.
  explicit IncidentReport(std::vector<std::string> files) : files_(std::move(files)) {}

  void on_effect(const Effect& effect);
  void on_dead_letter(const ShownDeadLetter& letter);

  std::string text(const ReplaySummary& summary, const TextStyle& style) const;
  std::string markdown(const ReplaySummary& summary) const;
  std::string json(const ReplaySummary& summary) const;

  struct FiredAlarm {
    std::string name;
    Severity severity = Severity::kWarning;
    EventTime fired;                   // the first time
    std::optional<EventTime> cleared;  // the last time; empty while in ALARM
    std::uint64_t times = 1;
  };
  struct ExecutionCounts {
    std::uint64_t succeeded = 0, failed = 0, unfinished = 0;
    std::vector<std::string> errors;  // the first few
  };
  struct Incident {
    std::string id;
    EventTime opened;
    std::optional<EventTime> quiet_since, resolved;
    std::optional<Finding> finding;  // the last
    std::uint64_t findings = 0;
    std::vector<FiredAlarm> alarms;
    std::uint64_t more_alarms = 0;  // fired, but not kept
    ExecutionCounts executions;
    std::map<std::string, std::uint64_t> notifications;  // "oncall incident.finding" -> how many
    Severity severity() const;
    std::string title() const;
  };
  struct DeadLetterPlace {
    DeadReason reason = DeadReason::kEmpty;
    std::string file;
    std::uint64_t line = 0, offset = 0;
    std::string raw;
  };

  const std::vector<Incident>& incidents() const { return incidents_; }
  // With what only the end of the input settles: whether the last incident is over.
  std::vector<Incident> incidents_at_end(const ReplaySummary& summary) const;
  std::uint64_t unkept_incidents() const { return unkept_incidents_; }
  const std::vector<DeadLetterPlace>& dead_letters() const { return dead_letters_; }
  const ExecutionCounts& executions() const { return executions_; }
  std::uint64_t outside_tasks() const { return outside_tasks_; }
  std::uint64_t alarms_fired() const { return alarms_fired_; }
  std::string place_of(const LineOrigin& origin) const;  // "incident.ndjson:612044"

 private:
  void on(const StateTransition& transition);
  void on(const ExecutionRecord& record);
  void on(const Finding& finding);
  void on(const Notification& notification);
  void on(const RunTask& task);
  Incident* find(const std::string& id);
  Incident* find_or_add(const std::string& id, EventTime opened);

  std::vector<std::string> files_;
  IncidentBoard board_;              // the engine's own grouping, repeated
  std::vector<Incident> incidents_;  // in the order in which they opened
  std::string last_id_;              // of the incident that opened last, kept or not
  std::uint64_t unkept_incidents_ = 0;
  ExecutionCounts executions_;
  std::uint64_t outside_tasks_ = 0;
  std::uint64_t alarms_fired_ = 0;  // transitions to ALARM
  std::vector<DeadLetterPlace> dead_letters_;
};

// The names of the files of a run, in their order.
std::vector<std::string> paths_of(const ViewOptions& options);

// The type inside a notification's payload: "incident.finding".
std::string notification_type(const Notification& notification);

}  // namespace tocsin
