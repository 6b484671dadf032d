#include "rules/yaml_document.h"

#include <algorithm>

#include "engine/base/text.h"
#include "rules/yaml_builder.h"
#include "rules/yaml_scalar.h"

namespace tocsin {
namespace {

constexpr std::size_t kMaxShownLine = 400;
constexpr std::size_t kMaxOpenBrackets = 10'000;
constexpr std::size_t kMaxFlowMarks = 2 * kMaxYamlNodes;

// What yaml-cpp must never see: it would buffer a flow collection of any size before it reports a single value.
struct TextFault {
  std::size_t offset = 0;
  std::string message;
  bool placed = true;
};

std::optional<TextFault> fault_of(std::string_view text) {
  if (text.size() > kMaxYamlBytes) return TextFault{0, "the file is larger than 4 MiB", false};
  if (!is_valid_utf8(text)) return TextFault{0, "the file is no UTF-8 text", false};
  std::size_t open = 0, marks = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f) return TextFault{i, "a control character"};
    if (c == '[' || c == '{') ++open;
    if ((c == ']' || c == '}') && open > 0) --open;
    if (c == '[' || c == '{' || c == ',') ++marks;
    if (open > kMaxOpenBrackets) return TextFault{i, "nested deeper than 64 levels"};
    if (marks > kMaxFlowMarks) return TextFault{i, "more than 200,000 values in one file"};
  }
  return std::nullopt;
}

std::vector<std::size_t> line_starts(std::string_view text) {
  std::vector<std::size_t> starts{0};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') starts.push_back(i + 1);
  }
  return starts;
}

// A URL with a user's password, with parameters, which often are a token, or with a long part in its path, which is how
// chat services write theirs.
bool holds_credentials(const YamlNode& url) {
  if (url.kind != YamlNode::Kind::kScalar) return false;
  if (url.text.find_first_of("@?") != std::string::npos) return true;
  constexpr std::size_t kTokenSize = 16;
  const std::size_t scheme = url.text.find("://");
  std::size_t at = url.text.find('/', scheme == std::string::npos ? 0 : scheme + 3);
  while (at != std::string::npos) {
    const std::size_t next = std::min(url.text.find('/', at + 1), url.text.size());
    if (next - at > kTokenSize) return true;
    at = next == url.text.size() ? std::string::npos : next;
  }
  return false;
}

// Keys whose values nobody may see, also where they are not quite spelt right. A mapping may also be a thing that is
// only named so.
bool is_secret(const YamlEntry& entry) {
  std::string bare = to_lower(entry.key);
  std::erase_if(bare, [](char c) { return c == '_' || c == '-'; });
  if (entry.value.kind == YamlNode::Kind::kMap) return bare == "secret" || bare == "password" || bare == "routingkey";
  return bare.find("secret") != std::string::npos || bare.find("password") != std::string::npos ||
         bare.find("routingkey") != std::string::npos;
}

// How many bytes of a double-quoted scalar the escape at `at` takes, and how many bytes of text it gives.
struct Escape {
  std::size_t written = 2, gives = 1;
};

Escape escape_at(std::string_view line, std::size_t at) {
  const char kind = at + 1 < line.size() ? line[at + 1] : '"';
  std::size_t hex = 0;
  if (kind == 'x') hex = 2;
  if (kind == 'u') hex = 4;
  if (kind == 'U') hex = 8;
  std::uint32_t code = 0;
  for (std::size_t i = 0; i < hex && at + 2 + i < line.size(); ++i) {
    const char c = line[at + 2 + i];
    code = code * 16 + static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  const std::size_t gives = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  return {2 + hex, gives};
}

// The byte of `line` where byte `offset` of the scalar that begins at `begin` is written, or nothing where the scalar
// goes on in the next line.
std::optional<std::size_t> written_at(std::string_view line, std::size_t begin, std::size_t offset) {
  if (begin >= line.size()) return std::nullopt;
  const char quote = line[begin];
  if (quote == '|' || quote == '>' || quote == '!' || quote == '&') return std::nullopt;
  if (quote != '\'' && quote != '"') {
    return begin + offset <= line.size() ? std::optional(begin + offset) : std::nullopt;
  }
  std::size_t at = begin + 1;
  for (std::size_t given = 0; given < offset;) {
    if (at >= line.size()) return std::nullopt;
    Escape step{1, 1};
    if (quote == '\'' && line.substr(at, 2) == "''") step = {2, 1};
    if (quote == '"' && line[at] == '\\') step = escape_at(line, at);
    at += step.written;
    given += step.gives;
  }
  return at <= line.size() ? std::optional(at) : std::nullopt;
}

}  // namespace

