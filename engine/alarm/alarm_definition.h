// A metric alarm as its user writes it, by CloudWatch's words (PutMetricAlarm), and two of ours: for_each and severity.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/time.h"
#include "engine/metric/metric_id.h"
#include "engine/metric/metric_math.h"
#include "engine/metric/statistic.h"

namespace tocsin {

enum class AlarmState { kOk, kAlarm, kInsufficientData };
enum class Comparison { kGreaterThan, kGreaterOrEqual, kLessThan, kLessOrEqual };
enum class TreatMissingData { kMissing, kIgnore, kBreaching, kNotBreaching };
enum class LowSamplePercentile { kEvaluate, kIgnore };
enum class Severity { kInfo, kWarning, kCritical };

std::string_view to_text(AlarmState state);            // "OK", "ALARM", "INSUFFICIENT_DATA"
std::string_view to_text(Comparison comparison);       // "GreaterThanThreshold"
std::string_view to_text(TreatMissingData treatment);  // "notBreaching"
std::string_view to_text(Severity severity);           // "critical"
std::optional<AlarmState> parse_alarm_state(std::string_view text);
std::optional<Comparison> parse_comparison(std::string_view text);  // ">" and "GreaterThanThreshold"
std::optional<TreatMissingData> parse_treat_missing_data(std::string_view text);
std::optional<Severity> parse_severity(std::string_view text);
bool breaches(double value, Comparison comparison, double threshold);

// One entry of an alarm's `metrics`: a statistic of a metric, or an expression over the other entries.
struct MetricQuery {
  std::string id;
  MetricName metric;      // where there is no expression
  Dimensions dimensions;  // without the for_each dimension
  Statistic statistic;
  std::string unit;  // CloudWatch's; kept for the alarm's document
  std::optional<MetricMath> expression;
  std::string label;
  bool return_data = true;  // exactly one entry of an alarm has it
};

// What an alarm does when it enters a state.
struct AlarmAction {
  enum class Kind { kWorkflow, kContact };
  Kind kind = Kind::kWorkflow;
  std::string target;  // the name of a workflow or of a contact point
};

struct AlarmDefinition {
  std::string name;
  std::string description;
  std::string for_each;              // a dimension's name: one alarm for each of its values; empty: one alarm
  std::vector<MetricQuery> metrics;  // at least one
  Period period = Period::seconds(60);
  int evaluation_periods = 1;              // N
  int datapoints_to_alarm = 1;             // M <= N
  bool names_datapoints_to_alarm = false;  // M was written; CloudWatch's reason text depends on it
  Comparison comparison = Comparison::kGreaterThan;
  double threshold = 0;
  TreatMissingData treat_missing_data = TreatMissingData::kMissing;
  LowSamplePercentile low_sample_percentile = LowSamplePercentile::kEvaluate;
  std::optional<int> evaluation_range;  // periods looked at; default N + 2, or N + 60/period below a minute
  Severity severity = Severity::kWarning;
  bool actions_enabled = true;
  std::vector<AlarmAction> alarm_actions;
  std::vector<AlarmAction> ok_actions;
  std::vector<AlarmAction> insufficient_data_actions;
};

int evaluation_range(const AlarmDefinition& alarm);  // in periods
// How often the alarm is evaluated: every 60 s, every 10 s where the period is below 60 s; always 10 s after the
// boundary.
Period evaluation_interval(const AlarmDefinition& alarm);
inline constexpr Period kEvaluationLag = Period::seconds(10);
// The query with return_data.
const MetricQuery& returned_query(const AlarmDefinition& alarm);

}  // namespace tocsin
