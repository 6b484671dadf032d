#include "engine/pattern/wildcard.h"

namespace tocsin {

Wildcard::Wildcard(std::string_view pattern)
    : anchored_start_(!pattern.starts_with('*')), anchored_end_(!pattern.ends_with('*')) {
  while (!pattern.empty()) {
    const std::size_t star = pattern.find('*');
    const std::string_view piece = pattern.substr(0, star);
    if (!piece.empty()) pieces_.emplace_back(piece);
    if (star == std::string_view::npos) break;
    pattern.remove_prefix(star + 1);
  }
}

bool Wildcard::matches(std::string_view text) const {
  if (pieces_.empty()) return !anchored_start_ || text.empty();
  bool at_start = anchored_start_;
  for (const std::string& piece : pieces_) {
    const std::size_t found = at_start ? (text.starts_with(piece) ? 0 : std::string_view::npos) : text.find(piece);
    if (found == std::string_view::npos) return false;
    text.remove_prefix(found + piece.size());
    at_start = false;
  }
  return !anchored_end_ || text.empty();
}

}  // namespace tocsin
