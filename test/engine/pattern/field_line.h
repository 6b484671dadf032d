// Events for tests of patterns, written as a line of fields: `$.a = 1.0; $.b = "x"; $.c = null`. Values are JSON's, and
// an object or array is not looked into: `$.d = [1]` does not tell $.d[0]. The line itself is the event's raw text.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/ensure.h"
#include "engine/base/text.h"
#include "engine/event/log_event.h"
#include "engine/event/projection.h"

namespace tocsin::test {

class FieldLine {
 public:
  explicit FieldLine(std::string text) : text_(std::move(text)) {
    std::string_view rest = text_;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find("; "), rest.size());
      const std::string_view part = rest.substr(0, end);
      const std::size_t equals = part.find(" = ");
      if (equals != std::string_view::npos) add(part.substr(0, equals), part.substr(equals + 3));
      rest.remove_prefix(std::min(end + 2, rest.size()));
    }
  }
  FieldLine(const FieldLine&) = delete;
  FieldLine& operator=(const FieldLine&) = delete;

  // The event as a parser makes it for the projection. Lives until the next call.
  const LogEvent& event(const Projection& projection) {
    slots_.assign(projection.size(), FieldValue{});
    for (std::size_t i = 0; i < slots_.size(); ++i) slots_[i] = field(projection.paths()[i]);
    event_.raw = text_;
    event_.fields = slots_;
    return event_;
  }

  FieldValue field(const FieldPath& path) const {
    const auto found = values_.find(path);
    return found == values_.end() ? FieldValue{} : found->second;
  }

  // The value of a JSON text, which must outlive it.
  static FieldValue read(std::string_view value);

  const std::string& text() const { return text_; }
  void set_time(EventTime time) { event_.time = time; }

 private:
  void add(std::string_view path_text, std::string_view value) {
    FieldPath path;
    ENSURE(parse_field_path(path_text, path));
    values_[path] = read(value);
  }

  std::string text_;
  std::map<FieldPath, FieldValue> values_;
  std::vector<FieldValue> slots_;
  LogEvent event_;
};

inline FieldValue FieldLine::read(std::string_view value) {
  if (value == "null") return {.kind = FieldKind::kNull};
  if (value == "true" || value == "false") return {.kind = FieldKind::kBoolean, .truth = value == "true"};
  if (value.starts_with('{')) return {.kind = FieldKind::kCompound, .text = value};
  if (value.starts_with('[')) {
    return {.kind = FieldKind::kCompound, .truth = value.find("null") != std::string_view::npos, .text = value};
  }
  if (value.starts_with('"')) return {.kind = FieldKind::kText, .text = value.substr(1, value.size() - 2)};
  const std::optional<double> number = parse_number(value);
  ENSURE(number.has_value());
  return {.kind = FieldKind::kNumber, .number = *number, .text = value};
}

}  // namespace tocsin::test
