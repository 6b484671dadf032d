#include "rules/rule_loader.h"

#include <algorithm>
#include <tuple>

#include "rules/embedded_rules.h"
#include "rules/rule_files.h"
#include "rules/rule_sections.h"

namespace tocsin {
namespace {

// A setting: the built-in section, with the user's keys over it. An empty section is no section.
Sections laid_over(const RuleFiles& files, std::string_view name) {
  Sections sections = files.of_built_in(name);
  for (const Section& section : files.of_user(name)) {
    if (section.node().kind != YamlNode::Kind::kNull) sections.push_back(section);
  }
  return sections;
}

// A list or map of rules: the user's sections together, or else the built-in one.
Sections replaced(const RuleFiles& files, std::string_view name) {
  Sections user = files.of_user(name);
  if (!user.empty() || files.without_defaults()) return user;
  return files.of_built_in(name);
}

Section first_of_user(const RuleFiles& files, std::string_view name) {
  const Sections user = files.of_user(name);
  return user.empty() ? Section{} : user.front();
}

void read_rules(const RuleFiles& files, LoadedRules& loaded) {
  RuleSet& rules = loaded.rules;
  read_log_groups_section(laid_over(files, "log_groups"), rules);
  read_event_section(laid_over(files, "event"), rules.event);
  read_categories_section(laid_over(files, "categories"), rules.categories);
  read_retention_section(laid_over(files, "retention"), rules);
  read_daemon_section(laid_over(files, "daemon"), rules.daemon);
  read_sources_section(replaced(files, "sources"), rules.sources);
  read_silences_section(replaced(files, "silences"), rules.silences);
  read_maintenance_section(replaced(files, "maintenance"), rules.maintenance);
  const std::size_t errors = loaded.diagnostics.error_count();
  read_metric_filters_section(replaced(files, "metric_filters"), rules.metric_filters);
  const bool all_filters = loaded.diagnostics.error_count() == errors;
  DeclaredNames workflows = read_workflows_section(replaced(files, "workflows"), rules.workflows);
  DeclaredNames contact_points = read_contact_points_section(replaced(files, "contact_points"), rules.contact_points);
  const AlarmSurroundings around{.metric_filters = rules.metric_filters,
                                 .all_metric_filters = all_filters,
                                 .workflows = std::move(workflows),
                                 .contact_points = std::move(contact_points),
                                 .user_metric_filters = first_of_user(files, "metric_filters"),
                                 .user_workflows = first_of_user(files, "workflows"),
                                 .user_contact_points = first_of_user(files, "contact_points")};
  read_alarms_section(replaced(files, "alarms"), around, rules.alarms);
}

// As a reader goes through the files: in the order of the files, from the top of each.
void sort_by_place(Diagnostics& diagnostics) {
  std::vector<Diagnostic> all = diagnostics.all();
  std::vector<std::string> files;
  for (const Diagnostic& diagnostic : all) {
    if (std::ranges::find(files, diagnostic.place.file) == files.end()) files.push_back(diagnostic.place.file);
  }
  const auto key = [&](const Diagnostic& diagnostic) {
    const auto file = std::ranges::find(files, diagnostic.place.file) - files.begin();
    return std::tuple(file, diagnostic.place.line, diagnostic.place.column);
  };
  std::ranges::stable_sort(all, {}, key);
  diagnostics = Diagnostics();
  for (Diagnostic& diagnostic : all) diagnostics.add(std::move(diagnostic));
}

}  // namespace

std::string_view default_rules_text() {
  return kDefaultRules;
}

LoadedRules load_rules(const std::vector<RuleSource>& sources, const RuleEnvironment& environment) {
  LoadedRules loaded;
  RuleFiles files(environment, loaded.diagnostics);
  for (const RuleSource& source : sources) files.add(source);
  files.check_keys();
  read_rules(files, loaded);
  sort_by_place(loaded.diagnostics);
  return loaded;
}

LoadedRules load_rule_files(const std::vector<std::string>& paths, const RuleEnvironment& environment) {
  std::vector<RuleSource> sources;
  Diagnostics unreadable;
  for (const std::string& path : paths) {
    if (std::optional<std::string> text = environment.read_file(path)) {
      sources.push_back({path, std::move(*text)});
    } else {
      unreadable.error({path, 0, 0}, "cannot read this rules file");
    }
  }
  LoadedRules loaded = load_rules(sources, environment);
  for (const Diagnostic& diagnostic : unreadable.all()) loaded.diagnostics.add(diagnostic);
  return loaded;
}

}  // namespace tocsin
