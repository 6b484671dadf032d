// A parsed metric math expression. Constant once parsed.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/metric/metric_math.h"

namespace tocsin {

enum class MathKind {
  kNumber,
  kSeries,
  kNegate,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kPower,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kAnd,
  kOr,
  kIf,  // condition, then, and perhaps else
};

struct MetricMath::Node {
  MathKind kind = MathKind::kNumber;
  double number = 0;         // kNumber
  std::uint32_t series = 0;  // kSeries: index into ids()
  std::vector<Node> children;
  // Made of numbers only. A missing datapoint counts as 0 beside a datapoint of another series, not beside a number.
  bool scalar = true;
};

}  // namespace tocsin
