#include "engine/workflow/choice_rule.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/diagnostics.h"
#include "engine/base/ensure.h"
#include "engine/workflow/state_failure.h"
#include "engine/workflow/timestamp.h"

namespace tocsin {
namespace {

using enum ChoiceTest;
using enum ChoiceType;

constexpr ChoiceOperator kOperators[] = {
    {"StringEquals", kEquals, kString, false},
    {"StringEqualsPath", kEquals, kString, true},
    {"StringLessThan", kLess, kString, false},
    {"StringLessThanPath", kLess, kString, true},
    {"StringGreaterThan", kGreater, kString, false},
    {"StringGreaterThanPath", kGreater, kString, true},
    {"StringLessThanEquals", kLessEquals, kString, false},
    {"StringLessThanEqualsPath", kLessEquals, kString, true},
    {"StringGreaterThanEquals", kGreaterEquals, kString, false},
    {"StringGreaterThanEqualsPath", kGreaterEquals, kString, true},
    {"StringMatches", kMatches, kString, false},
    {"NumericEquals", kEquals, kNumeric, false},
    {"NumericEqualsPath", kEquals, kNumeric, true},
    {"NumericLessThan", kLess, kNumeric, false},
    {"NumericLessThanPath", kLess, kNumeric, true},
    {"NumericGreaterThan", kGreater, kNumeric, false},
    {"NumericGreaterThanPath", kGreater, kNumeric, true},
    {"NumericLessThanEquals", kLessEquals, kNumeric, false},
    {"NumericLessThanEqualsPath", kLessEquals, kNumeric, true},
    {"NumericGreaterThanEquals", kGreaterEquals, kNumeric, false},
    {"NumericGreaterThanEqualsPath", kGreaterEquals, kNumeric, true},
    {"BooleanEquals", kEquals, kBoolean, false},
    {"BooleanEqualsPath", kEquals, kBoolean, true},
    {"TimestampEquals", kEquals, kTimestamp, false},
    {"TimestampEqualsPath", kEquals, kTimestamp, true},
    {"TimestampLessThan", kLess, kTimestamp, false},
    {"TimestampLessThanPath", kLess, kTimestamp, true},
    {"TimestampGreaterThan", kGreater, kTimestamp, false},
    {"TimestampGreaterThanPath", kGreater, kTimestamp, true},
    {"TimestampLessThanEquals", kLessEquals, kTimestamp, false},
    {"TimestampLessThanEqualsPath", kLessEquals, kTimestamp, true},
    {"TimestampGreaterThanEquals", kGreaterEquals, kTimestamp, false},
    {"TimestampGreaterThanEqualsPath", kGreaterEquals, kTimestamp, true},
    {"IsNull", kIs, kNull, false},
    {"IsPresent", kIsPresent, kAny, false},
    {"IsNumeric", kIs, kNumeric, false},
    {"IsString", kIs, kString, false},
    {"IsBoolean", kIs, kBoolean, false},
    {"IsTimestamp", kIs, kTimestamp, false},
};

const ChoiceOperator* find_operator(std::string_view name) {
  const auto* found = std::ranges::find(kOperators, name, &ChoiceOperator::name);
  return found == std::end(kOperators) ? nullptr : found;
}

std::optional<Instant> instant_of(const Json& value) {
  return value.is_string() ? parse_timestamp(value.get_ref<const std::string&>()) : std::nullopt;
}

bool has_type(const Json& value, ChoiceType type) {
  switch (type) {
    case kString:
      return value.is_string();
    case kNumeric:
      return value.is_number();
    case kBoolean:
      return value.is_boolean();
    case kTimestamp:
      return instant_of(value).has_value();
    case kNull:
      return value.is_null();
    case kAny:
      return true;
  }
  return false;
}

std::string_view type_name(const ChoiceOperator& op) {
  if (op.test == kIs || op.test == kIsPresent) return "a boolean";
  switch (op.type) {
    case kString:
      return "a string";
    case kNumeric:
      return "a number";
    case kBoolean:
      return "a boolean";
    case kTimestamp:
      return "a timestamp";
    case kNull:
    case kAny:
      break;
  }
  return "a value";
}

bool ordered(std::partial_ordering order, ChoiceTest test) {
  switch (test) {
    case kEquals:
      return order == 0;
    case kLess:
      return order < 0;
    case kGreater:
      return order > 0;
    case kLessEquals:
      return order <= 0;
    case kGreaterEquals:
      return order >= 0;
    case kMatches:
    case kIs:
    case kIsPresent:
      break;
  }
  return false;
}

// Both have the operator's type.
bool compare(const Json& value, const ChoiceOperator& op, const Json& operand) {
  switch (op.type) {
    case kString: {
      const auto& text = value.get_ref<const std::string&>();
      const auto& other = operand.get_ref<const std::string&>();
      return op.test == kMatches ? string_matches(other, text) : ordered(text <=> other, op.test);
    }
    case kNumeric:
      return ordered(compare_numbers(value, operand), op.test);
    case kBoolean:
      return ordered(value.get<bool>() <=> operand.get<bool>(), op.test);
    case kTimestamp:
      return ordered(*instant_of(value) <=> *instant_of(operand), op.test);
    case kNull:
    case kAny:
      break;
  }
  return false;
}

JsonRef find_variable(const Scope& scope, const JsonPath& path) {
  JsonRef found = scope.find(path);
  if (found == nullptr) {
    throw StateFailure::runtime("Invalid path '" + path.text() +
                                "': The choice state's condition path references an invalid value.");
  }
  return found;
}

std::optional<JsonPath> compile_path(const Json& value, std::string_view field, const ChoiceRule::Report& report,
                                     const std::string& where) {
  std::string problem = "it is no string";
  if (value.is_string()) {
    if (std::optional<JsonPath> path = JsonPath::parse(value.get_ref<const std::string&>(), problem)) return path;
  }
  report("Value is not a valid JSONPath (" + problem + ")", where + "/" + std::string(field), "");
  return std::nullopt;
}

void report_unknown(const std::string& key, const ChoiceRule::Report& report, const std::string& where) {
  static constexpr std::string_view kLater[] = {"Condition", "Assign", "Output"};
  if (std::ranges::find(kLater, key) != std::end(kLater)) {
    report("Field '" + key + "' is not supported: JSONata and variables are not", where + "/" + key, "");
    return;
  }
  std::vector<std::string_view> known{"Variable", "Next", "Comment", "And", "Or", "Not"};
  for (const ChoiceOperator& op : kOperators) known.push_back(op.name);
  const std::string_view near = nearest_word(key, known);
  report("Field '" + key + "' is not known here", where + "/" + key,
         near.empty() ? "" : "did you mean '" + std::string(near) + "'?");
}

}  // namespace

bool string_matches(std::string_view pattern, std::string_view text) {
  // The stretches between the stars; the first is tied to the start, the last to the end, the others go to the leftmost
  // place.
  std::vector<std::string> stretches(1);
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool escaped =
        pattern[i] == '\\' && i + 1 < pattern.size() && (pattern[i + 1] == '*' || pattern[i + 1] == '\\');
    if (pattern[i] == '*') {
      stretches.emplace_back();
    } else {
      stretches.back() += escaped ? pattern[++i] : pattern[i];
    }
  }
  if (stretches.size() == 1) return text == stretches.front();
  if (!text.starts_with(stretches.front())) return false;
  std::size_t position = stretches.front().size();
  for (std::size_t i = 1; i + 1 < stretches.size(); ++i) {
    const std::size_t found = text.find(stretches[i], position);
    if (found == std::string_view::npos) return false;
    position = found + stretches[i].size();
  }
  return text.substr(position).ends_with(stretches.back());
}

