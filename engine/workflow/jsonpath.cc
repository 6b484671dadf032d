#include "engine/workflow/jsonpath.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/workflow/jsonpath_filter.h"
#include "engine/workflow/jsonpath_reader.h"
#include "engine/workflow/state_failure.h"

namespace tocsin {
namespace {

// "$..*..*" multiplies; a payload of 256 KiB has far fewer values than this.
constexpr std::size_t kMaxMatches = 200'000;

using Matches = std::vector<const Json*>;

void add(Matches& found, const Json& value) {
  if (found.size() == kMaxMatches) throw StateFailure::runtime("The JSONPath selects too many values.");
  found.push_back(&value);
}

void select_slice(const PathStep& step, const Json& value, Matches& found) {
  const auto size = static_cast<std::int64_t>(value.size());
  const auto position = [&](std::int64_t index) {
    return std::clamp<std::int64_t>(index < 0 ? index + size : index, 0, size);
  };
  const std::int64_t last = position(step.last.value_or(size));
  for (std::int64_t i = position(step.first.value_or(0)); i < last; ++i) add(found, value[static_cast<std::size_t>(i)]);
}

void select_children(const PathStep& step, const Json& value, const Json& root, Matches& found) {
  switch (step.kind) {
    case PathStep::Kind::kName:
      if (value.is_object()) {
        if (const auto member = value.find(step.name); member != value.end()) add(found, *member);
      }
      return;
    case PathStep::Kind::kIndexes:
      if (!value.is_array()) return;
      for (const std::int64_t index : step.indexes) {
        const auto at = static_cast<std::size_t>(index < 0 ? index + static_cast<std::int64_t>(value.size()) : index);
        if (at < value.size()) add(found, value[at]);
      }
      return;
    case PathStep::Kind::kSlice:
      if (value.is_array()) select_slice(step, value, found);
      return;
    case PathStep::Kind::kAll:
      if (value.is_structured()) {
        for (const Json& child : value) add(found, child);
      }
      return;
    case PathStep::Kind::kFilter:
      if (value.is_array()) {
        for (const Json& child : value) {
          if (step.filter->holds(child, root)) add(found, child);
        }
      } else if (value.is_object() && step.filter->holds(value, root)) {
        add(found, value);
      }
      return;
  }
}

void select_step(const PathStep& step, const Json& value, const Json& root, Matches& found) {
  select_children(step, value, root, found);
  if (!step.descend || !value.is_structured()) return;
  for (const Json& child : value) select_step(step, child, root, found);
}

std::string step_text(const PathStep& step) {
  if (step.kind == PathStep::Kind::kName) return "['" + step.name + "']";
  return "[" + std::to_string(step.indexes.front()) + "]";
}

}  // namespace

std::optional<JsonPath> JsonPath::parse(std::string_view text, std::string& problem) {
  JsonPathReader reader(text, 0);
  std::optional<JsonPath> path = reader.read(false);
  if (!path) problem = reader.problem();
  return path;
}

bool JsonPath::is_definite() const {
  return std::all_of(steps_.begin(), steps_.end(), [](const PathStep& step) {
    return !step.descend &&
           (step.kind == PathStep::Kind::kName || (step.kind == PathStep::Kind::kIndexes && step.indexes.size() == 1));
  });
}

bool JsonPath::is_reference() const {
  return !in_context_ && is_definite() && std::all_of(steps_.begin(), steps_.end(), [](const PathStep& step) {
    return step.kind == PathStep::Kind::kName || step.indexes.front() >= 0;
  });
}

std::vector<const Json*> JsonPath::select(const Json& root) const {
  Matches current{&root};
  for (const PathStep& step : steps_) {
    Matches next;
    for (const Json* value : current) select_step(step, *value, root, next);
    current = std::move(next);
  }
  return current;
}

std::string JsonPath::explain_miss(const Json& root) const {
  std::string walked = "$";
  const Json* value = &root;
  for (const PathStep& step : steps_) {
    walked += step_text(step);
    Matches next;
    select_children(step, *value, root, next);
    if (next.empty()) {
      return (&step == &steps_.back() ? "No results for path: " : "Missing property in path ") + walked;
    }
    value = next.front();
  }
  return "No results for path: " + walked;
}

JsonRef with_value_at(const Json& root, const JsonPath& path, const Json& value) {
  Json result = root;
  Json* place = &result;
  for (const PathStep& step : path.steps()) {
    if (step.kind == PathStep::Kind::kName) {
      if (place->is_null()) *place = Json::object();
      if (!place->is_object()) return nullptr;
      place = &(*place)[step.name];
    } else {
      const auto index = static_cast<std::size_t>(step.indexes.front());
      if (!place->is_array() || index >= place->size()) return nullptr;
      place = &(*place)[index];
    }
  }
  *place = value;
  return make_json(std::move(result));
}

}  // namespace tocsin
