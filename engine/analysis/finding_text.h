// The sentences of a finding: title, summary and probable cause. Log text in them is made printable, so that they can
// be shown on a terminal.
#pragma once

#include <string>
#include <vector>

#include "engine/analysis/analyzer.h"
#include "engine/analysis/onset.h"
#include "engine/analysis/shape_table.h"

namespace tocsin {

struct FindingTextInput {
  const AnalysisInput& analysis;
  const std::vector<ShapeGroup>& shapes;  // the most remarkable first
  const ServiceOnset* onset = nullptr;    // of the first service; null where there is no service or no activity
};

// Needs services, evidence and onset of the finding; fills the texts.
void write_finding_text(Finding& finding, const FindingTextInput& input);

}  // namespace tocsin
