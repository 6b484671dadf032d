// A silence: for a time, notifications whose labels match are not sent. Matchers are as in Alertmanager: name=value,
// name!=value, name=~regex, name!~regex (anchored); all must match. A label that is not there is empty.
#pragma once

#include <map>
#include <memory>
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
  bool operator==(const LabelMatcher&) const = default;
};

struct Silence {
  std::string id;  // sil_…
  std::vector<LabelMatcher> matchers;
  EventTime from, until;  // `until` exclusive
  std::string comment, created_by;
  bool operator==(const Silence&) const = default;
};

// "service=payment", "alarm=~error-.*". Nothing, and `problem` says why, where it can't be read.
// The value may stand in quotes, with \", \\ and \n in it.
std::optional<LabelMatcher> parse_label_matcher(std::string_view text, std::string& problem);
std::string to_text(const LabelMatcher& matcher);  // service="payment"; reads back as the same matcher
// No matchers match nothing: a silence of everything would be a mistake that nobody hears of.
bool matches(const std::vector<LabelMatcher>& matchers, const std::map<std::string, std::string>& labels);

// Why matchers make no silence: there are none, or they match whatever has no labels at all, and so too much; or the
// silence ends before it begins. Empty: nothing is wrong.
std::string matchers_problem(const std::vector<LabelMatcher>& matchers);
std::string silence_problem(const Silence& silence);

// "sil_" and what derives from its content.
std::string silence_id(const Silence& silence);

// Matchers with their regular expressions compiled, once. A regular expression that can't be compiled matches nothing.
class CompiledMatchers {
 public:
  explicit CompiledMatchers(const std::vector<LabelMatcher>& matchers);
  ~CompiledMatchers();
  CompiledMatchers(CompiledMatchers&&) noexcept;
  CompiledMatchers& operator=(CompiledMatchers&&) noexcept;
  bool matches(const std::map<std::string, std::string>& labels) const;

 private:
  struct Compiled;
  std::vector<Compiled> compiled_;
};

}  // namespace tocsin
