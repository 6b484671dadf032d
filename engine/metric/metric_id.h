// What names a metric, as in CloudWatch: namespace, name, and dimensions.
#pragma once

#include <compare>
#include <string>
#include <vector>

namespace tocsin {

struct MetricName {
  std::string ns;
  std::string name;
  auto operator<=>(const MetricName&) const = default;
};

struct Dimension {
  std::string name;
  std::string value;
  auto operator<=>(const Dimension&) const = default;
};
using Dimensions = std::vector<Dimension>;  // sorted by name; at most three in a metric filter

struct MetricId {
  MetricName metric;
  Dimensions dimensions;
  auto operator<=>(const MetricId&) const = default;
};

}  // namespace tocsin
