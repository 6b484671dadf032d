// What the analyzer concluded about an incident, with all that is needed to check it by hand.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/alarm/alarm_definition.h"
#include "engine/base/state_bytes.h"
#include "engine/base/time.h"
#include "engine/event/log_event.h"

namespace tocsin {

struct RankedService {
  std::string service;
  double score = 0;  // 0 to 1, best first
  EventTime onset;   // when it began to break
  std::vector<std::string> reasons;
};

struct Evidence {
  std::string service;
  std::string log_template;  // the message with numbers, ids and paths masked: "timeout after <*> ms"
  std::uint64_t count = 0;   // since onset
  double baseline = 0;       // what the time before onset would lead one to expect in as long
  bool is_new = false;       // never seen before onset
  EventTime first, last;
  std::string sample;  // one line's message
  LineOrigin sample_origin;
};

struct CategoryTally {
  std::string category;
  std::uint64_t count = 0;
  double baseline = 0;
};

// A query that the finding rests on: its text and its result in one line, so that anyone can repeat it.
struct RepeatableQuery {
  std::string text;
  std::string result;
};

struct NotAnalysed {
  std::uint64_t bad_lines = 0, late = 0, truncated = 0, dropped = 0;
};

struct Finding {
  std::string id;        // fnd_…
  std::string incident;  // inc_…
  Severity severity = Severity::kWarning;
  std::string title;    // "payment broke first: connection pool exhausted"
  std::string summary;  // two or three sentences
  std::vector<RankedService> services;
  EventTime onset;
  EventTime detected_at;
  std::string probable_cause;
  std::vector<Evidence> evidence;
  std::vector<CategoryTally> categories;
  std::vector<RepeatableQuery> queries;
  double confidence = 0;  // 0 to 1
  std::vector<std::string> confidence_reasons;
  NotAnalysed not_analysed;
};

// JSON text of DESIGN's shape; `files` names the run's input files for the samples' places.
std::string to_json(const Finding& finding, const std::vector<std::string>& files);

void save(const Finding& finding, StateWriter& out);
Finding restore_finding(StateReader& in);

}  // namespace tocsin
