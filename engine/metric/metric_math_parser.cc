#include "engine/metric/metric_math_parser.h"

#include <algorithm>
#include <utility>

#include "engine/base/text.h"

namespace tocsin {
namespace {

using Node = MetricMath::Node;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_name(char c) {
  return is_letter(c) || is_digit(c) || c == '_';
}

// The operators of one level; of two that begin alike the longer comes first.
struct Operator {
  std::string_view text;
  MathKind kind;
};
constexpr Operator kOrOperators[] = {{"||", MathKind::kOr}, {"OR", MathKind::kOr}};
constexpr Operator kAndOperators[] = {{"&&", MathKind::kAnd}, {"AND", MathKind::kAnd}};
constexpr Operator kComparisons[] = {
    {"==", MathKind::kEqual},          {"!=", MathKind::kNotEqual}, {"<=", MathKind::kLessOrEqual},
    {">=", MathKind::kGreaterOrEqual}, {"<", MathKind::kLess},      {">", MathKind::kGreater},
};
constexpr Operator kSums[] = {{"+", MathKind::kAdd}, {"-", MathKind::kSubtract}};
constexpr Operator kProducts[] = {{"*", MathKind::kMultiply}, {"/", MathKind::kDivide}};
constexpr std::span<const Operator> kLevels[] = {kOrOperators, kAndOperators, kComparisons, kSums, kProducts};

class MathParser {
 public:
  MathParser(std::string_view text, std::vector<std::string>& ids, MetricMathError& error)
      : text_(text), ids_(ids), error_(error) {}

  bool parse(Node& out) {
    if (!parse_level(out, 0)) return false;
    skip_blanks();
    if (at_ < text_.size()) return fail(at_, "unexpected " + shown());
    if (out.scalar) return fail(0, "the expression reads no metric");
    return true;
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && std::string_view(" \t\n\r").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  char peek() {
    skip_blanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  std::string shown() const {
    if (at_ >= text_.size()) return "the end of the expression";
    std::size_t end = at_ + 1;
    while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xC0) == 0x80) ++end;
    return "'" + printable(text_.substr(at_, end - at_)) + "'";
  }

  bool fail(std::size_t column, std::string message, std::string hint = {}) {
    error_ = {column, std::move(message), std::move(hint)};
    return false;
  }

  bool enter() {
    if (++depth_ <= kMaxMathDepth) return true;
    return fail(at_, "the expression is nested too deeply");
  }

  static bool is_word(const Operator& op) { return is_letter(op.text[0]); }

  const Operator* take_operator(std::span<const Operator> operators) {
    skip_blanks();
    for (const Operator& op : operators) {
      const std::string_view here = text_.substr(at_, op.text.size());
      if (is_word(op)) {
        const std::size_t end = at_ + op.text.size();
        if (to_upper(here) != op.text || (end < text_.size() && is_name(text_[end]))) continue;
      } else if (here != op.text) {
        continue;
      }
      at_ += op.text.size();
      return &op;
    }
    return nullptr;
  }

  bool parse_level(Node& out, std::size_t level) {
    if (level == std::size(kLevels)) return parse_unary(out);
    if (!parse_level(out, level + 1)) return false;
    while (const Operator* op = take_operator(kLevels[level])) {
      Node right;
      if (!parse_level(right, level + 1)) return false;
      join(out, op->kind, std::move(right));
    }
    return true;
  }

  static void join(Node& left, MathKind kind, Node right) {
    Node joined;
    joined.kind = kind;
    joined.scalar = left.scalar && right.scalar;
    joined.children.reserve(2);
    joined.children.push_back(std::move(left));
    joined.children.push_back(std::move(right));
    left = std::move(joined);
  }

  bool parse_unary(Node& out) {
    if (peek() == '-') {
      ++at_;
      Node operand;
      if (!enter() || !parse_unary(operand)) return false;
      --depth_;
      out.kind = MathKind::kNegate;
      out.scalar = operand.scalar;
      out.children.push_back(std::move(operand));
      return true;
    }
    if (!parse_primary(out)) return false;
    if (peek() != '^') return true;
    ++at_;
    Node exponent;
    if (!enter() || !parse_unary(exponent)) return false;
    --depth_;
    join(out, MathKind::kPower, std::move(exponent));
    return true;
  }

  bool parse_primary(Node& out) {
    const char c = peek();
    if (c == '(') {
      ++at_;
      if (!enter() || !parse_level(out, 0)) return false;
      --depth_;
      return take(')');
    }
    if (is_digit(c) || c == '.') return parse_constant(out);
    if (is_letter(c)) return parse_name(out);
    if (c == '"' || c == '\'') return fail(at_, "texts are not supported yet");
    if (c == '[') return fail(at_, "arrays are not supported yet");
    return fail(at_, "expected a number, an id or '(', found " + shown());
  }

  bool take(char c) {
    if (peek() != c) return fail(at_, std::string("expected '") + c + "', found " + shown());
    ++at_;
    return true;
  }

  bool parse_constant(Node& out) {
    const std::size_t begin = at_;
    const auto digits = [this] {
      while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    };
    digits();
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      digits();
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      digits();
    }
    std::string literal(text_.substr(begin, at_ - begin));
    if (literal.starts_with('.')) literal.insert(0, "0");
    const std::optional<double> number = parse_number(literal);
    if (!number || (at_ < text_.size() && is_name(text_[at_]))) {
      return fail(begin, "this is no number", "numbers are written 5, 0.5 or 1e3");
    }
    out.number = *number;
    return true;
  }

  bool parse_name(Node& out) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    const std::string name(text_.substr(begin, at_ - begin));
    if (peek() == '(') {
      if (name == "IF") return parse_if(out);
      if (to_upper(name) == "IF") return fail(begin, "unknown function " + name + "()", "did you mean IF()?");
      return fail(begin, name + "() is not supported yet");
    }
    if (name[0] < 'a' || name[0] > 'z') {
      return fail(begin, "'" + name + "' is no id", "ids of metrics begin with a lower-case letter");
    }
    const auto known = std::find(ids_.begin(), ids_.end(), name);
    out.kind = MathKind::kSeries;
    out.series = static_cast<std::uint32_t>(known - ids_.begin());
    out.scalar = false;
    if (known == ids_.end()) ids_.push_back(name);
    return true;
  }

  bool parse_if(Node& out) {
    const std::size_t begin = at_++;
    out.kind = MathKind::kIf;
    if (!enter()) return false;
    do {
      if (!parse_level(out.children.emplace_back(), 0)) return false;
      out.scalar = out.scalar && out.children.back().scalar;
    } while (peek() == ',' && ++at_ > 0);
    --depth_;
    if (!take(')')) return false;
    if (out.children.size() >= 2 && out.children.size() <= 3) return true;
    return fail(begin, "IF takes a condition and one or two values", "IF(m1 > 5, m2, 0)");
  }

  std::string_view text_;
  std::vector<std::string>& ids_;
  MetricMathError& error_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

std::optional<MetricMath::Node> parse_metric_math(std::string_view text, std::vector<std::string>& ids,
                                                  MetricMathError& error) {
  if (text.size() > kMaxMathLength) {
    error = {0, "the expression is longer than 2048 bytes", {}};
    return std::nullopt;
  }
  Node root;
  if (!MathParser(text, ids, error).parse(root)) return std::nullopt;
  return root;
}

}  // namespace tocsin
