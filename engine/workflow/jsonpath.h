// JSONPath as the states language uses it: names, indexes, wildcards, slices, unions of indexes, descent, filters.
// Paths into the context object begin with "$$". A definite path leads to at most one value; any other gives the list
// of all it finds. Immutable, shared between executions.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/workflow/json.h"

namespace tocsin {

class JsonPathFilter;

struct PathStep {
  enum class Kind : std::uint8_t { kName, kIndexes, kSlice, kAll, kFilter };
  Kind kind = Kind::kName;
  bool descend = false;                          // written "..": at any depth
  std::string name;                              // kName
  std::vector<std::int64_t> indexes;             // kIndexes; below zero counts from the end
  std::optional<std::int64_t> first, last;       // kSlice, `last` excluded
  std::shared_ptr<const JsonPathFilter> filter;  // kFilter
};

class JsonPath {
 public:
  // Nothing, and `problem` filled, where `text` is no path or one of a form that is not supported.
  static std::optional<JsonPath> parse(std::string_view text, std::string& problem);

  const std::string& text() const { return text_; }
  bool in_context() const { return in_context_; }
  bool is_definite() const;
  // A definite path by names and indexes from the front, not into the context: somewhere to write to.
  bool is_reference() const;
  const std::vector<PathStep>& steps() const { return steps_; }

  // The values found, in document order. Throws StateFailure where they are absurdly many.
  std::vector<const Json*> select(const Json& root) const;
  // Why a definite path found nothing: "No results for path: $['a']".
  std::string explain_miss(const Json& root) const;

 private:
  friend class JsonPathReader;
  std::string text_;
  bool in_context_ = false;
  std::vector<PathStep> steps_;
};

// A copy of `root` with `value` at the reference path, whose missing objects are made. Null where the path leads
// through something that is no object or behind an array's end.
JsonRef with_value_at(const Json& root, const JsonPath& path, const Json& value);

}  // namespace tocsin
