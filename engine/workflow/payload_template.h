// Parameters and ResultSelector: a JSON value in which a member "name.$" takes its value from a path. Compiled when the
// definition is read, so that a bad path is found then.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/workflow/json.h"
#include "engine/workflow/jsonpath.h"
#include "engine/workflow/scope.h"

namespace tocsin {

class PayloadTemplate {
 public:
  // `report` is called for each mistake, with the members that lead to it ("/a/b.$").
  using Report = std::function<void(const std::string& message, const std::string& where)>;
  static std::shared_ptr<const PayloadTemplate> compile(const Json& value, const Report& report);

  // Throws StateFailure.
  JsonRef render(const Scope& scope) const;

 private:
  struct Member;
  struct Node {
    JsonRef literal;               // a value without paths, or
    std::optional<JsonPath> path;  // a path, with the member's name as written in `field`, or
    std::string field;
    std::vector<Member> members;  // an object's members, or
    std::vector<Node> items;      // an array's items
  };
  struct Member {
    std::string name;
    Node value;
  };

  static Node compile_node(const Json& value, const Report& report, const std::string& where);
  static Node compile_object(const Json& value, const Report& report, const std::string& where);
  static bool is_literal(const Node& node) { return node.literal != nullptr; }
  static Json render_node(const Node& node, const Scope& scope);

  Node root_;
};

}  // namespace tocsin
