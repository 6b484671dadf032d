// Metric math expressions over series that share period and slots: + - * / ^, comparisons, AND OR, IF(). The functions
// of the CloudWatch user guide's "Using metric math" grow here.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin {

struct MetricMathError {
  std::size_t column = 0;  // byte of the expression, from 0
  std::string message;
  std::string hint;
};

// A value for each slot, oldest first; empty where there is no datapoint.
using MetricSeries = std::vector<std::optional<double>>;

class MetricMath {
 public:
  static std::optional<MetricMath> parse(std::string_view text, MetricMathError& error);

  const std::string& text() const { return text_; }
  // The ids of other queries that the expression reads, each once, in order of first use.
  const std::vector<std::string>& ids() const { return ids_; }

  // `series[i]` belongs to ids()[i]; all have the same length, and so has the result. Missing values count as
  // CloudWatch says: 0 in arithmetic and comparisons where the other side exists; a division by zero drops the
  // datapoint.
  MetricSeries evaluate(std::span<const MetricSeries> series) const;

  struct Node;

 private:
  std::string text_;
  std::vector<std::string> ids_;
  std::shared_ptr<const Node> root_;
};

}  // namespace tocsin
