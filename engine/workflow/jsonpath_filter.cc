#include "engine/workflow/jsonpath_filter.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "engine/workflow/jsonpath.h"
#include "engine/workflow/jsonpath_reader.h"

namespace tocsin {
namespace {

enum class Comparison { kEqual, kUnequal, kLess, kLessEqual, kGreater, kGreaterEqual };

struct Operand {
  JsonRef literal;               // or
  std::optional<JsonPath> path;  // from the item where it begins with '@'

  const Json* value(const Json& item, const Json& root) const {
    if (literal != nullptr) return literal.get();
    const std::vector<const Json*> found = path->select(path->text().front() == '@' ? item : root);
    return found.size() == 1 ? found.front() : nullptr;
  }
};

bool compare(const Json& a, Comparison comparison, const Json& b) {
  if (comparison == Comparison::kEqual) return same_json(a, b);
  if (comparison == Comparison::kUnequal) return !same_json(a, b);
  std::partial_ordering order = std::partial_ordering::unordered;
  if (a.is_number() && b.is_number()) order = compare_numbers(a, b);
  if (a.is_string() && b.is_string()) order = a.get_ref<const std::string&>() <=> b.get_ref<const std::string&>();
  switch (comparison) {
    case Comparison::kLess:
      return order < 0;
    case Comparison::kLessEqual:
      return order <= 0;
    case Comparison::kGreater:
      return order > 0;
    case Comparison::kGreaterEqual:
      return order >= 0;
    case Comparison::kEqual:
    case Comparison::kUnequal:
      break;
  }
  return false;
}

}  // namespace

struct JsonPathFilter::Node {
  enum class Kind { kAny, kAll, kNot, kExists, kCompare };
  Kind kind = Kind::kExists;
  std::vector<std::unique_ptr<Node>> parts;  // kAny, kAll, kNot
  Operand left, right;
  Comparison comparison = Comparison::kEqual;

  bool holds(const Json& item, const Json& root) const {
    const auto part_holds = [&](const auto& part) { return part->holds(item, root); };
    switch (kind) {
      case Kind::kAny:
        return std::any_of(parts.begin(), parts.end(), part_holds);
      case Kind::kAll:
        return std::all_of(parts.begin(), parts.end(), part_holds);
      case Kind::kNot:
        return !parts.front()->holds(item, root);
      case Kind::kExists:
        return left.value(item, root) != nullptr;
      case Kind::kCompare:
        break;
    }
    const Json* a = left.value(item, root);
    const Json* b = right.value(item, root);
    if (a == nullptr || b == nullptr) return comparison == Comparison::kUnequal && a != b;
    return compare(*a, comparison, *b);
  }
};

namespace {

using Node = JsonPathFilter::Node;

class ConditionReader {
 public:
  ConditionReader(std::string_view text, std::size_t position) : text_(text), position_(position) {}

  std::unique_ptr<Node> read_whole() {
    if (!accept("(")) return fail("a filter is written [?(…)]");
    std::unique_ptr<Node> node = read_list("||");
    if (node != nullptr && !accept(")")) return fail("')' is missing in the filter");
    return node;
  }

  std::size_t position() const { return position_; }
  std::string problem() const { return problem_; }

 private:
  std::unique_ptr<Node> fail(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
    return nullptr;
  }

  bool accept(std::string_view token) {
    while (position_ < text_.size() && text_[position_] == ' ') ++position_;
    if (text_.substr(position_, token.size()) != token) return false;
    position_ += token.size();
    return true;
  }

  // a || b || c, each of which is d && e
  std::unique_ptr<Node> read_list(std::string_view separator) {
    auto list = std::make_unique<Node>();
    list->kind = separator == "||" ? Node::Kind::kAny : Node::Kind::kAll;
    do {
      list->parts.push_back(separator == "||" ? read_list("&&") : read_term());
      if (list->parts.back() == nullptr) return nullptr;
    } while (accept(separator));
    return list;
  }

  std::unique_ptr<Node> read_term() {
    if (++depth_ > 50) return fail("the filter is nested too deep");
    std::unique_ptr<Node> node = read_nested_or_comparison();
    --depth_;
    return node;
  }

  std::unique_ptr<Node> read_nested_or_comparison() {
    if (accept("!")) {
      auto node = std::make_unique<Node>();
      node->kind = Node::Kind::kNot;
      node->parts.push_back(read_term());
      return node->parts.front() == nullptr ? nullptr : std::move(node);
    }
    if (accept("(")) {
      std::unique_ptr<Node> inner = read_list("||");
      if (inner != nullptr && !accept(")")) return fail("')' is missing in the filter");
      return inner;
    }
    return read_comparison();
  }

  std::unique_ptr<Node> read_comparison() {
    auto node = std::make_unique<Node>();
    if (!read_operand(node->left))
      return fail("expected a path, a string, a number, true, false or null in the filter");
    static constexpr std::pair<std::string_view, Comparison> kComparisons[] = {
        {"==", Comparison::kEqual},        {"!=", Comparison::kUnequal}, {"<=", Comparison::kLessEqual},
        {">=", Comparison::kGreaterEqual}, {"<", Comparison::kLess},     {">", Comparison::kGreater}};
    for (const auto& [token, comparison] : kComparisons) {
      if (!accept(token)) continue;
      node->kind = Node::Kind::kCompare;
      node->comparison = comparison;
      if (!read_operand(node->right)) return fail("expected a value after '" + std::string(token) + "' in the filter");
      return node;
    }
    if (!node->left.path) return fail("expected a comparison in the filter");
    return node;
  }

  bool read_operand(Operand& operand) {
    accept("");
    const char c = position_ < text_.size() ? text_[position_] : '\0';
    JsonPathReader reader(text_, position_);
    if (c == '@' || c == '$') {
      operand.path = reader.read(true);
      if (!operand.path) fail(reader.problem());
    } else if (c == '\'' || c == '"') {
      if (std::optional<std::string> quoted = reader.read_quoted()) operand.literal = make_json(std::move(*quoted));
    } else {
      const std::size_t end = std::min(text_.find_first_of(" )=!<>&|]", position_), text_.size());
      JsonProblem ignored;
      operand.literal = parse_json(text_.substr(position_, end - position_), DuplicateKeys::kKeepLast, ignored);
      position_ = end;
      return operand.literal != nullptr;
    }
    position_ = reader.position();
    return operand.path.has_value() || operand.literal != nullptr;
  }

  std::string_view text_;
  std::size_t position_;
  std::string problem_;
  int depth_ = 0;
};

}  // namespace

JsonPathFilter::JsonPathFilter(std::unique_ptr<const Node> node) : node_(std::move(node)) {}
JsonPathFilter::~JsonPathFilter() = default;

std::shared_ptr<const JsonPathFilter> JsonPathFilter::read(std::string_view text, std::size_t& position,
                                                           std::string& problem) {
  ConditionReader reader(text, position);
  std::unique_ptr<const Node> node = reader.read_whole();
  position = reader.position();
  if (node == nullptr) {
    problem = reader.problem();
    return nullptr;
  }
  return std::shared_ptr<const JsonPathFilter>(new JsonPathFilter(std::move(node)));
}

bool JsonPathFilter::holds(const Json& item, const Json& root) const {
  return node_->holds(item, root);
}

}  // namespace tocsin
