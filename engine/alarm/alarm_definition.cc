#include "engine/alarm/alarm_definition.h"

#include <array>

#include "engine/base/ensure.h"

namespace tocsin {
namespace {

struct ComparisonName {
  Comparison comparison;
  std::string_view sign;
  std::string_view name;
};

constexpr std::array<ComparisonName, 4> kComparisons = {{
    {Comparison::kGreaterThan, ">", "GreaterThanThreshold"},
    {Comparison::kGreaterOrEqual, ">=", "GreaterThanOrEqualToThreshold"},
    {Comparison::kLessThan, "<", "LessThanThreshold"},
    {Comparison::kLessOrEqual, "<=", "LessThanOrEqualToThreshold"},
}};

// The value whose text is `text`; the texts of an enum are written once, in to_text.
template <typename Enum, std::size_t N>
std::optional<Enum> find_text(const std::array<Enum, N>& values, std::string_view text) {
  for (const Enum value : values) {
    if (to_text(value) == text) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_text(AlarmState state) {
  switch (state) {
    case AlarmState::kOk:
      return "OK";
    case AlarmState::kAlarm:
      return "ALARM";
    case AlarmState::kInsufficientData:
      return "INSUFFICIENT_DATA";
  }
  return "";
}

std::string_view to_text(Comparison comparison) {
  for (const ComparisonName& row : kComparisons) {
    if (row.comparison == comparison) return row.name;
  }
  return "";
}

std::string_view to_text(TreatMissingData treatment) {
  switch (treatment) {
    case TreatMissingData::kMissing:
      return "missing";
    case TreatMissingData::kIgnore:
      return "ignore";
    case TreatMissingData::kBreaching:
      return "breaching";
    case TreatMissingData::kNotBreaching:
      return "notBreaching";
  }
  return "";
}

std::string_view to_text(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kCritical:
      return "critical";
  }
  return "";
}

std::optional<AlarmState> parse_alarm_state(std::string_view text) {
  return find_text(std::array{AlarmState::kOk, AlarmState::kAlarm, AlarmState::kInsufficientData}, text);
}

std::optional<Comparison> parse_comparison(std::string_view text) {
  for (const ComparisonName& row : kComparisons) {
    if (text == row.sign || text == row.name) return row.comparison;
  }
  return std::nullopt;
}

std::optional<TreatMissingData> parse_treat_missing_data(std::string_view text) {
  return find_text(std::array{TreatMissingData::kMissing, TreatMissingData::kIgnore, TreatMissingData::kBreaching,
                              TreatMissingData::kNotBreaching},
                   text);
}

std::optional<Severity> parse_severity(std::string_view text) {
  return find_text(std::array{Severity::kInfo, Severity::kWarning, Severity::kCritical}, text);
}

bool breaches(double value, Comparison comparison, double threshold) {
  switch (comparison) {
    case Comparison::kGreaterThan:
      return value > threshold;
    case Comparison::kGreaterOrEqual:
      return value >= threshold;
    case Comparison::kLessThan:
      return value < threshold;
    case Comparison::kLessOrEqual:
      return value <= threshold;
  }
  return false;
}

int evaluation_range(const AlarmDefinition& alarm) {
  if (alarm.evaluation_range) return *alarm.evaluation_range;
  ENSURE(alarm.period.ms > 0);
  const Period minute = Period::seconds(60);
  // Data often arrives a little late, so CloudWatch looks at more periods than it needs; these are the margins it was
  // seen to use.
  const std::int64_t margin = alarm.period < minute ? minute.ms / alarm.period.ms : 2;
  return alarm.evaluation_periods + static_cast<int>(margin);
}

Period evaluation_interval(const AlarmDefinition& alarm) {
  return alarm.period < Period::seconds(60) ? Period::seconds(10) : Period::seconds(60);
}

const MetricQuery& returned_query(const AlarmDefinition& alarm) {
  const MetricQuery* found = nullptr;
  for (const MetricQuery& query : alarm.metrics) {
    if (query.return_data) found = &query;
  }
  ENSURE(found != nullptr);
  return *found;
}

}  // namespace tocsin
