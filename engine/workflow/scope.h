// What paths are read from while a state runs: its input and the context object, and how much may still be copied out
// of them. A template can name the whole input many thousand times; the allowance ends that before the memory does.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include "engine/workflow/json.h"
#include "engine/workflow/jsonpath.h"

namespace tocsin {

class Scope {
 public:
  // The context object is made when a path first asks for it, since few do and it holds a copy of the execution's
  // input. `state` names the state in the cause where too much is copied; it must outlive the scope.
  Scope(JsonRef input, std::function<JsonRef()> make_context, const std::string& state)
      : input_(std::move(input)), make_context_(std::move(make_context)), state_(state) {}

  const JsonRef& input() const { return input_; }
  const JsonRef& context() const;
  // What `path` starts from.
  const JsonRef& root_of(const JsonPath& path) const { return path.in_context() ? context() : input_; }
  Scope with_input(JsonRef input) const { return {std::move(input), make_context_, state_}; }

  // Null where a definite path finds nothing; a path that is not definite gives an array. Throws StateFailure.
  JsonRef find(const JsonPath& path) const;
  // The same, but finding nothing fails: "Invalid path '$.x' : No results for path: $['x']".
  JsonRef require(const JsonPath& path) const;

  // Takes note that a value is about to be copied.
  void spend(const Json& value) const;

 private:
  JsonRef input_;
  std::function<JsonRef()> make_context_;
  const std::string& state_;
  mutable JsonRef context_;
  mutable std::size_t allowance_ = 4 * kMaxPayloadBytes;
};

}  // namespace tocsin
