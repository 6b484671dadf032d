#include <nlohmann/json.hpp>
#include <set>

#include "engine/workflow/state_reader.h"

namespace tocsin {
namespace {

struct Transition {
  std::string to;
  std::string field;  // "/Choices/0/Next"
};

std::vector<Transition> transitions_of(const StateDefinition& state) {
  std::vector<Transition> all;
  const auto add = [&](const std::string& to, std::string field) {
    if (!to.empty()) all.push_back({.to = to, .field = std::move(field)});
  };
  add(state.next, "/Next");
  for (std::size_t i = 0; i < state.catchers.size(); ++i) {
    add(state.catchers[i].next, "/Catch/" + std::to_string(i) + "/Next");
  }
  if (const auto* choice = std::get_if<ChoiceState>(&state.detail)) {
    for (std::size_t i = 0; i < choice->choices.size(); ++i) {
      add(choice->choices[i].next, "/Choices/" + std::to_string(i) + "/Next");
    }
    add(choice->otherwise, "/Default");
  }
  return all;
}

std::set<std::string> reachable_states(const StateGraph& graph) {
  std::set<std::string> reached;
  std::vector<std::string> open{graph.start};
  while (!open.empty()) {
    const std::string name = open.back();
    open.pop_back();
    const auto state = graph.states.find(name);
    if (state == graph.states.end() || !reached.insert(name).second) continue;
    for (const Transition& transition : transitions_of(state->second)) open.push_back(transition.to);
  }
  return reached;
}

bool is_terminal(const StateDefinition& state) {
  return state.next.empty() && !std::holds_alternative<ChoiceState>(state.detail);
}

}  // namespace

void check_transitions(const StateGraph& graph, const FieldReader& fields) {
  if (!graph.start.empty() && !graph.states.contains(graph.start)) {
    fields.error("State '" + graph.start + "' does not exist", "StartAt");
    return;
  }
  const auto where = [](const std::string& name) { return "States/" + name; };
  bool dangles = false;
  for (const auto& [name, state] : graph.states) {
    for (const Transition& transition : transitions_of(state)) {
      if (!graph.states.contains(transition.to)) {
        fields.error("State '" + transition.to + "' does not exist", where(name) + transition.field);
        dangles = true;
      }
    }
  }
  if (graph.start.empty()) return;
  const std::set<std::string> reached = reachable_states(graph);
  bool ends = false;
  for (const auto& [name, state] : graph.states) {
    if (!reached.contains(name)) {
      fields.error("State '" + name + "' is not reachable", where(name));
    } else {
      ends = ends || is_terminal(state);
    }
  }
  if (!ends && !dangles) fields.error("No state ends the execution", "States");
}

}  // namespace tocsin
