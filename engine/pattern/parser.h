// Makes the tree of a filter pattern. The first character that is no blank decides its kind: '{' begins conditions on
// the fields of a JSON line, '[' a space-delimited pattern, anything else is a list of terms.
#pragma once

#include <optional>
#include <string_view>

#include "engine/pattern/filter_pattern.h"
#include "engine/pattern/pattern_tree.h"

namespace tocsin {

inline constexpr std::size_t kMaxPatternLength = 1024;  // characters, as CloudWatch allows
inline constexpr int kMaxPatternDepth = 64;             // parentheses within parentheses
inline constexpr int kMaxRegexes = 2;                   // in conditions
inline constexpr int kMaxSelectorWildcards = 3;         // of which a selector has one

std::optional<PatternTree> parse_pattern(std::string_view text, PatternError& error);

}  // namespace tocsin
