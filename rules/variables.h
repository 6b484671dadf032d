// ${VAR}, ${VAR:-default} and $$ in the scalars of a document. Done after parsing, so that a value can never become
// syntax; keys are left alone.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "rules/rule_file.h"

namespace tocsin {

struct VariableFault {
  std::size_t offset = 0;
  std::string message;
  std::string hint;
};

struct Substitution {
  std::string text;
  std::optional<VariableFault> fault;  // the first one; text is of no use then
};

using VariableLookup = std::function<std::optional<std::string>(const std::string&)>;

// In a state machine's definition `$$.Execution.Id` is the context object: there `$$` stays, and only `$${` stands for
// `${`.
enum class DollarRule { kDoubled, kContextObject };
Substitution substitute(std::string_view text, const VariableLookup& lookup, DollarRule rule);

// All scalars of the file; faults are reported.
void substitute_variables(RuleFile& file);

}  // namespace tocsin
