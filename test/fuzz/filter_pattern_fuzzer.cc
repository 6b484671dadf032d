// A filter pattern, then a NUL byte, then a line. Blanks around a pattern change nothing, and a second look at the same
// line gives the same answer.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/ensure.h"
#include "engine/event/raw_line.h"
#include "engine/pattern/parser.h"
#include "engine/pattern/pattern_set.h"
#include "engine/pattern/pattern_tree.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\0'), input.size());
  const std::string_view text = input.substr(0, end);
  const std::string_view line = input.substr(std::min(end + 1, input.size()));
  tocsin::PatternError error;
  const auto pattern = tocsin::FilterPattern::parse(text, error);
  if (!pattern) {
    ENSURE(!error.message.empty() && error.column <= text.size());
    return 0;
  }
  // A pattern printed is that pattern again, where the blanks between its parts leave it short enough.
  const std::string printed = pattern->to_text();
  const auto reread = tocsin::FilterPattern::parse(printed, error);
  ENSURE(reread ? reread->to_text() == printed : printed.size() > tocsin::kMaxPatternLength);
  tocsin::Projection projection;
  tocsin::PatternSet set;
  const tocsin::PatternId id = set.add(*pattern, projection);
  const auto again = tocsin::FilterPattern::parse(" " + std::string(text) + " ", error);
  ENSURE(!again || set.add(*again, projection).index == id.index);
  tocsin::RawLine raw(projection);
  tocsin::PatternSet::Matcher matcher(set);
  if (pattern->tree().wants_json()) {
    raw.read_json(line);
  } else {
    raw.read_text(line);
  }
  matcher.begin(raw.event());
  const bool first = matcher.matches(id);
  matcher.begin(raw.event());
  ENSURE(matcher.matches(id) == first);
  return 0;
}
