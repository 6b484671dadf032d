// Everything a user can decide, checked and complete: what a rules file becomes. Data only; `rules/` makes it, Engine
// runs it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/alarm/alarm_definition.h"
#include "engine/base/time.h"
#include "engine/delivery/contact_point.h"
#include "engine/event/event_fields.h"
#include "engine/metric/metric_filter.h"
#include "engine/pattern/filter_pattern.h"

namespace tocsin {

// A latency class of an error event. Classes are tried in order; the last has no bound.
struct CategoryClass {
  std::string name;
  std::optional<double> bound_ms;
  bool inclusive = false;  // up_to: the bound itself belongs to the class; below: it does not
};

struct CategoryRules {
  FilterPattern select;  // which events enter the categorized store
  std::vector<CategoryClass> classes;
};

struct WorkflowDefinition {
  std::string name;
  std::string definition;  // Amazon States Language, JSON text, already checked
};

struct RuleSet {
  std::string log_group_prefix = "/tocsin";
  EventFields event;
  CategoryRules categories;
  std::vector<MetricFilter> metric_filters;
  std::vector<AlarmDefinition> alarms;
  std::vector<WorkflowDefinition> workflows;
  std::vector<ContactPoint> contact_points;
  Period retention = Period::days(7);  // of events
};

// The class of a latency (NaN: "unclassified").
std::string_view category_of(const CategoryRules& rules, double latency_ms);

}  // namespace tocsin
