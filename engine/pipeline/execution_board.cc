#include "engine/pipeline/execution_board.h"

#include <algorithm>

#include "engine/base/ensure.h"

namespace tocsin {
namespace {

// So many events may the histories of all restored executions have. They are written again by running the executions;
// bytes that are not ours must not keep that going for hours.
constexpr std::size_t kMostEvents = 4'000'000;

}  // namespace

ExecutionBoard::ExecutionBoard(const std::vector<WorkflowDefinition>& workflows) {
  for (const WorkflowDefinition& workflow : workflows) {
    Diagnostics diagnostics;
    auto machine = StateMachine::parse(workflow.name, workflow.definition, diagnostics);
    ENSURE(machine != nullptr);
    machines_.emplace(workflow.name, std::move(machine));
  }
}

ExecutionBoard::Running& ExecutionBoard::add(Running running) {
  running.number = ++started_;
  numbers_.emplace(running.execution.id(), running.number);
  return running_.emplace(running.number, std::move(running)).first->second;
}

ExecutionBoard::Running& ExecutionBoard::start(const std::string& workflow, ExecutionInput input, Origin origin) {
  const auto machine = machines_.find(workflow);
  ENSURE(machine != machines_.end());
  return add({.machine = machine->second,
              .execution = Execution(*machine->second, std::move(input)),
              .origin = std::move(origin)});
}

void ExecutionBoard::update(Running& running) {
  const std::uint64_t number = running.number;
  const std::optional<EventTime> timer = running.execution.next_timer();
  if (timer != running.timer) {
    if (running.timer) timers_.erase({*running.timer, number});
    if (timer) timers_.emplace(*timer, number);
    running.timer = timer;
  }
  if (running.execution.status() == ExecutionStatus::kRunning) return;
  auto [entry, end] = numbers_.equal_range(running.execution.id());
  while (entry != end && entry->second != number) ++entry;
  numbers_.erase(entry);
  running_.erase(number);
}

std::optional<EventTime> ExecutionBoard::next_timer() const {
  if (timers_.empty()) return std::nullopt;
  return timers_.begin()->first;
}

std::vector<ExecutionBoard::Running*> ExecutionBoard::due(EventTime now) {
  std::vector<Running*> due;
  for (const auto& [timer, number] : timers_) {
    if (timer > now) break;
    due.push_back(&running_.at(number));
  }
  std::ranges::sort(due, {}, &Running::number);
  return due;
}

ExecutionBoard::Running* ExecutionBoard::find(const std::string& id) {
  const auto found = numbers_.lower_bound(id);
  return found != numbers_.end() && found->first == id ? &running_.at(found->second) : nullptr;
}

std::vector<ExecutionBoard::Running*> ExecutionBoard::all() {
  std::vector<Running*> all;
  for (auto& entry : running_) all.push_back(&entry.second);
  return all;
}

void ExecutionBoard::clear() {
  running_.clear();
  numbers_.clear();
  timers_.clear();
}

// Each distinct definition once, then the executions.
void ExecutionBoard::save(StateWriter& out) const {
  std::map<const StateMachine*, std::size_t> indices;
  std::vector<const StateMachine*> machines;
  for (const auto& entry : running_) {
    const StateMachine* machine = entry.second.machine.get();
    if (indices.emplace(machine, machines.size()).second) machines.push_back(machine);
  }
  out.count(machines.size());
  for (const StateMachine* machine : machines) {
    out.text(machine->name());
    out.text(machine->definition());
  }
  out.count(running_.size());
  for (const auto& [number, running] : running_) {
    out.number(indices.at(running.machine.get()));
    out.text(running.origin.alarm);
    out.text(running.origin.incident);
    out.count(running.origin.labels.size());
    for (const auto& [name, value] : running.origin.labels) {
      out.text(name);
      out.text(value);
    }
    running.execution.save(out);
  }
}

ExecutionBoard::Machines ExecutionBoard::restore_machines(StateReader& in) const {
  Machines machines;
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    const std::string_view name = in.text();
    const std::string_view definition = in.text();
    const auto known = machines_.find(name);
    if (known != machines_.end() && known->second->definition() == definition) {
      machines.push_back(known->second);
      continue;
    }
    Diagnostics diagnostics;
    machines.push_back(StateMachine::parse(name, definition, diagnostics));
    if (machines.back() == nullptr) in.fail();
  }
  return machines;
}

void ExecutionBoard::restore(StateReader& in, std::vector<Running>& lost) {
  const Machines machines = restore_machines(in);
  std::size_t events = 0;
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    const std::size_t index = in.number_below(machines.size());
    if (!in.ok()) return;
    Origin origin;
    origin.alarm = in.text();
    origin.incident = in.text();
    for (std::size_t labels = in.count(); labels > 0 && in.ok(); --labels) {
      std::string name(in.text());
      origin.labels[std::move(name)] = in.text();
    }
    Execution::Restored restored = Execution::restore(*machines[index], in);
    events += restored.execution.history().size();
    if (events > kMostEvents) in.fail();
    if (!in.ok()) return;
    const bool goes_on = restored.faithful && restored.execution.status() == ExecutionStatus::kRunning;
    Running running{
        .machine = machines[index], .execution = std::move(restored.execution), .origin = std::move(origin)};
    if (goes_on) {
      update(add(std::move(running)));
    } else {
      lost.push_back(std::move(running));
    }
  }
}

}  // namespace tocsin
