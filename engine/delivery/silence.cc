#include "engine/delivery/silence.h"

#include <re2/re2.h>

#include <algorithm>

#include "engine/base/sha256.h"
#include "engine/base/text.h"

namespace tocsin {
namespace {

constexpr std::size_t kLongestName = 256;
constexpr std::size_t kLongestValue = 4096;
// Of one compiled expression, in bytes; RE2 refuses what needs more.
constexpr std::int64_t kLargestProgram = 1 << 20;
constexpr std::string_view kExpected =
    "expected name=value, name!=value, name=~regex or name!~regex, such as service=payment";

bool is_name_byte(char c, bool first) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' || (!first && c >= '0' && c <= '9');
}

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_regex(LabelMatcher::Kind kind) {
  return kind == LabelMatcher::Kind::kMatches || kind == LabelMatcher::Kind::kMatchesNot;
}

std::string_view operator_text(LabelMatcher::Kind kind) {
  switch (kind) {
    case LabelMatcher::Kind::kEqual:
      return "=";
    case LabelMatcher::Kind::kNotEqual:
      return "!=";
    case LabelMatcher::Kind::kMatches:
      return "=~";
    case LabelMatcher::Kind::kMatchesNot:
      return "!~";
  }
  return "";
}

std::optional<LabelMatcher::Kind> take_operator(std::string_view& text) {
  using enum LabelMatcher::Kind;
  for (const LabelMatcher::Kind kind : {kMatches, kMatchesNot, kNotEqual, kEqual}) {
    if (text.starts_with(operator_text(kind))) {
      text.remove_prefix(operator_text(kind).size());
      return kind;
    }
  }
  return std::nullopt;
}

// The value of a matcher, without its quotes. A backslash before anything but a quote, a backslash or an n stays, so
// that regular expressions need no doubled ones.
std::optional<std::string> read_value(std::string_view text, std::string& problem) {
  const bool quoted = text.starts_with('"');
  if (quoted) text.remove_prefix(1);
  std::string value;
  bool closed = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && i + 1 < text.size()) {
      const char next = text[++i];
      if (next == 'n') {
        value += '\n';
      } else if (next == '"' || next == '\\') {
        value += next;
      } else {
        value += c;
        value += next;
      }
    } else if (c == '"') {
      if (quoted && i + 1 == text.size()) {
        closed = true;
      } else {
        problem = quoted ? "nothing may follow the closing quote" : "a quote within a value is written \\\"";
        return std::nullopt;
      }
    } else {
      value += c;
    }
  }
  if (quoted && !closed) {
    problem = "the closing quote is missing";
    return std::nullopt;
  }
  return value;
}

RE2::Options regex_options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kLargestProgram);
  options.set_dot_nl(true);
  return options;
}

}  // namespace

std::optional<LabelMatcher> parse_label_matcher(std::string_view text, std::string& problem) {
  std::string_view rest = trimmed(text);
  std::size_t end = 0;
  while (end < rest.size() && is_name_byte(rest[end], end == 0)) ++end;
  LabelMatcher matcher;
  matcher.name = rest.substr(0, end);
  rest = trimmed(rest.substr(end));
  const std::optional<LabelMatcher::Kind> kind = take_operator(rest);
  if (matcher.name.empty() || matcher.name.size() > kLongestName || !kind) {
    problem = kExpected;
    return std::nullopt;
  }
  matcher.kind = *kind;
  std::optional<std::string> value = read_value(trimmed(rest), problem);
  if (!value) return std::nullopt;
  if (value->size() > kLongestValue) {
    problem = "the value is longer than " + std::to_string(kLongestValue) + " bytes";
    return std::nullopt;
  }
  matcher.value = std::move(*value);
  if (is_regex(matcher.kind)) {
    const RE2 regex(matcher.value, regex_options());
    if (!regex.ok()) {
      problem = "the regular expression can't be used: " + printable(regex.error(), 200);
      return std::nullopt;
    }
  }
  return matcher;
}

std::string to_text(const LabelMatcher& matcher) {
  std::string text = matcher.name;
  text += operator_text(matcher.kind);
  text += '"';
  for (const char c : matcher.value) {
    if (c == '\n') {
      text += "\\n";
    } else {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
  }
  text += '"';
  return text;
}

struct CompiledMatchers::Compiled {
  LabelMatcher matcher;
  std::unique_ptr<const RE2> regex;
};

CompiledMatchers::CompiledMatchers(const std::vector<LabelMatcher>& matchers) {
  for (const LabelMatcher& matcher : matchers) {
    compiled_.push_back({matcher, nullptr});
    if (is_regex(matcher.kind)) compiled_.back().regex = std::make_unique<const RE2>(matcher.value, regex_options());
  }
}
CompiledMatchers::~CompiledMatchers() = default;
CompiledMatchers::CompiledMatchers(CompiledMatchers&&) noexcept = default;
CompiledMatchers& CompiledMatchers::operator=(CompiledMatchers&&) noexcept = default;

bool CompiledMatchers::matches(const std::map<std::string, std::string>& labels) const {
  const auto fits = [&labels](const Compiled& one) {
    const auto label = labels.find(one.matcher.name);
    const std::string_view value = label == labels.end() ? std::string_view() : std::string_view(label->second);
    switch (one.matcher.kind) {
      case LabelMatcher::Kind::kEqual:
        return value == one.matcher.value;
      case LabelMatcher::Kind::kNotEqual:
        return value != one.matcher.value;
      case LabelMatcher::Kind::kMatches:
        return one.regex->ok() && RE2::FullMatch({value.data(), value.size()}, *one.regex);
      case LabelMatcher::Kind::kMatchesNot:
        return one.regex->ok() && !RE2::FullMatch({value.data(), value.size()}, *one.regex);
    }
    return false;
  };
  return !compiled_.empty() && std::ranges::all_of(compiled_, fits);
}

bool matches(const std::vector<LabelMatcher>& matchers, const std::map<std::string, std::string>& labels) {
  return CompiledMatchers(matchers).matches(labels);
}

std::string matchers_problem(const std::vector<LabelMatcher>& matchers) {
  if (matchers.empty()) return "at least one matcher is needed, such as service=payment";
  // A label that is not there is empty: what matches no labels at all matches nearly everything.
  if (matches(matchers, {})) {
    return "at least one matcher must not match the empty text, or nearly everything would be silenced";
  }
  return {};
}

std::string silence_problem(const Silence& silence) {
  if (silence.until <= silence.from) {
    return "it ends (" + to_clock(silence.until) + ") before it begins (" + to_clock(silence.from) + ")";
  }
  return matchers_problem(silence.matchers);
}

std::string silence_id(const Silence& silence) {
  std::string matchers;
  for (const LabelMatcher& matcher : silence.matchers) matchers += to_text(matcher) + "\n";
  return content_id("sil", {matchers, std::to_string(silence.from.ms), std::to_string(silence.until.ms),
                            silence.comment, silence.created_by});
}

}  // namespace tocsin
