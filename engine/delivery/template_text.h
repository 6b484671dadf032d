// The texts of a payload template: "{{ data.title | truncate 80 }} at {{ timestamp | date \"%H:%M\" }}". Here they are
// parsed and checked, without any payload, so that a rules file's faults are found when it is loaded; notifiers/
// renders them. Logic-less on purpose: paths and filters, nothing that could run long or reach out. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tocsin {

// One step of data.services[0].service: a member's name, or an index.
struct TemplateStep {
  std::string name;
  std::size_t index = 0;
  bool is_index = false;
};

enum class TemplateFilterKind {
  kDefault,   // default "none": where the value is missing, null or empty
  kUpper,     // ASCII
  kLower,     // ASCII
  kTruncate,  // truncate 80: characters; what is cut ends in "…"
  kJson,      // as JSON text
  kDate,      // date "%Y-%m-%d %H:%M": an ISO 8601 time, or milliseconds since 1970, in UTC
  kJoin,      // join ", ": a list as one text
};

struct TemplateFilter {
  TemplateFilterKind kind = TemplateFilterKind::kDefault;
  std::string text;        // kDefault, kDate, kJoin
  std::size_t number = 0;  // kTruncate
};

struct TemplateExpression {
  std::vector<TemplateStep> path;
  std::optional<std::string> literal;  // instead of a path: {{ "{{" }}
  std::vector<TemplateFilter> filters;
  std::size_t offset = 0;  // where the path begins in the text
};

// Text as it is, or an expression.
struct TemplatePart {
  std::string text;
  std::optional<TemplateExpression> expression;
};

struct TemplateFault {
  std::size_t offset = 0;  // byte of the text
  std::string message;
  std::string hint;
};

inline constexpr std::size_t kMaxTemplateSteps = 32;
inline constexpr std::size_t kMaxTemplateFilters = 16;
inline constexpr std::size_t kMaxLoopLimit = 1000;
inline constexpr std::size_t kDefaultLoopLimit = 50;
inline constexpr std::size_t kMaxTemplateBytes = 65'536;  // of the whole tree, as JSON

// nullopt, and `fault` says what is wrong and where.
std::optional<std::vector<TemplatePart>> parse_template(std::string_view text, TemplateFault& fault);
// A path by itself, as `$for` has it.
std::optional<std::vector<TemplateStep>> parse_template_path(std::string_view text, TemplateFault& fault);
// A loop variable's name.
bool is_template_name(std::string_view text);

// What a path may begin with, beside the variables of loops: type, timestamp, data, id, contact_point, labels, message.
const std::vector<std::string_view>& template_roots();
// The members of `message`, the common reading of every type of notification.
const std::vector<std::string_view>& template_message_members();
// Why a path finds nothing whatever the payload is: an unknown root, a member that `message` lacks.
std::optional<TemplateFault> check_template_path(const std::vector<TemplateStep>& path,
                                                 const std::vector<std::string>& variables);

}  // namespace tocsin
