// The engine as bytes. Each part writes itself; the order here is the layout, and kVersion goes up with any change of
// it, in any part.
#include <algorithm>
#include <set>

#include "engine/base/ensure.h"
#include "engine/pipeline/engine_state.h"

namespace tocsin {
namespace {

constexpr std::uint64_t kVersion = 2;

// A run of many years may see files and connections without end. Beyond this many the rest shares a name.
constexpr std::size_t kMaxFiles = 16'384;
const std::string kOtherFile = "__other__";

void save_counters(const EngineCounters& counters, StateWriter& out) {
  for (const std::uint64_t count :
       {counters.events, counters.dead_letters, counters.late, counters.truncated, counters.categorized,
        counters.transitions, counters.findings, counters.executions, counters.notifications}) {
    out.number(count);
  }
  out.optional_time(counters.first_event);
  out.optional_time(counters.last_event);
  out.flag(counters.first_late.has_value());
  if (!counters.first_late) return;
  out.number(counters.first_late->file);
  out.number(counters.first_late->line);
  out.number(counters.first_late->offset);
}

EngineCounters restore_counters(StateReader& in) {
  EngineCounters counters;
  for (std::uint64_t* count :
       {&counters.events, &counters.dead_letters, &counters.late, &counters.truncated, &counters.categorized,
        &counters.transitions, &counters.findings, &counters.executions, &counters.notifications}) {
    *count = in.number();
  }
  counters.first_event = in.optional_instant();
  counters.last_event = in.optional_instant();
  if (in.flag()) {
    LineOrigin& late = counters.first_late.emplace();
    late.file = static_cast<std::uint32_t>(in.number_below(UINT32_MAX));
    late.line = in.number();
    late.offset = in.number();
  }
  return counters;
}

}  // namespace

void Engine::State::save(StateWriter& out) const {
  save_counters(counters, out);
  out.optional_time(watermark);
  if (!watermark) return;  // no event yet
  metrics.save(out, *watermark);
  filters.save(out);
  alarms.save(out);
  incidents.save(out);
  services.save(out, *watermark);
  executions.save(out);
  planner.save(out);
}

bool Engine::State::restore(StateReader& in) {
  counters = restore_counters(in);
  watermark = in.optional_instant();
  const bool in_order = watermark
                            ? counters.first_event && counters.last_event &&
                                  *counters.first_event <= *counters.last_event && *counters.last_event <= *watermark
                            : !counters.first_event && !counters.last_event;
  if (!in_order) in.fail();
  if (!watermark) return in.ok() && in.at_end();
  restore_metrics(in);
  incidents.restore(in);
  services.restore(in, *watermark);
  restore_executions(in);
  planner.restore(in);
  if (!in.ok() || !in.at_end()) return false;

  std::set<std::string> firing, contact_points;
  for (const std::vector<AlarmBoard::Alarm>& of_definition : alarms.alarms()) {
    for (const AlarmBoard::Alarm& alarm : of_definition) {
      if (alarm.state == AlarmState::kAlarm) firing.insert(alarm.name);
    }
  }
  for (const ContactPoint& contact : rules.contact_points) contact_points.insert(contact.name);
  incidents.keep(firing, contact_points, *watermark);
  end_what_is_gone();
  next_evaluation = alarms.next_evaluation(*watermark);
  due = next_instant();
  return true;
}

// A metric is kept that a filter still makes or an alarm still reads.
void Engine::State::restore_metrics(StateReader& in) {
  std::set<MetricName> kept;
  for (const MetricFilter& filter : rules.metric_filters) kept.insert(filter.metric);
  for (const AlarmDefinition& alarm : rules.alarms) {
    for (const MetricQuery& query : alarm.metrics) {
      if (!query.expression) kept.insert(query.metric);
    }
  }
  const MetricStore::SavedSeries saved = metrics.restore(in, kept);
  filters.restore(in);
  alarms.restore(in, metrics, saved);
}

// Those that can't go on are told as aborted, once everything has been read.
void Engine::State::restore_executions(StateReader& in) {
  std::vector<ExecutionBoard::Running> lost;
  executions.restore(in, lost);
  counters.running = executions.size();
  if (!in.ok()) return;
  for (const ExecutionBoard::Running& one : lost) {
    effects.emplace_back(ExecutionRecord{
        .id = one.execution.id(),
        .workflow = one.machine->name(),
        .alarm = one.origin.alarm,
        .status = ExecutionStatus::kAborted,
        .started = one.execution.started(),
        .at = *watermark,
        .output = {},
        .error = "Tocsin.NotResumable",
        .cause = "The execution could not go on after a restart: its definition is understood differently now.",
        .history = one.execution.history()});
  }
  for (ExecutionBoard::Running* one : executions.all()) {
    for (TaskRequest& request : one->execution.take_requests()) {
      effects.emplace_back(RunTask{.execution = one->execution.id(), .request = std::move(request), .at = *watermark});
    }
  }
}

std::uint32_t Engine::State::add_file(const std::string& name) {
  const auto known = file_numbers.find(name);
  if (known != file_numbers.end()) return known->second;
  const std::string& kept = files.size() < kMaxFiles ? name : kOtherFile;
  const auto [entry, fresh] = file_numbers.emplace(kept, static_cast<std::uint32_t>(files.size()));
  if (fresh) files.push_back(kept);
  return entry->second;
}

std::string Engine::save() const {
  ENSURE(state_->effects.empty());
  StateWriter out;
  out.number(kVersion);
  state_->save(out);
  return out.take();
}

std::string Engine::restore(std::string_view bytes) {
  StateReader in(bytes);
  const std::uint64_t version = in.number();
  std::string problem;
  if (!in.ok() || version == 0) {
    problem = "the engine's state is damaged";
  } else if (version != kVersion) {
    problem = "the engine's state is of version " + std::to_string(version) + ", and this program reads version " +
              std::to_string(kVersion);
  } else if (!state_->restore(in)) {
    problem = "the engine's state is damaged";
  }
  if (problem.empty()) return {};
  State& old = *state_;
  state_ = std::make_unique<State>(old.rules, old.store, old.files, old.tasks);
  return problem;
}

}  // namespace tocsin
