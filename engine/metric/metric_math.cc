#include "engine/metric/metric_math.h"

#include <cmath>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/metric/metric_math_parser.h"
#include "engine/metric/metric_math_tree.h"

namespace tocsin {
namespace {

using Node = MetricMath::Node;
using Value = std::optional<double>;

// Empty where the result is no number: a division by zero, an overflow.
Value combine(MathKind kind, double left, double right) {
  double result = 0;
  switch (kind) {
    case MathKind::kAdd:
      result = left + right;
      break;
    case MathKind::kSubtract:
      result = left - right;
      break;
    case MathKind::kMultiply:
      result = left * right;
      break;
    case MathKind::kDivide:
      if (right == 0) return std::nullopt;
      result = left / right;
      break;
    case MathKind::kPower:
      result = std::pow(left, right);
      break;
    case MathKind::kEqual:
      return left == right ? 1 : 0;
    case MathKind::kNotEqual:
      return left != right ? 1 : 0;
    case MathKind::kLess:
      return left < right ? 1 : 0;
    case MathKind::kLessOrEqual:
      return left <= right ? 1 : 0;
    case MathKind::kGreater:
      return left > right ? 1 : 0;
    case MathKind::kGreaterOrEqual:
      return left >= right ? 1 : 0;
    case MathKind::kAnd:
      return left != 0 && right != 0 ? 1 : 0;
    case MathKind::kOr:
      return left != 0 || right != 0 ? 1 : 0;
    case MathKind::kNumber:
    case MathKind::kSeries:
    case MathKind::kNegate:
    case MathKind::kIf:
      ENSURE(false);
  }
  if (!std::isfinite(result)) return std::nullopt;
  return result;
}

class Slot {
 public:
  Slot(std::span<const MetricSeries> series, std::size_t index) : series_(series), index_(index) {}

  Value evaluate(const Node& node) const {
    switch (node.kind) {
      case MathKind::kNumber:
        return node.number;
      case MathKind::kSeries:
        return series_[node.series][index_];
      case MathKind::kNegate: {
        const Value value = evaluate(node.children[0]);
        if (!value) return std::nullopt;
        return -*value;
      }
      case MathKind::kIf:
        return choose(node);
      case MathKind::kAdd:
      case MathKind::kSubtract:
      case MathKind::kMultiply:
      case MathKind::kDivide:
      case MathKind::kPower:
      case MathKind::kEqual:
      case MathKind::kNotEqual:
      case MathKind::kLess:
      case MathKind::kLessOrEqual:
      case MathKind::kGreater:
      case MathKind::kGreaterOrEqual:
      case MathKind::kAnd:
      case MathKind::kOr:
        break;
    }
    return binary(node);
  }

 private:
  // A number has no datapoints of its own: beside it a missing one stays missing.
  Value binary(const Node& node) const {
    const Node& left_node = node.children[0];
    const Node& right_node = node.children[1];
    const Value left = evaluate(left_node);
    const Value right = evaluate(right_node);
    const bool has_number = left_node.scalar || right_node.scalar;
    if ((!left && !right) || ((!left || !right) && has_number)) return std::nullopt;
    return combine(node.kind, left.value_or(0), right.value_or(0));
  }

  Value choose(const Node& node) const {
    const Value condition = evaluate(node.children[0]);
    if (!condition) return std::nullopt;
    if (*condition != 0) return evaluate(node.children[1]).value_or(0);
    if (node.children.size() < 3) return std::nullopt;
    return evaluate(node.children[2]);
  }

  std::span<const MetricSeries> series_;
  std::size_t index_;
};

}  // namespace

std::optional<MetricMath> MetricMath::parse(std::string_view text, MetricMathError& error) {
  MetricMath math;
  std::optional<Node> root = parse_metric_math(text, math.ids_, error);
  if (!root) return std::nullopt;
  math.text_ = text;
  math.root_ = std::make_shared<const Node>(std::move(*root));
  return math;
}

MetricSeries MetricMath::evaluate(std::span<const MetricSeries> series) const {
  ENSURE(root_ != nullptr && series.size() == ids_.size());
  const std::size_t length = series[0].size();
  for (const MetricSeries& one : series) ENSURE(one.size() == length);
  MetricSeries result(length);
  for (std::size_t i = 0; i < length; ++i) result[i] = Slot(series, i).evaluate(*root_);
  return result;
}

}  // namespace tocsin
