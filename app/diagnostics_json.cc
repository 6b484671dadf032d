#include "app/diagnostics_json.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace tocsin {

nlohmann::ordered_json diagnostics_json(const Diagnostics& diagnostics) {
  auto list = nlohmann::ordered_json::array();
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    nlohmann::ordered_json entry = {{"level", to_text(diagnostic.level)}, {"message", diagnostic.message}};
    if (!diagnostic.hint.empty()) entry["hint"] = diagnostic.hint;
    if (!diagnostic.place.file.empty()) entry["file"] = diagnostic.place.file;
    if (diagnostic.place.line > 0) entry["line"] = diagnostic.place.line;
    if (diagnostic.place.column > 0) entry["column"] = diagnostic.place.column;
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace tocsin
