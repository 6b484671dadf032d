#include "rules/variables.h"

namespace tocsin {
namespace {

constexpr std::size_t kMaxText = 1 << 20;

bool is_name(std::string_view name) {
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
  for (const char c : name) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!word) return false;
  }
  return true;
}

// The value of the `${…}` whose inside is `inside`.
std::optional<std::string> value_of(std::string_view inside, const VariableLookup& lookup, VariableFault& fault) {
  const std::size_t colon = inside.find(":-");
  const std::string name(inside.substr(0, colon));
  if (!is_name(name)) {
    fault.message = shown(name) + " is no variable's name";
    fault.hint = "write $${ for a literal ${";
    return std::nullopt;
  }
  std::optional<std::string> value = lookup(name);
  if (colon != std::string_view::npos && (!value || value->empty())) return std::string(inside.substr(colon + 2));
  if (!value) {
    fault.message = "the variable " + name + " is not set";
    fault.hint = "${" + name + ":-default} gives it a default";
  }
  return value;
}

void substitute_in(RuleFile& file, YamlNode& node, DollarRule rule) {
  for (YamlNode& item : node.items) substitute_in(file, item, rule);
  for (YamlEntry& entry : node.entries) {
    substitute_in(file, entry.value, entry.key == "definition" ? DollarRule::kContextObject : rule);
  }
  if (node.broken || node.kind != YamlNode::Kind::kScalar || node.text.find('$') == std::string::npos) return;
  Substitution done = substitute(node.text, file.environment().variable, rule);
  if (done.fault) {
    file.error_in(node, done.fault->offset, done.fault->message, done.fault->hint);
    node.broken = true;
    return;
  }
  if (done.text == node.text) return;
  node.written = std::move(node.text);
  node.text = std::move(done.text);
  node.substituted = true;
}

}  // namespace

Substitution substitute(std::string_view text, const VariableLookup& lookup, DollarRule rule) {
  Substitution result;
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("$$") && (rule == DollarRule::kDoubled || rest.starts_with("$${"))) {
      result.text += '$';
      i += 2;
    } else if (rest.starts_with("$$")) {
      result.text += "$$";
      i += 2;
    } else if (rest.starts_with("${")) {
      const std::size_t end = rest.find('}');
      VariableFault fault{i, "'${' is never closed", "write $${ for a literal ${"};
      const std::optional<std::string> value =
          end == std::string_view::npos ? std::nullopt : value_of(rest.substr(2, end - 2), lookup, fault);
      if (!value) {
        result.fault = std::move(fault);
        return result;
      }
      result.text += *value;
      if (result.text.size() > kMaxText) {
        result.fault = VariableFault{i, "variables make this text longer than 1 MiB", {}};
        return result;
      }
      i += end + 1;
    } else {
      result.text += text[i++];
    }
  }
  return result;
}

void substitute_variables(RuleFile& file) {
  substitute_in(file, file.document().root(), DollarRule::kDoubled);
}

}  // namespace tocsin
