// The metric math of published tables, where they are at hand.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/metric/metric_math.h"

namespace tocsin {
namespace {

MetricSeries series_of(const nlohmann::json& values) {
  MetricSeries out;
  for (const nlohmann::json& value : values) {
    out.push_back(value.is_null() ? std::nullopt : std::optional<double>(value.get<double>()));
  }
  return out;
}

TEST(MetricMathConformance, PublishedTables) {
  const std::filesystem::path path =
      std::filesystem::path(TOCSIN_SOURCE_DIR) / "../shared/conformance/alarm/metric_math.json";
  std::ifstream file(path);
  if (!file) GTEST_SKIP() << "no published tables at " << path;
  const nlohmann::json cases = nlohmann::json::parse(file);
  ASSERT_FALSE(cases.empty());
  for (const nlohmann::json& row : cases) {
    MetricMathError error;
    const auto math = MetricMath::parse(row.at("expr").get<std::string>(), error);
    ASSERT_TRUE(math) << row << error.message;
    std::vector<MetricSeries> inputs;
    for (const std::string& id : math->ids()) inputs.push_back(series_of(row.at("series").at(id)));
    EXPECT_EQ(math->evaluate(inputs), series_of(row.at("out"))) << row;
  }
}

}  // namespace
}  // namespace tocsin
