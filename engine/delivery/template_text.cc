#include "engine/delivery/template_text.h"

#include <algorithm>
#include <array>

#include "engine/base/diagnostics.h"
#include "engine/base/text.h"

namespace tocsin {
namespace {

enum class Argument { kNone, kText, kNumber };

struct FilterRow {
  std::string_view name;
  TemplateFilterKind kind;
  Argument argument;
  std::string_view example;
};

constexpr std::array<FilterRow, 7> kFilters = {{
    {"default", TemplateFilterKind::kDefault, Argument::kText, "default \"none\""},
    {"upper", TemplateFilterKind::kUpper, Argument::kNone, "upper"},
    {"lower", TemplateFilterKind::kLower, Argument::kNone, "lower"},
    {"truncate", TemplateFilterKind::kTruncate, Argument::kNumber, "truncate 80"},
    {"json", TemplateFilterKind::kJson, Argument::kNone, "json"},
    {"date", TemplateFilterKind::kDate, Argument::kText, "date \"%Y-%m-%d %H:%M\""},
    {"join", TemplateFilterKind::kJoin, Argument::kText, "join \", \""},
}};

constexpr std::string_view kDateMarks = "YmdHMSLFT%";

std::vector<std::string_view> filter_names() {
  std::vector<std::string_view> names;
  for (const FilterRow& row : kFilters) names.push_back(row.name);
  return names;
}

std::string hint_for(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (const std::string_view near = nearest_word(word, candidates); !near.empty()) {
    return "did you mean '" + std::string(near) + "'?";
  }
  std::string list = "known: ";
  for (const std::string_view candidate : candidates) {
    if (list.size() > 7) list += ", ";
    list += candidate;
  }
  return list;
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Reads one text from left to right; the first fault ends it.
class Reader {
 public:
  Reader(std::string_view text, TemplateFault& fault) : text_(text), fault_(fault) {}

  bool read_parts(std::vector<TemplatePart>& parts) {
    while (at_ < text_.size()) {
      const std::size_t open = std::min(text_.find("{{", at_), text_.size());
      if (open > at_) parts.push_back({.text = std::string(text_.substr(at_, open - at_)), .expression = std::nullopt});
      if (open == text_.size()) break;
      at_ = open + 2;
      TemplateExpression expression;
      if (!read_expression(expression)) return false;
      skip_blanks();
      if (text_.substr(at_, 2) != "}}") {
        if (at_ >= text_.size()) return fail(open, "'{{' is not closed", "'}}' ends an expression");
        return fail(at_, "'|' or '}}' expected");
      }
      at_ += 2;
      parts.push_back({.text = {}, .expression = std::move(expression)});
    }
    return true;
  }

  bool read_whole_path(std::vector<TemplateStep>& path) {
    skip_blanks();
    if (!read_path(path)) return false;
    skip_blanks();
    return at_ == text_.size() || fail(at_, "a path ends before this");
  }

 private:
  bool fail(std::size_t offset, std::string message, std::string hint = {}) {
    fault_ = {offset, std::move(message), std::move(hint)};
    return false;
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n') ++at_;
  }

  std::string_view word() {
    const std::size_t begin = at_;
    while (is_word(peek())) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  bool read_expression(TemplateExpression& expression) {
    skip_blanks();
    expression.offset = at_;
    if (peek() == '"' || peek() == '\'') {
      std::string literal;
      if (!read_quoted(literal)) return false;
      expression.literal = std::move(literal);
    } else if (!read_path(expression.path)) {
      return false;
    }
    for (skip_blanks(); peek() == '|'; skip_blanks()) {
      ++at_;
      if (expression.filters.size() == kMaxTemplateFilters) return fail(at_, "more than 16 filters");
      if (!read_filter(expression)) return false;
    }
    return true;
  }

  bool read_path(std::vector<TemplateStep>& path) {
    while (true) {
      const std::size_t begin = at_;
      const std::string_view name = word();
      if (name.empty()) return fail(begin, path.empty() ? "a path expected" : "a name expected", "such as data.title");
      if (!add(path, {.name = std::string(name)}, begin)) return false;
      while (peek() == '[') {
        if (!read_index(path)) return false;
      }
      if (peek() != '.') return true;
      ++at_;
    }
  }

  bool add(std::vector<TemplateStep>& path, TemplateStep step, std::size_t offset) {
    if (path.size() == kMaxTemplateSteps) return fail(offset, "a path has at most 32 steps");
    path.push_back(std::move(step));
    return true;
  }

  // [0], or ["a name with blanks"].
  bool read_index(std::vector<TemplateStep>& path) {
    const std::size_t begin = at_++;
    TemplateStep step;
    if (peek() == '"' || peek() == '\'') {
      if (!read_quoted(step.name)) return false;
    } else {
      step.is_index = true;
      if (!read_number(step.index)) return false;
    }
    if (peek() != ']') return fail(at_, "']' expected");
    ++at_;
    return add(path, std::move(step), begin);
  }

  bool read_number(std::size_t& number) {
    const std::size_t begin = at_;
    while (is_digit(peek())) {
      number = number * 10 + static_cast<std::size_t>(text_[at_++] - '0');
      if (number > 1'000'000) return fail(begin, "the number is too large");
    }
    return at_ > begin || fail(at_, "a number expected");
  }

  bool read_quoted(std::string& value) {
    const std::size_t begin = at_;
    const char quote = text_[at_++];
    while (at_ < text_.size() && text_[at_] != quote) {
      char c = text_[at_++];
      if (c == '\\') {
        c = peek();
        if (c == 'n') {
          c = '\n';
        } else if (c != '\\' && c != '"' && c != '\'') {
          return fail(at_ - 1, "an unknown escape", "known: \\n, \\\\, \\\", \\'");
        }
        ++at_;
      }
      value += c;
    }
    if (at_ >= text_.size()) return fail(begin, "the quote is not closed");
    ++at_;
    return true;
  }

  bool read_filter(TemplateExpression& expression) {
    skip_blanks();
    const std::size_t begin = at_;
    const std::string_view name = word();
    const auto* const row = std::ranges::find(kFilters, name, &FilterRow::name);
    if (row == kFilters.end()) {
      if (name.empty()) return fail(begin, "a filter expected", hint_for({}, filter_names()));
      return fail(begin, "unknown filter '" + std::string(name) + "'", hint_for(name, filter_names()));
    }
    TemplateFilter filter{.kind = row->kind, .text = {}, .number = 0};
    skip_blanks();
    const std::size_t argument = at_;
    if (row->argument == Argument::kText && (peek() == '"' || peek() == '\'')) {
      if (!read_quoted(filter.text)) return false;
    } else if (row->argument == Argument::kNumber && is_digit(peek())) {
      if (!read_number(filter.number)) return false;
    } else if (row->argument != Argument::kNone) {
      const std::string_view wanted = row->argument == Argument::kText ? "a text in quotes" : "a number";
      return fail(argument, "'" + std::string(name) + "' needs " + std::string(wanted),
                  "such as " + std::string(row->example));
    }
    if (filter.kind == TemplateFilterKind::kDate && !check_date(filter.text, argument)) return false;
    expression.filters.push_back(std::move(filter));
    return true;
  }

  bool check_date(std::string_view format, std::size_t offset) {
    for (std::size_t i = 0; i < format.size(); ++i) {
      if (format[i] != '%') continue;
      ++i;
      if (i >= format.size() || kDateMarks.find(format[i]) == std::string_view::npos) {
        return fail(offset, "'date' knows %Y %m %d %H %M %S %L (milliseconds), %F (date), %T (time) and %%");
      }
    }
    return true;
  }

  std::string_view text_;
  TemplateFault& fault_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<std::vector<TemplatePart>> parse_template(std::string_view text, TemplateFault& fault) {
  std::vector<TemplatePart> parts;
  if (!Reader(text, fault).read_parts(parts)) return std::nullopt;
  return parts;
}

std::optional<std::vector<TemplateStep>> parse_template_path(std::string_view text, TemplateFault& fault) {
  std::vector<TemplateStep> path;
  if (!Reader(text, fault).read_whole_path(path)) return std::nullopt;
  return path;
}

bool is_template_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && !is_digit(text.front()) && std::ranges::all_of(text, is_word);
}

const std::vector<std::string_view>& template_roots() {
  static const std::vector<std::string_view> kRoots = {"type",          "timestamp", "data",   "id",
                                                       "contact_point", "labels",    "message"};
  return kRoots;
}

const std::vector<std::string_view>& template_message_members() {
  static const std::vector<std::string_view> kMembers = {"title", "text", "severity", "service",  "status",
                                                         "key",   "at",   "facts",    "evidence", "incident"};
  return kMembers;
}

std::optional<TemplateFault> check_template_path(const std::vector<TemplateStep>& path,
                                                 const std::vector<std::string>& variables) {
  if (path.empty()) return std::nullopt;
  const TemplateStep& root = path.front();
  if (!root.is_index && std::ranges::find(variables, root.name) != variables.end()) return std::nullopt;
  if (root.is_index || std::ranges::find(template_roots(), root.name) == template_roots().end()) {
    std::vector<std::string_view> known = template_roots();
    known.insert(known.end(), variables.begin(), variables.end());
    return TemplateFault{0, "there is no '" + printable(root.name, 80) + "' in a notification",
                         hint_for(root.name, known)};
  }
  if (root.name != "message" || path.size() < 2 || path[1].is_index) return std::nullopt;
  const std::vector<std::string_view>& members = template_message_members();
  if (std::ranges::find(members, path[1].name) != members.end()) return std::nullopt;
  return TemplateFault{0, "'message' has no '" + printable(path[1].name, 80) + "'", hint_for(path[1].name, members)};
}

}  // namespace tocsin
