#include "engine/workflow/payload_template.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/workflow/state_failure.h"

namespace tocsin {
namespace {

constexpr std::string_view kPathSuffix = ".$";

std::optional<JsonPath> compile_path(const std::string& name, const Json& value, const PayloadTemplate::Report& report,
                                     const std::string& where) {
  const std::string* text = value.is_string() ? &value.get_ref<const std::string&>() : nullptr;
  if (text != nullptr && text->starts_with("States.")) {
    report("Intrinsic functions are not supported", where);
    return std::nullopt;
  }
  std::string problem = "it is no string";
  if (text != nullptr) {
    if (std::optional<JsonPath> path = JsonPath::parse(*text, problem)) return path;
  }
  report("The value for the field '" + name + "' must be a valid JSONPath or a valid intrinsic function call (" +
             problem + ")",
         where);
  return std::nullopt;
}

}  // namespace

std::shared_ptr<const PayloadTemplate> PayloadTemplate::compile(const Json& value, const Report& report) {
  auto result = std::make_shared<PayloadTemplate>();
  result->root_ = compile_node(value, report, "");
  return result;
}

PayloadTemplate::Node PayloadTemplate::compile_node(const Json& value, const Report& report, const std::string& where) {
  if (value.is_object()) return compile_object(value, report, where);
  Node node;
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      node.items.push_back(compile_node(value[i], report, where + "/" + std::to_string(i)));
    }
    if (!std::all_of(node.items.begin(), node.items.end(), is_literal)) return node;
    node.items.clear();
  }
  node.literal = make_json(value);
  return node;
}

PayloadTemplate::Node PayloadTemplate::compile_object(const Json& value, const Report& report,
                                                      const std::string& where) {
  Node node;
  std::set<std::string> names;
  for (const auto& [key, member] : value.items()) {
    std::string below = where;
    below.append("/").append(key);
    Member compiled{.name = key, .value = {}};
    if (key.ends_with(kPathSuffix)) {
      compiled.name.resize(key.size() - kPathSuffix.size());
      compiled.value.field = key;
      compiled.value.path = compile_path(key, member, report, below);
    } else {
      compiled.value = compile_node(member, report, below);
    }
    if (!names.insert(compiled.name).second) {
      report("The fields '" + compiled.name + "' and '" + compiled.name + ".$' exclude each other", where);
    }
    node.members.push_back(std::move(compiled));
  }
  if (std::all_of(node.members.begin(), node.members.end(), [](const Member& m) { return is_literal(m.value); })) {
    node.members.clear();
    node.literal = make_json(value);
  }
  return node;
}

JsonRef PayloadTemplate::render(const Scope& scope) const {
  if (is_literal(root_)) return root_.literal;
  return make_json(render_node(root_, scope));
}

Json PayloadTemplate::render_node(const Node& node, const Scope& scope) {
  if (is_literal(node)) {
    scope.spend(*node.literal);
    return *node.literal;
  }
  if (node.path) {
    const JsonRef found = scope.find(*node.path);
    if (found == nullptr) {
      throw StateFailure::runtime("The JSONPath '" + node.path->text() + "' specified for the field '" + node.field +
                                  "' could not be found in the input '" + json_text(*scope.root_of(*node.path)) + "'");
    }
    scope.spend(*found);
    return *found;
  }
  if (!node.items.empty()) {
    Json list = Json::array();
    for (const Node& item : node.items) list.push_back(render_node(item, scope));
    return list;
  }
  Json object = Json::object();
  auto& members = object.get_ref<Json::object_t&>();
  for (const Member& member : node.members) members.emplace_back(member.name, render_node(member.value, scope));
  return object;
}

}  // namespace tocsin
