// Who broke, best candidate first. Each service gets points for what is new or has grown in its own log, for latency
// and silence; points of a message that names another service go mostly to that one; a service whose callee broke at
// the same time or before is partly explained by it; who began later counts less. The score is a service's share of all
// points.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/analysis/analyzer.h"
#include "engine/analysis/onset.h"
#include "engine/analysis/shape_table.h"

namespace tocsin {

struct ServiceSigns {
  std::string service;
  ServiceOnset onset;
};

struct RankingInput {
  std::vector<ServiceSigns> signs;        // by service
  const std::vector<ShapeGroup>& shapes;  // the most remarkable first
  const std::vector<ServiceCall>& calls;
  EventTime fallback_onset;  // for a service without any dated sign
};

// At most `limit` services with a score above 0, best first, ties by name.
std::vector<RankedService> rank_services(const RankingInput& input, std::size_t limit);

}  // namespace tocsin
