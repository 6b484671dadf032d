// Reads metric math. From loose to tight: OR, AND, comparisons, + and -, * and /, unary minus, ^ (from the right).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/metric/metric_math.h"
#include "engine/metric/metric_math_tree.h"

namespace tocsin {

inline constexpr std::size_t kMaxMathLength = 2048;  // bytes
inline constexpr int kMaxMathDepth = 64;             // brackets, functions and signs within each other

// Fills `ids` with the ids that the expression reads, in order of first use.
std::optional<MetricMath::Node> parse_metric_math(std::string_view text, std::vector<std::string>& ids,
                                                  MetricMathError& error);

}  // namespace tocsin
