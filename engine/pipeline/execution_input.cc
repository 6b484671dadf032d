#include "engine/pipeline/execution_input.h"

#include "engine/base/text.h"

namespace tocsin {

std::string execution_input_json(const StateTransition& transition, const std::string& incident) {
  return json_object({{"alarm", json_object({{"name", json_string(transition.alarm)},
                                             {"definition", json_string(transition.definition)},
                                             {"service", json_string(transition.service)},
                                             {"state", json_string(to_text(transition.to))},
                                             {"previous_state", json_string(to_text(transition.from))},
                                             {"reason", json_string(transition.reason)},
                                             {"severity", json_string(to_text(transition.severity))},
                                             {"at", json_string(to_iso8601(transition.at))}})},
                      {"incident", json_string(incident)}});
}

std::string resolved_incident_json(const std::string& incident, EventTime opened, EventTime resolved) {
  return json_object({{"incident", json_string(incident)},
                      {"opened_at", json_string(to_iso8601(opened))},
                      {"resolved_at", json_string(to_iso8601(resolved))},
                      {"duration_s", number_text(static_cast<double>((resolved - opened).ms) / 1000)}});
}

}  // namespace tocsin
