#include "engine/workflow/field_reader.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tocsin {
namespace {

// Fields of the language that this interpreter does not run: a definition that has them must not seem to work.
struct Unsupported {
  std::string_view field;
  std::string_view why;
};

constexpr Unsupported kUnsupported[] = {
    {"Assign", "variables are not supported"},
    {"Output", "JSONata is not supported"},
    {"Arguments", "JSONata is not supported"},
};

std::string listed(const std::vector<std::string_view>& words) {
  std::string list;
  for (const std::string_view word : words) list += (list.empty() ? "" : ", ") + std::string(word);
  return list;
}

}  // namespace

std::string did_you_mean(std::string_view word) {
  return word.empty() ? std::string() : "did you mean '" + std::string(word) + "'?";
}

void DefinitionReport::error(const std::string& message, const std::string& where, const std::string& hint) const {
  SourcePlace place;
  place.file = file;
  diagnostics.error(place, message + " at " + (where.empty() ? "/" : where), hint);
}

FieldReader::FieldReader(const Json& object, std::string where, const DefinitionReport& report)
    : object_(object), where_(std::move(where)), report_(report) {}

const Json* FieldReader::find(std::string_view field) const {
  const auto found = object_.find(field);
  return found == object_.end() ? nullptr : &*found;
}

void FieldReader::check_known(const std::vector<std::string_view>& known) const {
  for (const auto& [key, value] : object_.items()) {
    if (std::ranges::find(known, key) != known.end()) continue;
    const auto* unsupported = std::ranges::find(kUnsupported, key, &Unsupported::field);
    if (unsupported != std::end(kUnsupported)) {
      error("Field '" + key + "' is not supported: " + std::string(unsupported->why), key);
      continue;
    }
    const std::string_view near = nearest_word(key, known);
    report_.error("Field '" + key + "' is not known here", where(key), did_you_mean(near));
  }
}

void FieldReader::require(const std::vector<std::string_view>& fields) const {
  std::vector<std::string_view> missing;
  for (const std::string_view field : fields) {
    if (find(field) == nullptr) missing.push_back(field);
  }
  if (!missing.empty()) error("These fields are required: [" + listed(missing) + "]");
}

void FieldReader::exclude(std::string_view a, std::string_view b) const {
  if (find(a) != nullptr && find(b) != nullptr) {
    error("Only one of these fields may be given: [" + listed({a, b}) + "]");
  }
}

std::string FieldReader::text(std::string_view field) const {
  const Json* value = find(field);
  if (value == nullptr) return {};
  if (value->is_string()) return value->get<std::string>();
  error("Expected a string", field);
  return {};
}

std::optional<std::int64_t> FieldReader::integer(std::string_view field, std::int64_t least, std::int64_t most) const {
  const Json* value = find(field);
  if (value == nullptr) return std::nullopt;
  if (value->is_number_integer()) {
    const bool too_large =
        value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(most);
    const std::int64_t number = too_large ? most : value->get<std::int64_t>();
    if (!too_large && number >= least && number <= most) return number;
  }
  error("Expected an integer from " + std::to_string(least) + " to " + std::to_string(most), field);
  return std::nullopt;
}

std::optional<double> FieldReader::number(std::string_view field, double least) const {
  const Json* value = find(field);
  if (value == nullptr) return std::nullopt;
  if (value->is_number() && value->get<double>() >= least) return value->get<double>();
  error("Expected a number of at least " + json_text(Json(least)), field);
  return std::nullopt;
}

bool FieldReader::truth(std::string_view field) const {
  const Json* value = find(field);
  if (value == nullptr) return false;
  if (value->is_boolean()) return value->get<bool>();
  error("Expected true or false", field);
  return false;
}

std::optional<JsonPath> FieldReader::path(std::string_view field) const {
  const Json* value = find(field);
  if (value == nullptr) return std::nullopt;
  std::string problem = "it is no string";
  if (value->is_string()) {
    const auto& text = value->get_ref<const std::string&>();
    if (std::optional<JsonPath> path = JsonPath::parse(text, problem)) return path;
    if (text.starts_with("States.")) problem = "intrinsic functions are not supported";
  }
  error("Value is not a valid JSONPath (" + problem + ")", field);
  return std::nullopt;
}

NullablePath FieldReader::nullable_path(std::string_view field) const {
  const Json* value = find(field);
  if (value != nullptr && value->is_null()) return {.is_null = true, .path = {}};
  return {.is_null = false, .path = path(field)};
}

NullablePath FieldReader::reference_path(std::string_view field) const {
  NullablePath result = nullable_path(field);
  if (result.path && !result.path->is_reference()) error("Value is not a Reference Path", field);
  return result;
}

SecondsField FieldReader::seconds(std::string_view field, std::string_view path_field, std::int64_t least) const {
  constexpr std::int64_t kMost = 99'999'999;
  exclude(field, path_field);
  return {.seconds = integer(field, least, kMost), .path = path(path_field)};
}

std::shared_ptr<const PayloadTemplate> FieldReader::payload_template(std::string_view field) const {
  const Json* value = find(field);
  if (value == nullptr) return nullptr;
  return PayloadTemplate::compile(*value, [&](const std::string& message, const std::string& below) {
    report_.error(message, where(field) + below);
  });
}

std::vector<std::string> FieldReader::names(std::string_view field) const {
  std::vector<std::string> result;
  const Json* value = find(field);
  if (value == nullptr) return result;
  const bool is_list = value->is_array() && !value->empty() &&
                       std::all_of(value->begin(), value->end(), [](const Json& item) { return item.is_string(); });
  if (!is_list) {
    error("Expected a list of strings that is not empty", field);
    return result;
  }
  for (const Json& item : *value) result.push_back(item.get<std::string>());
  return result;
}

}  // namespace tocsin
