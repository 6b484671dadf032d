#include "engine/pattern/filter_pattern.h"

#include <utility>

#include "engine/pattern/parser.h"
#include "engine/pattern/pattern_tree.h"

namespace tocsin {

FilterPattern::FilterPattern() : tree_(std::make_shared<const PatternTree>()) {}

std::optional<FilterPattern> FilterPattern::parse(std::string_view text, PatternError& error) {
  std::optional<PatternTree> tree = parse_pattern(text, error);
  if (!tree) return std::nullopt;
  FilterPattern pattern;
  pattern.text_ = text;
  pattern.tree_ = std::make_shared<const PatternTree>(std::move(*tree));
  return pattern;
}

std::string FilterPattern::to_text() const {
  return tocsin::to_text(*tree_);
}

}  // namespace tocsin
