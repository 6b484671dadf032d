// The condition of a filter step: `[?(@.price < 10 && @.tag == 'new')]`. Comparisons of values of different types are
// false, never errors; a path that finds nothing compares equal to nothing but tests false.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/workflow/json.h"

namespace tocsin {

class JsonPathFilter {
 public:
  // Reads "(condition)" from `position`, which is left behind it. Null, and `problem` filled, where it is no condition.
  static std::shared_ptr<const JsonPathFilter> read(std::string_view text, std::size_t& position, std::string& problem);
  ~JsonPathFilter();

  bool holds(const Json& item, const Json& root) const;

  struct Node;

 private:
  explicit JsonPathFilter(std::unique_ptr<const Node> node);
  std::unique_ptr<const Node> node_;
};

}  // namespace tocsin
