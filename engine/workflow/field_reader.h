// Reads the fields of one object of a definition and complains about them: missing, unknown, of the wrong type. Every
// complaint goes to the diagnostics with the place, "at /States/X/Field"; reading goes on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/diagnostics.h"
#include "engine/workflow/json.h"
#include "engine/workflow/jsonpath.h"
#include "engine/workflow/payload_template.h"
#include "engine/workflow/state_definition.h"

namespace tocsin {

// Where complaints go.
struct DefinitionReport {
  Diagnostics& diagnostics;
  std::string file;

  void error(const std::string& message, const std::string& where, const std::string& hint = {}) const;
};

// A hint, empty where there is no word.
std::string did_you_mean(std::string_view word);

class FieldReader {
 public:
  FieldReader(const Json& object, std::string where, const DefinitionReport& report);

  const Json& object() const { return object_; }
  const std::string& where() const { return where_; }
  std::string where(std::string_view field) const { return where_ + "/" + std::string(field); }
  void error(const std::string& message) const { report_.error(message, where_.empty() ? "/" : where_); }
  void error(const std::string& message, std::string_view field, const std::string& hint = {}) const {
    report_.error(message, where(field), hint);
  }

  // Complains about fields that are neither known nor known to be unsupported.
  void check_known(const std::vector<std::string_view>& known) const;
  void require(const std::vector<std::string_view>& fields) const;
  // Of two fields that say the same thing, only one may be there.
  void exclude(std::string_view a, std::string_view b) const;

  const Json* find(std::string_view field) const;
  std::string text(std::string_view field) const;  // empty where missing
  std::optional<std::int64_t> integer(std::string_view field, std::int64_t least, std::int64_t most) const;
  std::optional<double> number(std::string_view field, double least) const;
  bool truth(std::string_view field) const;
  std::optional<JsonPath> path(std::string_view field) const;
  NullablePath nullable_path(std::string_view field) const;
  NullablePath reference_path(std::string_view field) const;
  SecondsField seconds(std::string_view field, std::string_view path_field, std::int64_t least) const;
  std::shared_ptr<const PayloadTemplate> payload_template(std::string_view field) const;
  std::vector<std::string> names(std::string_view field) const;

 private:
  const Json& object_;
  std::string where_;
  const DefinitionReport& report_;
};

}  // namespace tocsin