const YamlEntry* YamlNode::find_entry(std::string_view key) const {
  const auto found = std::ranges::find_if(entries, [&](const YamlEntry& entry) { return entry.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

const YamlNode* YamlNode::find(std::string_view key) const {
  const YamlEntry* entry = find_entry(key);
  return entry == nullptr ? nullptr : &entry->value;
}

std::string_view kind_text(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kSequence:
      return "a list";
    case YamlNode::Kind::kMap:
      return "a mapping";
    case YamlNode::Kind::kScalar:
      break;
  }
  if (!node.plain) return "text";
  if (parse_yaml_number(node.text)) return "a number";
  return parse_yaml_bool(node.text) ? "a truth value" : "text";
}

std::optional<YamlDocument> YamlDocument::parse(const std::string& file, std::string_view text,
                                                Diagnostics& diagnostics) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (const std::optional<TextFault> fault = fault_of(text)) {
    const std::string_view before = text.substr(0, fault->offset);
    const auto line = static_cast<int>(std::ranges::count(before, '\n'));
    const auto column = static_cast<int>(before.size() - (before.rfind('\n') + 1));
    const SourcePlace place = fault->placed ? SourcePlace{file, line + 1, column + 1} : SourcePlace{file, 0, 0};
    diagnostics.error(place, fault->message);
    return std::nullopt;
  }
  YamlTree tree = build_yaml_tree(text);
  YamlDocument document;
  document.file_ = file;
  document.text_ = std::string(text);
  document.line_starts_ = line_starts(text);
  document.root_ = std::move(tree.root);
  document.hide_secrets();
  for (YamlFault& fault : tree.faults) {
    std::string line = document.source_line(fault.line);
    if (!tree.complete) line = masked_line(line);
    diagnostics.error({file, fault.line, fault.column}, std::move(fault.message), std::move(fault.hint),
                      std::move(line));
  }
  if (!tree.complete) return std::nullopt;
  return document;
}

std::string_view YamlDocument::line_text(int line) const {
  if (line < 1 || static_cast<std::size_t>(line) > line_starts_.size()) return {};
  const std::size_t begin = line_starts_[static_cast<std::size_t>(line) - 1];
  std::string_view text = std::string_view(text_).substr(begin);
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

SourcePlace YamlDocument::place_in(const YamlNode& scalar, std::size_t offset) const {
  SourcePlace place{file_, scalar.line, scalar.column};
  if (scalar.substituted || scalar.column < 1) return place;
  const auto begin = static_cast<std::size_t>(scalar.column) - 1;
  if (const std::optional<std::size_t> at = written_at(line_text(scalar.line), begin, offset)) {
    place.column = static_cast<int>(*at) + 1;
  }
  return place;
}

std::string YamlDocument::source_line(int line) const {
  std::string shown(line_text(line));
  for (const Hidden& hidden : hidden_) {
    if (hidden.line != line || hidden.begin >= shown.size()) continue;
    // As wide as before, so that a caret behind it still points at the right place.
    for (std::size_t i = hidden.begin; i < std::min(hidden.end, shown.size()); ++i) {
      shown[i] = i < hidden.begin + 3 ? '*' : ' ';
    }
  }
  shown.erase(shown.find_last_not_of(" \t") + 1);
  return shown.size() > kMaxShownLine ? std::string() : shown;
}

void YamlDocument::hide_secrets() {
  std::vector<YamlNode*> waiting{&root_};
  while (!waiting.empty()) {
    YamlNode& node = *waiting.back();
    waiting.pop_back();
    for (YamlNode& item : node.items) waiting.push_back(&item);
    for (YamlEntry& entry : node.entries) {
      const bool address = entry.key == "url" || entry.key == "proxy";
      if (is_secret(entry) || (address && holds_credentials(entry.value))) {
        hide(entry.value);
      } else if (entry.key == "headers") {
        for (YamlEntry& header : entry.value.entries) hide(header.value);
      } else {
        waiting.push_back(&entry.value);
      }
    }
  }
}

void YamlDocument::hide(YamlNode& node) {
  for (YamlNode& item : node.items) hide(item);
  for (YamlEntry& entry : node.entries) {
    // {env: NAME} and {file: path} say where a secret is, not what it is.
    const bool where = entry.key == "env" || entry.key == "file" || entry.key == "until";
    if (where && entry.value.kind == YamlNode::Kind::kScalar) continue;
    hide(entry.value);
  }
  if (node.kind != YamlNode::Kind::kScalar || node.text.empty()) return;
  node.secret = true;
  hide_scalar(node);
}

void YamlDocument::hide_scalar(const YamlNode& scalar) {
  const std::string_view line = line_text(scalar.line);
  const std::size_t begin = static_cast<std::size_t>(scalar.column) - 1;
  const std::optional<std::size_t> end = written_at(line, begin, scalar.text.size());
  hidden_.push_back({scalar.line, begin, end.value_or(line.size())});
  if (end) return;
  // A scalar of several lines: all that are indented deeper than its first one, and those between.
  const std::size_t indent = line.find_first_not_of(" -");
  for (int next = scalar.line + 1; static_cast<std::size_t>(next) <= line_starts_.size(); ++next) {
    const std::size_t first = line_text(next).find_first_not_of(' ');
    if (first != std::string_view::npos && first <= indent) break;
    hidden_.push_back({next, 0, std::string_view::npos});
  }
}

std::string masked_line(std::string_view line) {
  const std::string lower = to_lower(line);
  std::size_t at = std::string::npos;
  for (const std::string_view word : {"secret", "password", "token", "authorization", "whsec_"}) {
    at = std::min(at, lower.find(word));
  }
  if (at == std::string::npos) return std::string(line);
  const std::size_t colon = line.find(':', at);
  const std::size_t keep = lower.compare(at, 6, "whsec_") == 0 || colon == std::string::npos ? at : colon + 1;
  return std::string(line.substr(0, keep)) + (keep < line.size() ? " ***" : "");
}

}  // namespace tocsin
