#include <algorithm>

#include "engine/alarm/alarm_definition.h"
#include "rules/alarm_metrics.h"
#include "rules/rule_sections.h"

namespace tocsin {
namespace {

constexpr std::string_view kExample =
    "- {name: errors, metric: {namespace: Tocsin, name: Errors, statistic: Sum}, comparison: \">\", threshold: 0}";
// An alarm's window is kept in memory for each series it reads.
constexpr Period kLongestWindow = Period::days(7);

// One alarm while it is read.
class AlarmReader {
 public:
  AlarmReader(RuleFile& file, const YamlNode& node, const AlarmSurroundings& around, std::set<std::string>& told)
      : file_(file), reader_(file, node, "an alarm"), around_(around), told_(told) {}

  std::optional<AlarmDefinition> read(DeclaredNames& names) {
    if (!reader_.valid()) return std::nullopt;
    const std::size_t errors = file_.diagnostics().error_count();
    read_name(names);
    alarm_.description = reader_.text("description").value_or("");
    alarm_.for_each = reader_.text("for_each").value_or("");
    const std::vector<AlarmMetric> metrics = read_alarm_metrics(reader_);
    read_periods();
    read_condition();
    read_actions();
    reader_.finish();
    for (const AlarmMetric& metric : metrics) alarm_.metrics.push_back(metric.query);
    check_use(metrics);
    check_sources(metrics);
    if (file_.diagnostics().error_count() > errors) return std::nullopt;
    return std::move(alarm_);
  }

 private:
  void read_name(DeclaredNames& names) {
    const std::optional<std::string> name = reader_.required_text("name");
    if (!name) return;
    alarm_.name = *name;
    reader_.rename("alarm " + shown(*name));
    if (!names.insert(*name).second) file_.error(*reader_.find("name"), "there are two alarms named " + shown(*name));
  }

