#include "rules/alarm_metrics.h"

#include <algorithm>
#include <map>
#include <set>

namespace tocsin {
namespace {

constexpr std::size_t kMaxMetrics = 100;
constexpr std::string_view kMetricExample = "metric: {namespace: Tocsin, name: Errors, statistic: Sum}";

bool is_id(std::string_view id) {
  if (id.empty() || id.size() > 255 || id.front() < 'a' || id.front() > 'z') return false;
  for (const char c : id) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!word) return false;
  }
  return true;
}

void read_metric_dimensions(MapReader& reader, MetricQuery& query) {
  const YamlNode* node = reader.find("dimensions");
  if (node == nullptr) return;
  const MapReader dimensions(reader.file(), *node, "'dimensions'");
  for (const YamlEntry& entry : node->entries) {
    if (const auto value = read_text(reader.file(), entry.value, "the dimension " + shown(entry.key))) {
      query.dimensions.push_back({entry.key, *value});
    }
  }
  std::ranges::sort(query.dimensions);
}

void read_statistic_of(MapReader& reader, MetricQuery& query) {
  query.metric.ns = reader.required_text("namespace").value_or("");
  query.metric.name = reader.required_text("name").value_or("");
  if (const std::optional<std::string> statistic = reader.required_text("statistic")) {
    const std::optional<Statistic> parsed = parse_statistic(*statistic);
    const YamlNode& node = *reader.find("statistic");
    if (!parsed) {
      reader.file().error(node, "unknown statistic " + shown(node),
                          suggestion(*statistic, {"Sum", "SampleCount", "Average", "Minimum", "Maximum", "p99"}));
    }
    query.statistic = parsed.value_or(Statistic{});
  }
  query.unit = reader.text("unit").value_or("");
  read_metric_dimensions(reader, query);
}

void read_expression(MapReader& reader, AlarmMetric& entry) {
  entry.expression = reader.find("expression");
  const std::optional<std::string> text = reader.required_text("expression");
  if (!text) return;
  MetricMathError error;
  entry.query.expression = MetricMath::parse(*text, error);
  if (!entry.query.expression) {
    reader.file().error_in(*entry.expression, error.column, "expression: " + error.message, error.hint);
  }
}

// Where `word` stands alone in `text`: not within another id.
std::size_t word_position(std::string_view text, std::string_view word) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  std::size_t at = text.find(word);
  while (at != std::string_view::npos) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]))) return at;
    at = text.find(word, at + 1);
  }
  return 0;
}

// Reports expressions that read what is not there, or that lead back to themselves.
class CycleSearch {
 public:
  CycleSearch(RuleFile& file, const std::vector<AlarmMetric>& metrics) : file_(file) {
    for (const AlarmMetric& metric : metrics) by_id_[metric.query.id] = &metric;
  }

  void visit(const AlarmMetric& metric) {
    if (!metric.query.expression || done_.count(metric.query.id) > 0) return;
    path_.push_back(metric.query.id);
    for (const std::string& id : metric.query.expression->ids()) {
      const auto next = by_id_.find(id);
      if (next == by_id_.end()) {
        unknown(metric, id);
      } else if (const auto again = std::ranges::find(path_, id); again != path_.end()) {
        cycle(metric, again - path_.begin());
      } else {
        visit(*next->second);
      }
    }
    path_.pop_back();
    done_.insert(metric.query.id);
  }

 private:
  void unknown(const AlarmMetric& metric, const std::string& id) {
    std::vector<std::string_view> ids;
    for (const auto& [known, entry] : by_id_) {
      if (known != metric.query.id) ids.push_back(known);
    }
    const std::size_t at = word_position(metric.expression->text, id);
    file_.error_in(*metric.expression, at,
                   "the expression reads " + shown(id) + ", which is no entry of this alarm's metrics",
                   suggestion(id, ids));
  }

  void cycle(const AlarmMetric& metric, std::ptrdiff_t from) {
    std::string way;
    for (std::size_t i = static_cast<std::size_t>(from); i < path_.size(); ++i) way += path_[i] + " -> ";
    file_.error(*metric.expression, "expressions that read each other: " + way + path_[static_cast<std::size_t>(from)]);
  }

  RuleFile& file_;
  std::map<std::string, const AlarmMetric*> by_id_;
  std::vector<std::string> path_;
  std::set<std::string> done_;
};

AlarmMetric read_entry(RuleFile& file, const YamlEntry& entry, std::optional<bool>& return_data) {
  AlarmMetric metric;
  metric.node = &entry.value;
  metric.query.id = entry.key;
  if (!is_id(entry.key)) {
    file.error(entry, shown(entry.key) + " is no id of a metric",
               "a lower-case letter, then letters, digits and _: expressions name the entry by it");
  }
  MapReader reader(file, entry.value, "metric " + shown(entry.key));
  if (!reader.valid()) return metric;
  if (reader.has("expression")) {
    read_expression(reader, metric);
  } else {
    read_statistic_of(reader, metric.query);
  }
  metric.query.label = reader.text("label").value_or("");
  return_data = reader.truth("return_data");
  reader.finish();
  return metric;
}

std::vector<AlarmMetric> read_map(RuleFile& file, const YamlNode& node) {
  std::vector<AlarmMetric> metrics;
  const MapReader all(file, node, "'metrics'");
  if (!all.valid()) return metrics;
  if (node.entries.size() > kMaxMetrics) {
    file.error(node, "an alarm has at most " + std::to_string(kMaxMetrics) + " metrics and expressions");
    return metrics;
  }
  const YamlNode* first = nullptr;
  for (const YamlEntry& entry : node.entries) {
    std::optional<bool> return_data;
    metrics.push_back(read_entry(file, entry, return_data));
    metrics.back().query.return_data = return_data.value_or(node.entries.size() == 1);
    if (!metrics.back().query.return_data) continue;
    if (first != nullptr) {
      file.error(entry, "two entries have return_data; the alarm watches one of them",
                 "the first is in line " + std::to_string(first->line));
    }
    first = &entry.value;
  }
  if (node.entries.empty()) file.error(node, "'metrics' needs at least one entry");
  if (first == nullptr && !node.entries.empty()) {
    file.error(node, "no entry has return_data: which one does the alarm watch?", "add 'return_data: true' to it");
  }
  return metrics;
}

}  // namespace

std::vector<AlarmMetric> read_alarm_metrics(MapReader& alarm) {
  RuleFile& file = alarm.file();
  const std::size_t errors = file.diagnostics().error_count();
  const YamlNode* many = alarm.find("metrics");
  const YamlNode* one = alarm.find("metric");
  std::vector<AlarmMetric> metrics;
  if (many != nullptr && one != nullptr) {
    file.error(*one, "an alarm has 'metric' or 'metrics', not both");
  } else if (many != nullptr) {
    metrics = read_map(file, *many);
  } else if (one != nullptr) {
    MapReader reader(file, *one, "'metric'");
    AlarmMetric metric;
    metric.node = one;
    metric.query.id = "m1";
    if (reader.valid()) read_statistic_of(reader, metric.query);
    reader.finish();
    metrics.push_back(std::move(metric));
  } else if (alarm.valid()) {
    file.error(alarm.node(), alarm.what() + " lacks 'metric' or 'metrics'", std::string(kMetricExample));
  }
  if (file.diagnostics().error_count() > errors) return {};
  CycleSearch search(file, metrics);
  for (const AlarmMetric& metric : metrics) search.visit(metric);
  if (file.diagnostics().error_count() > errors) return {};
  return metrics;
}

}  // namespace tocsin
