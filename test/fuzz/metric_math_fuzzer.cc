// Metric math: whatever parses must give as many slots as it was given, all finite or empty.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/ensure.h"
#include "engine/metric/metric_math.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  tocsin::MetricMathError error;
  const auto math = tocsin::MetricMath::parse(text, error);
  if (!math) {
    ENSURE(!error.message.empty() && error.column <= text.size());
    return 0;
  }
  const tocsin::MetricSeries values = {0.0, 1.0, std::nullopt, -2.5, 1e308, 1e-308};
  std::vector<tocsin::MetricSeries> series;
  for (std::size_t i = 0; i < math->ids().size(); ++i) {
    tocsin::MetricSeries& one = series.emplace_back();
    for (std::size_t slot = 0; slot < values.size(); ++slot) one.push_back(values[(slot + i) % values.size()]);
  }
  const tocsin::MetricSeries result = math->evaluate(series);
  ENSURE(result.size() == values.size());
  for (const std::optional<double>& value : result) ENSURE(!value || std::isfinite(*value));
  return 0;
}
