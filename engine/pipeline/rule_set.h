// Everything a user can decide, checked and complete: what a rules file becomes. Data only; `rules/` makes it, Engine
// runs it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/alarm/alarm_definition.h"
#include "engine/base/time.h"
#include "engine/delivery/contact_point.h"
#include "engine/delivery/maintenance_window.h"
#include "engine/delivery/silence.h"
#include "engine/event/event_fields.h"
#include "engine/metric/metric_filter.h"
#include "engine/pattern/filter_pattern.h"
#include "engine/pipeline/source_definition.h"

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

// How `tocsin run` and `tocsin tail` run. What the command line says counts more.
struct DaemonSettings {
  std::string data_dir;
  std::string metrics_listen;                     // "127.0.0.1:9464"; empty: none
  Period idle_timeout = Period::seconds(30);      // without a line, after which event time goes on by the clock
  Period shutdown_timeout = Period::seconds(30);  // for what is under way when a stop is asked for
  std::string log_level = "info";                 // debug, info, warning, error
  std::string log_format = "text";                // text, json
};

struct RuleSet {
  std::string log_group_prefix = "/tocsin";
  EventFields event;
  CategoryRules categories;
  std::vector<MetricFilter> metric_filters;
  std::vector<AlarmDefinition> alarms;
  std::vector<WorkflowDefinition> workflows;
  std::vector<ContactPoint> contact_points;
  std::vector<Silence> silences;  // of the configuration; others come by command
  std::vector<MaintenanceWindow> maintenance;
  std::vector<SourceDefinition> sources;
  DaemonSettings daemon;
  Period retention = Period::days(7);                        // of events
  std::uint64_t max_database_bytes = 10ULL * 1'000'000'000;  // of a data directory; the oldest goes first
};

// The class of a latency (NaN: "unclassified").
std::string_view category_of(const CategoryRules& rules, double latency_ms);

}  // namespace tocsin
