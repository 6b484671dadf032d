// Statistics of a period, by CloudWatch's names: Sum, SampleCount, Average, Minimum, Maximum and percentiles p0 to p100
// (fractions allowed: p99.9).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tocsin {

enum class StatisticKind { kSum, kSampleCount, kAverage, kMinimum, kMaximum, kPercentile };

struct Statistic {
  StatisticKind kind = StatisticKind::kSum;
  double percentile = 0;  // 0 to 100, kPercentile only
  bool operator==(const Statistic&) const = default;
};

std::optional<Statistic> parse_statistic(std::string_view text);
std::string to_text(const Statistic& statistic);

}  // namespace tocsin