  void read_periods() {
    if (const std::optional<Period> period = reader_.period("period")) {
      const bool minutes = period->ms > 0 && period->ms % 60'000 == 0;
      if (!minutes && *period != Period::seconds(10) && *period != Period::seconds(30)) {
        file_.error(*reader_.find("period"),
                    "'period' must be 10s, 30s, or whole minutes, not " + shown(*reader_.find("period")));
      } else {
        alarm_.period = *period;
      }
    }
    alarm_.evaluation_periods = reader_.whole_number("evaluation_periods", 1, 100'000).value_or(1);
    const std::optional<int> datapoints = reader_.whole_number("datapoints_to_alarm", 1, 100'000);
    alarm_.names_datapoints_to_alarm = datapoints.has_value();
    alarm_.datapoints_to_alarm = datapoints.value_or(alarm_.evaluation_periods);
    if (alarm_.datapoints_to_alarm > alarm_.evaluation_periods) {
      file_.error(*reader_.find("datapoints_to_alarm"),
                  "'datapoints_to_alarm' is " + std::to_string(alarm_.datapoints_to_alarm) +
                      " but 'evaluation_periods' is only " + std::to_string(alarm_.evaluation_periods));
    }
    alarm_.evaluation_range = reader_.whole_number("evaluation_range", 1, 100'000);
    if (alarm_.evaluation_range && *alarm_.evaluation_range < alarm_.evaluation_periods) {
      file_.error(*reader_.find("evaluation_range"), "'evaluation_range' must not be less than 'evaluation_periods'");
    }
    const int range = std::max(alarm_.evaluation_periods, alarm_.evaluation_range.value_or(0));
    if (alarm_.period > kLongestWindow || alarm_.period * range > kLongestWindow) {
      file_.error(reader_.node(), reader_.what() + " looks back more than 7 days");
    }
  }

  // A word out of a list; `parse` knows them.
  template <typename Value>
  void read_word(std::string_view key, std::optional<Value> (*parse)(std::string_view),
                 const std::vector<std::string_view>& words, Value& out) {
    const std::optional<std::string> text = reader_.text(key);
    if (!text) return;
    if (const std::optional<Value> value = parse(*text)) {
      out = *value;
    } else {
      const YamlNode& node = *reader_.find(key);
      file_.error(node, "unknown '" + std::string(key) + "' " + shown(node), suggestion(*text, words));
    }
  }

  static std::optional<LowSamplePercentile> parse_low_sample(std::string_view text) {
    if (text == "evaluate") return LowSamplePercentile::kEvaluate;
    if (text == "ignore") return LowSamplePercentile::kIgnore;
    return std::nullopt;
  }

  void read_condition() {
    reader_.require("comparison", "one of >, >=, <, <=");
    read_word("comparison", &parse_comparison,
              {"GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold",
               "LessThanOrEqualToThreshold", ">", ">=", "<", "<="},
              alarm_.comparison);
    reader_.require("threshold");
    alarm_.threshold = reader_.number("threshold").value_or(0);
    read_word("treat_missing_data", &parse_treat_missing_data, {"missing", "ignore", "breaching", "notBreaching"},
              alarm_.treat_missing_data);
    read_word("evaluate_low_sample_count_percentile", &parse_low_sample, {"evaluate", "ignore"},
              alarm_.low_sample_percentile);
    read_word("severity", &parse_severity, {"info", "warning", "critical"}, alarm_.severity);
    alarm_.actions_enabled = reader_.truth("actions_enabled").value_or(true);
  }

  void read_actions() {
    const YamlNode* node = reader_.find("actions");
    if (node == nullptr) return;
    MapReader actions(file_, *node, "'actions'");
    read_action_list(actions, "alarm", alarm_.alarm_actions);
    read_action_list(actions, "ok", alarm_.ok_actions);
    read_action_list(actions, "insufficient_data", alarm_.insufficient_data_actions);
    actions.finish();
  }

  void read_action_list(MapReader& actions, std::string_view key, std::vector<AlarmAction>& out) {
    const YamlNode* node = actions.find(key);
    if (node == nullptr || node->kind == YamlNode::Kind::kNull) return;
    for (const YamlNode* item : read_list(file_, *node, "'" + std::string(key) + "'")) {
      const std::optional<std::string> text = read_text(file_, *item, "an action");
      if (!text) continue;
      const bool workflow = text->starts_with("workflow:");
      if (!workflow && !text->starts_with("contact:")) {
        file_.error(*item, "unknown action " + shown(*item), "workflow:<name> or contact:<name>");
        continue;
      }
      const std::string target = text->substr(text->find(':') + 1);
      check_target(*item, workflow, target);
      out.push_back({workflow ? AlarmAction::Kind::kWorkflow : AlarmAction::Kind::kContact, target});
    }
  }

  void check_target(const YamlNode& item, bool workflow, const std::string& target) {
    const DeclaredNames& names = workflow ? around_.workflows : around_.contact_points;
    if (names.count(target) > 0 || file_.told_enough()) return;
    const std::string kind = workflow ? "workflow" : "contact point";
    const Section& replaced = workflow ? around_.user_workflows : around_.user_contact_points;
    if (file_.built_in && replaced.file != nullptr) {
      if (!told_.insert(kind + target).second) return;
      replaced.file->error(
          *replaced.entry,
          "the built-in alarms need the " + kind + " " + shown(target) + ", which this section replaces",
          "add it here, or give alarms of your own");
      return;
    }
    const std::vector<std::string_view> known(names.begin(), names.end());
    file_.error_in(item, workflow ? 9 : 8, "there is no " + kind + " named " + shown(target),
                   suggestion(target, known));
  }

  // An entry that nobody reads is a slip.
  void check_use(const std::vector<AlarmMetric>& metrics) {
    for (const AlarmMetric& metric : metrics) {
      if (metric.query.return_data) continue;
      const bool used = std::ranges::any_of(metrics, [&](const AlarmMetric& other) {
        if (!other.query.expression) return false;
        const std::vector<std::string>& ids = other.query.expression->ids();
        return std::ranges::find(ids, metric.query.id) != ids.end();
      });
      if (!used) file_.warning(*metric.node, "nothing reads the metric " + shown(metric.query.id));
    }
  }

  // Each metric should come from a filter, with just these dimensions.
  void check_sources(const std::vector<AlarmMetric>& metrics) {
    if (metrics.empty() || !around_.all_metric_filters) return;
    bool for_each_known = alarm_.for_each.empty();
    bool all_known = true;
    for (const AlarmMetric& metric : metrics) {
      if (metric.query.expression) continue;
      if (has_dimension(metric.query.dimensions, alarm_.for_each)) {
        file_.error(*metric.node, "the dimension " + shown(alarm_.for_each) + " comes from 'for_each'",
                    "leave it out here");
      }
      bool known = false, matched = false;
      for (const MetricFilter& filter : around_.metric_filters) {
        if (filter.metric != metric.query.metric) continue;
        known = true;
        for (const MetricFilter::DimensionField& dimension : filter.dimensions) {
          for_each_known = for_each_known || dimension.name == alarm_.for_each;
        }
        matched = matched || same_dimensions(filter, metric.query);
      }
      all_known = all_known && known;
      if (!matched) warn_without_source(metric, known);
    }
    if (for_each_known || !all_known) return;
    file_.error(*reader_.find("for_each"), "none of the alarm's metrics has the dimension " + shown(alarm_.for_each),
                "metric_filters give dimensions: metric: {dimensions: {" + alarm_.for_each + ": $.field}}");
  }

  static bool has_dimension(const Dimensions& dimensions, const std::string& name) {
    return !name.empty() && std::ranges::find(dimensions, name, &Dimension::name) != dimensions.end();
  }

  bool same_dimensions(const MetricFilter& filter, const MetricQuery& query) const {
    std::vector<std::string> names;
    for (const Dimension& dimension : query.dimensions) names.push_back(dimension.name);
    if (!alarm_.for_each.empty()) names.push_back(alarm_.for_each);
    std::ranges::sort(names);
    return std::ranges::equal(names, filter.dimensions, {}, {}, &MetricFilter::DimensionField::name);
  }

  void warn_without_source(const AlarmMetric& metric, bool known) {
    if (file_.told_enough()) return;
    const std::string name = metric.query.metric.ns + "/" + metric.query.metric.name;
    if (file_.built_in && around_.user_metric_filters.file != nullptr) {
      if (!told_.insert("metric" + name).second) return;
      around_.user_metric_filters.file->warning(
          *around_.user_metric_filters.entry,
          "the built-in alarms read the metric " + shown(name) + ", whose filter this section replaces",
          "add it here, or give alarms of your own");
    } else if (known) {
      file_.warning(*metric.node, "no metric filter gives " + shown(name) + " with these dimensions",
                    "an alarm reads the metric with exactly its dimensions; 'for_each' adds one");
    } else {
      file_.warning(*metric.node, "no metric filter gives " + shown(name), known_metrics(name));
    }
  }

  std::string known_metrics(const std::string& name) const {
    std::vector<std::string> names;
    for (const MetricFilter& filter : around_.metric_filters)
      names.push_back(filter.metric.ns + "/" + filter.metric.name);
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return suggestion(name, std::vector<std::string_view>(names.begin(), names.end()));
  }

  RuleFile& file_;
  MapReader reader_;
  const AlarmSurroundings& around_;
  std::set<std::string>& told_;  // what built-in alarms lack, each told once
  AlarmDefinition alarm_;
};

}  // namespace

void read_alarms_section(const Sections& sections, const AlarmSurroundings& around,
                         std::vector<AlarmDefinition>& alarms) {
  DeclaredNames names;
  std::set<std::string> told;
  for (const Section& section : sections) {
    for (const YamlNode* item : list_items(section, kExample)) {
      AlarmReader reader(*section.file, *item, around, told);
      if (std::optional<AlarmDefinition> alarm = reader.read(names)) {
        alarms.push_back(std::move(*alarm));
      }
    }
  }
}

}  // namespace tocsin
