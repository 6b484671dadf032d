// The sections of rules files, each read by a function of its own into its part of the RuleSet; one .cc file per
// section. `sections` are the places where it stands, in order of reading.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/pipeline/rule_set.h"
#include "rules/map_reader.h"
#include "rules/rule_file.h"

namespace tocsin {

// A section of one file: "alarms" and what stands under it.
struct Section {
  RuleFile* file = nullptr;
  const YamlEntry* entry = nullptr;

  const YamlNode& node() const { return entry->value; }
};
using Sections = std::vector<Section>;

// Key by key: a key that a later section gives replaces the earlier one.
void read_event_section(const Sections& sections, EventFields& fields);
void read_log_groups_section(const Sections& sections, RuleSet& rules);
void read_categories_section(const Sections& sections, CategoryRules& categories);
void read_daemon_section(const Sections& sections, DaemonSettings& daemon);
void read_retention_section(const Sections& sections, RuleSet& rules);

// The names that a section declares, also those whose declaration has errors, so that one fault is told once.
using DeclaredNames = std::set<std::string>;

void read_sources_section(const Sections& sections, std::vector<SourceDefinition>& sources);
void read_silences_section(const Sections& sections, std::vector<Silence>& silences);
void read_maintenance_section(const Sections& sections, std::vector<MaintenanceWindow>& windows);
void read_metric_filters_section(const Sections& sections, std::vector<MetricFilter>& filters);
DeclaredNames read_workflows_section(const Sections& sections, std::vector<WorkflowDefinition>& workflows);
DeclaredNames read_contact_points_section(const Sections& sections, std::vector<ContactPoint>& contact_points);

// What alarms refer to.
struct AlarmSurroundings {
  const std::vector<MetricFilter>& metric_filters;
  bool all_metric_filters = true;  // none was dropped for its errors
  DeclaredNames workflows;
  DeclaredNames contact_points;
  // Sections of the user that replaced what built-in alarms need; no file where there is none.
  Section user_metric_filters, user_workflows, user_contact_points;
};
void read_alarms_section(const Sections& sections, const AlarmSurroundings& around,
                         std::vector<AlarmDefinition>& alarms);

// Parts that more than one section has.
std::optional<FilterPattern> read_pattern(MapReader& reader, std::string_view key);
std::optional<FieldPath> read_field(RuleFile& file, const YamlNode& node, const std::string& what);
// The items of a list section (`- name: …`), or nothing and a diagnostic.
std::vector<const YamlNode*> list_items(const Section& section, std::string_view example);

}  // namespace tocsin
