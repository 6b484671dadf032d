// A silence: for a time, notifications whose labels match are not sent. Matchers are as in Alertmanager: name=value,
// name!=value, name=~regex, name!~regex (anchored); all must match. A label that is not there is empty.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/diagnostics.h"
#include "engine/base/time.h"

namespace tocsin {

struct LabelMatcher {
  enum class Kind { kEqual, kNotEqual, kMatches, kMatchesNot };
  std::string name;
  Kind kind = Kind::kEqual;
  std::string value;
};

struct Silence {
  std::string id;  // sil_…
  std::vector<LabelMatcher> matchers;
  EventTime from, until;  // `until` exclusive
  std::string comment, created_by;
};

// "service=payment", "alarm=~error-.*". Nothing, and `problem` says why, where it can't be read.
std::optional<LabelMatcher> parse_label_matcher(std::string_view text, std::string& problem);
std::string to_text(const LabelMatcher& matcher);
bool matches(const std::vector<LabelMatcher>& matchers, const std::map<std::string, std::string>& labels);

}  // namespace tocsin
