#include "engine/pipeline/rule_set.h"

#include <cmath>

namespace tocsin {

std::string_view category_of(const CategoryRules& rules, double latency_ms) {
  if (std::isnan(latency_ms)) return "unclassified";
  for (const CategoryClass& category : rules.classes) {
    if (!category.bound_ms || latency_ms < *category.bound_ms ||
        (category.inclusive && latency_ms == *category.bound_ms)) {
      return category.name;
    }
  }
  return "unclassified";
}

}  // namespace tocsin
