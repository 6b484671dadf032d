// The set of fields that the rules read. Rules are compiled against a Projection, each distinct field getting a
// numbered slot; parsers fill those slots and nothing else, and filters read slots, never JSON. Built once at load,
// then constant.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tocsin {

// `$.a.b[0]` is {"a", "b", 0}.
struct FieldPath {
  using Step = std::variant<std::string, std::uint32_t>;
  std::vector<Step> steps;
  auto operator<=>(const FieldPath&) const = default;
};

std::string to_text(const FieldPath& path);  // $.a.b[0]; odd keys as ['k.k']
// "a", "a.b", "$.a.b[0]", "$['k.k']". False where the text is no such path.
bool parse_field_path(std::string_view text, FieldPath& out);

struct FieldSlot {
  std::uint16_t index = 0;
  auto operator<=>(const FieldSlot&) const = default;
};

// The parts that every event has whatever its format. A pattern may name them as `$.@level` and so on: a literal key of
// that name wins, else the part is meant. Text formats also offer their own fields by name (`$.status` of an access
// log).
enum class EventPart : std::uint8_t { kTimestamp, kLevel, kMessage, kLatency, kTrace, kUpstream, kService };

class Projection {
 public:
  // The same path always gets the same slot. ENSUREs fewer than 65,536 slots.
  FieldSlot add(const FieldPath& path);

  std::size_t size() const { return paths_.size(); }
  const std::vector<FieldPath>& paths() const { return paths_; }  // indexed by slot

 private:
  std::vector<FieldPath> paths_;
  std::map<FieldPath, FieldSlot> slots_;
};

}  // namespace tocsin
