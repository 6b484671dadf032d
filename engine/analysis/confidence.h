// How sure a finding is, with the reasons for and against in words. Not a probability: a sum of what speaks for the
// first service and what does not, from 0.05 to 0.95.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/analysis/finding.h"
#include "engine/analysis/shape_table.h"

namespace tocsin {

struct ConfidenceInput {
  const std::vector<RankedService>& services;
  const std::vector<ShapeGroup>& shapes;
  bool has_baseline = false;      // enough time before the onset is known
  bool explains_callers = false;  // services that broke call the first one
  std::uint64_t events = 0;       // seen in the time of the analysis
  NotAnalysed not_analysed;
};

struct Confidence {
  double value = 0;
  std::vector<std::string> reasons;
};

Confidence confidence_of(const ConfidenceInput& input);

}  // namespace tocsin
