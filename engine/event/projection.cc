#include "engine/event/projection.h"

#include <charconv>

#include "engine/base/ensure.h"

namespace tocsin {
namespace {

// As filter patterns read it after a dot.
bool is_plain_key(std::string_view key) {
  if (key.starts_with('@')) key.remove_prefix(1);
  if (key.empty()) return false;
  for (const char c : key) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                       c == '-' || (static_cast<unsigned char>(c) & 0x80) != 0;
    if (!plain) return false;
  }
  return true;
}

// Reads a step written in brackets, [12] or ['key'] or ["key"]; `text` begins behind the opening bracket.
bool parse_bracket(std::string_view& text, FieldPath& path) {
  if (text.empty()) return false;
  if (text[0] != '\'' && text[0] != '"') {
    std::uint32_t index = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
    if (error != std::errc() || end == text.data() + text.size() || *end != ']') return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    path.steps.emplace_back(index);
    return true;
  }
  const char quote = text[0];
  std::string key;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      key.push_back(text[++i]);
    } else if (text[i] == quote) {
      if (i + 1 >= text.size() || text[i + 1] != ']') return false;
      text.remove_prefix(i + 2);
      path.steps.emplace_back(std::move(key));
      return true;
    } else {
      key.push_back(text[i]);
    }
  }
  return false;
}

bool parse_key(std::string_view& text, FieldPath& path) {
  const std::size_t size = std::min(text.find_first_of(".[]'\" \t\r\n"), text.size());
  if (size == 0) return false;
  path.steps.emplace_back(std::string(text.substr(0, size)));
  text.remove_prefix(size);
  return true;
}

}  // namespace

std::string to_text(const FieldPath& path) {
  std::string out = "$";
  for (const FieldPath::Step& step : path.steps) {
    if (const auto* index = std::get_if<std::uint32_t>(&step)) {
      out += "[" + std::to_string(*index) + "]";
      continue;
    }
    const std::string& key = std::get<std::string>(step);
    if (is_plain_key(key)) {
      out += "." + key;
      continue;
    }
    out += "['";
    for (const char c : key) {
      if (c == '\'' || c == '\\') out.push_back('\\');
      out.push_back(c);
    }
    out += "']";
  }
  return out;
}

bool parse_field_path(std::string_view text, FieldPath& out) {
  FieldPath path;
  bool key_may_follow = true;  // without a dot: only at the beginning
  if (!text.empty() && text[0] == '$' && (text.size() == 1 || text[1] == '.' || text[1] == '[')) {
    text.remove_prefix(1);
    key_may_follow = false;
  }
  while (!text.empty()) {
    if (text[0] == '[') {
      text.remove_prefix(1);
      if (!parse_bracket(text, path)) return false;
    } else if (text[0] == '.' && !key_may_follow) {
      text.remove_prefix(1);
      if (!parse_key(text, path)) return false;
    } else if (!key_may_follow || !parse_key(text, path)) {
      return false;
    }
    key_may_follow = false;
  }
  if (path.steps.empty()) return false;
  out = std::move(path);
  return true;
}

FieldSlot Projection::add(const FieldPath& path) {
  const auto [entry, is_new] = slots_.try_emplace(path, FieldSlot{static_cast<std::uint16_t>(paths_.size())});
  if (is_new) {
    ENSURE(paths_.size() < 65'535);
    paths_.push_back(path);
  }
  return entry->second;
}

}  // namespace tocsin
