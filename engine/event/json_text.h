// Looks into the text of a JSON value that is known to be valid, such as FieldValue::text of an object or array, where
// a path leads to more than one value. Slower than the walker and only for those paths; allocates nothing where
// `scratch` is reused.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "engine/event/field_value.h"
#include "engine/event/projection.h"

namespace tocsin {

// The values in an object or array; of equal keys the last counts. One object is used for one value after the other.
class JsonElements {
 public:
  // Of anything but an object or array there are none.
  void read(std::string_view value);

  // JSON text, those of an object in the order of their keys.
  const std::vector<std::string_view>& values() const { return values_; }

 private:
  struct Member {
    std::string_view key;  // unescaped
    std::string_view value;
  };
  std::vector<std::string_view> values_;
  std::vector<Member> members_;
  std::deque<std::string> unescaped_;  // keys that had escapes
};

// What the path leads to; empty where there is nothing.
std::string_view json_descendant(std::string_view value, const FieldPath& path);

// A text is unescaped into `scratch` where it has escapes, and valid until that changes.
FieldValue json_field(std::string_view value, std::string& scratch);

}  // namespace tocsin
