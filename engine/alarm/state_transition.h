// An alarm's change of state.
#pragma once

#include <string>

#include "engine/alarm/alarm_definition.h"
#include "engine/base/time.h"

namespace tocsin {

struct StateTransition {
  std::string id;          // trn_…, from content: alarm, sequence, time
  std::string alarm;       // "high-error-rate/payment"
  std::string definition;  // "high-error-rate"
  std::string service;     // the value of the for_each dimension; empty without
  AlarmState from = AlarmState::kInsufficientData;
  AlarmState to = AlarmState::kInsufficientData;
  std::string reason;
  std::string reason_data;     // JSON text
  EventTime at;                // of the evaluation
  EventTime since;             // when `from` was entered
  std::uint64_t sequence = 0;  // per alarm, from 1
  Severity severity = Severity::kWarning;
};

}  // namespace tocsin
