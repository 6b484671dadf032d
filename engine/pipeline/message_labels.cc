#include "engine/pipeline/message_labels.h"

namespace tocsin {

MessageLabels labels_of(const StateTransition& transition, const AlarmDefinition& alarm, const std::string& incident) {
  MessageLabels labels{{"alarm", transition.alarm},
                       {"definition", transition.definition},
                       {"severity", std::string(to_text(transition.severity))},
                       {"state", std::string(to_text(transition.to))}};
  if (!transition.service.empty()) labels.emplace("service", transition.service);
  // A dimension that is called as one of the above does not hide it.
  if (!alarm.for_each.empty()) labels.emplace(alarm.for_each, transition.service);
  if (!incident.empty()) labels.insert_or_assign("incident", incident);
  return labels;
}

MessageLabels incident_labels(MessageLabels labels, const std::string& incident, const Finding* finding) {
  if (!incident.empty()) labels.insert_or_assign("incident", incident);
  if (finding == nullptr) return labels;
  labels.insert_or_assign("severity", std::string(to_text(finding->severity)));
  if (!finding->services.empty()) labels.insert_or_assign("service", finding->services[0].service);
  return labels;
}

}  // namespace tocsin