ChoiceRule ChoiceRule::compile(const Json& value, const Report& report) {
  return compile_at(value, report, "", false);
}

ChoiceRule ChoiceRule::compile_at(const Json& value, const Report& report, const std::string& where, bool nested) {
  ChoiceRule rule;
  if (!value.is_object()) {
    report("Expected an object", where, "");
    return rule;
  }
  std::vector<std::string> conditions;
  for (const auto& [key, member] : value.items()) {
    if (key == "And" || key == "Or" || key == "Not" || find_operator(key) != nullptr) {
      conditions.push_back(key);
    } else if (key == "Next" && nested) {
      report("Field 'Next' belongs to the outermost rule only", where + "/Next", "");
    } else if (key != "Variable" && key != "Comment" && key != "Next") {
      report_unknown(key, report, where);
    }
  }
  if (conditions.size() != 1) {
    if (!value.contains("Condition")) report("A rule has exactly one comparison, And, Or or Not", where, "");
    return rule;
  }
  const std::string& key = conditions.front();
  rule.operator_ = find_operator(key);
  const std::string below = where + "/" + key;
  if (rule.operator_ != nullptr) {
    rule.compile_comparison(value, value[key], report, where);
  } else if (key == "Not") {
    rule.kind_ = Kind::kNot;
    rule.parts_.push_back(compile_at(value[key], report, below, true));
  } else {
    rule.kind_ = key == "And" ? Kind::kAnd : Kind::kOr;
    rule.compile_parts(value[key], report, below);
  }
  return rule;
}

void ChoiceRule::compile_parts(const Json& value, const Report& report, const std::string& where) {
  if (!value.is_array() || value.empty()) {
    report("Expected a list of rules that is not empty", where, "");
    return;
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    parts_.push_back(compile_at(value[i], report, where + "/" + std::to_string(i), true));
  }
}

void ChoiceRule::compile_comparison(const Json& rule, const Json& operand, const Report& report,
                                    const std::string& where) {
  if (!rule.contains("Variable")) {
    report("These fields are required: [Variable]", where, "");
  } else {
    variable_ = compile_path(rule["Variable"], "Variable", report, where);
  }
  const bool is_test = operator_->test == kIs || operator_->test == kIsPresent;
  if (operator_->by_path) {
    operand_path_ = compile_path(operand, operator_->name, report, where);
  } else if (is_test ? operand.is_boolean() : has_type(operand, operator_->type)) {
    operand_ = make_json(operand);
  } else {
    report(operator_->type == kTimestamp && !is_test ? "String does not match RFC3339 timestamp"
                                                     : "Expected " + std::string(type_name(*operator_)),
           where + "/" + std::string(operator_->name), "");
  }
}

bool ChoiceRule::holds(const Scope& scope) const {
  const auto part_holds = [&](const ChoiceRule& part) { return part.holds(scope); };
  switch (kind_) {
    case Kind::kAnd:
      return std::all_of(parts_.begin(), parts_.end(), part_holds);
    case Kind::kOr:
      return std::any_of(parts_.begin(), parts_.end(), part_holds);
    case Kind::kNot:
      return !parts_.front().holds(scope);
    case Kind::kCompare:
      break;
  }
  ENSURE(operator_ != nullptr && variable_.has_value());
  if (operator_->test == kIsPresent) return (scope.find(*variable_) != nullptr) == operand_->get<bool>();
  const JsonRef value = find_variable(scope, *variable_);
  if (operator_->test == kIs) return has_type(*value, operator_->type) == operand_->get<bool>();
  const JsonRef operand = operand_path_ ? find_variable(scope, *operand_path_) : operand_;
  return has_type(*value, operator_->type) && has_type(*operand, operator_->type) &&
         compare(*value, *operator_, *operand);
}

}  // namespace tocsin
