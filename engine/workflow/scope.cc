#include "engine/workflow/scope.h"

#include <nlohmann/json.hpp>

#include "engine/workflow/state_failure.h"

namespace tocsin {

const JsonRef& Scope::context() const {
  if (context_ == nullptr) context_ = make_context_();
  return context_;
}

JsonRef Scope::find(const JsonPath& path) const {
  const JsonRef& root = root_of(path);
  const std::vector<const Json*> found = path.select(*root);
  if (path.is_definite()) return found.empty() ? nullptr : JsonRef(root, found.front());
  Json list = Json::array();
  for (const Json* value : found) {
    spend(*value);
    list.push_back(*value);
  }
  return make_json(std::move(list));
}

JsonRef Scope::require(const JsonPath& path) const {
  JsonRef found = find(path);
  if (found == nullptr) {
    throw StateFailure::runtime("Invalid path '" + path.text() + "' : " + path.explain_miss(*root_of(path)));
  }
  return found;
}

void Scope::spend(const Json& value) const {
  const std::size_t bytes = json_bytes(value);
  if (bytes > allowance_) throw StateFailure::too_large(state_);
  allowance_ -= bytes;
}

}  // namespace tocsin
