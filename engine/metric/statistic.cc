#include "engine/metric/statistic.h"

#include "engine/base/ensure.h"
#include "engine/base/text.h"

namespace tocsin {

std::optional<Statistic> parse_statistic(std::string_view text) {
  static constexpr struct {
    std::string_view name;
    StatisticKind kind;
  } kNames[] = {
      {"Sum", StatisticKind::kSum},         {"SampleCount", StatisticKind::kSampleCount},
      {"Average", StatisticKind::kAverage}, {"Minimum", StatisticKind::kMinimum},
      {"Maximum", StatisticKind::kMaximum},
  };
  for (const auto& entry : kNames) {
    if (text == entry.name) return Statistic{.kind = entry.kind};
  }
  if (!text.starts_with('p')) return std::nullopt;
  // Digits and one point only: no signs, no exponents.
  const std::string_view digits = text.substr(1);
  if (digits.empty() || digits.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
  const std::optional<double> percentile = parse_number(digits);
  if (!percentile || *percentile > 100) return std::nullopt;
  return Statistic{.kind = StatisticKind::kPercentile, .percentile = *percentile};
}

std::string to_text(const Statistic& statistic) {
  switch (statistic.kind) {
    case StatisticKind::kSum:
      return "Sum";
    case StatisticKind::kSampleCount:
      return "SampleCount";
    case StatisticKind::kAverage:
      return "Average";
    case StatisticKind::kMinimum:
      return "Minimum";
    case StatisticKind::kMaximum:
      return "Maximum";
    case StatisticKind::kPercentile:
      return "p" + number_text(statistic.percentile);
  }
  ENSURE(false);
}

}  // namespace tocsin
