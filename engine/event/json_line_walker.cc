#include "engine/event/json_line_walker.h"

#include <cstring>

#include "engine/event/json_scalar.h"

namespace tocsin {
namespace {

bool is_json_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

JsonLineWalker::JsonLineWalker(const FieldTrie& trie, std::size_t fields)
    : trie_(trie), values_(fields), seen_(trie.size(), 0), frames_(kMaxJsonDepth + 1) {
  touched_.reserve(fields);
}

void JsonLineWalker::set_text(std::string_view text) {
  text_ = text;
  backslash_ = 0;
  has_backslash(0, 0);
}

bool JsonLineWalker::has_backslash(std::size_t begin, std::size_t end) {
  if (backslash_ < begin || (backslash_ == 0 && begin == 0)) {
    const void* found = begin < text_.size() ? std::memchr(text_.data() + begin, '\\', text_.size() - begin) : nullptr;
    backslash_ =
        found != nullptr ? static_cast<std::size_t>(static_cast<const char*>(found) - text_.data()) : text_.size();
  }
  return backslash_ < end;
}

JsonLineWalker::Outcome JsonLineWalker::walk(std::size_t begin, std::size_t end, std::span<const std::uint32_t> places,
                                             BatchArena& arena) {
  for (const std::uint32_t field : touched_) values_[field] = {};
  touched_.clear();
  ++line_;
  places_ = places;
  at_ = 0;
  line_end_ = end;
  arena_ = &arena;
  depth_ = 0;
  has_backslash(begin, end);
  return run();
}

std::size_t JsonLineWalker::token_end() const {
  std::size_t end = at_ + 1 < places_.size() ? places_[at_ + 1] : line_end_;
  while (is_json_blank(text_[end - 1])) --end;  // stops at the token itself, which is no blank
  return end;
}

// Duplicate keys: the last one counts, so what an earlier one brought is forgotten with all below it.
void JsonLineWalker::clear(std::uint32_t node) {
  const FieldTrie::Node& from = trie_.node(node);
  if (from.field != FieldTrie::kNone) values_[from.field] = {};
  for (const FieldTrie::Node::Key& key : from.keys) clear(key.node);
  for (const auto& element : from.elements) clear(element.second);
}

FieldValue* JsonLineWalker::visit(std::uint32_t node) {
  if (node == FieldTrie::kNone) return nullptr;
  const FieldTrie::Node& to = trie_.node(node);
  if (to.inner) {
    if (seen_[node] == line_) clear(node);
    seen_[node] = line_;
  }
  if (to.field == FieldTrie::kNone) return nullptr;
  touched_.push_back(to.field);
  values_[to.field] = {};
  return &values_[to.field];
}

bool JsonLineWalker::string_at_place(std::string_view& inside, bool& has_escape) {
  const std::size_t begin = places_[at_] + 1;
  const std::size_t end = token_end();
  if (end <= begin || text_[end - 1] != '"') return false;
  inside = text_.substr(begin, end - 1 - begin);
  has_escape = has_backslash(begin, end);
  ++at_;
  return true;
}

bool JsonLineWalker::read_key(std::uint32_t& child) {
  if (peek() != '"') return false;
  std::string_view key;
  bool has_escape = false;
  if (!string_at_place(key, has_escape)) return false;
  if (peek() != ':') return false;
  ++at_;
  child = FieldTrie::kNone;
  const std::uint32_t node = frames_[depth_].node;
  if (has_escape) {
    const bool wanted = node != FieldTrie::kNone;
    std::size_t size = 0;
    char* room = wanted ? arena_->room(key.size()) : nullptr;
    if (!unescape_json(key, room, size)) return false;
    if (wanted) child = trie_.find(node, std::string_view(room, size));
  } else if (node != FieldTrie::kNone) {
    child = trie_.find(node, key);
  }
  return true;
}

bool JsonLineWalker::read_string(FieldValue* value) {
  std::string_view inside;
  bool has_escape = false;
  if (!string_at_place(inside, has_escape)) return false;
  if (has_escape) {
    std::size_t size = 0;
    char* room = value != nullptr ? arena_->room(inside.size()) : nullptr;
    if (!unescape_json(inside, room, size)) return false;
    if (value != nullptr) inside = arena_->keep(room, size);
  }
  if (value != nullptr) {
    value->kind = FieldKind::kText;
    value->text = inside;
  }
  return true;
}

bool JsonLineWalker::read_scalar(FieldValue* value) {
  const std::size_t begin = places_[at_];
  const std::string_view token = text_.substr(begin, token_end() - begin);
  ++at_;
  if (token == "true" || token == "false") {
    if (value != nullptr) *value = {.kind = FieldKind::kBoolean, .truth = token == "true"};
    return true;
  }
  if (token == "null") {
    if (value != nullptr) *value = {.kind = FieldKind::kNull};
    return true;
  }
  if (!is_json_number(token)) return false;
  if (value != nullptr) *value = number_field(token);
  return true;
}

bool JsonLineWalker::read_plain_value(char first, FieldValue* value) {
  return first == '"' ? read_string(value) : read_scalar(value);
}

JsonLineWalker::Outcome JsonLineWalker::run() {
  const bool is_object = peek() == '{';
  if (!is_object && peek() != '[') return Outcome::kBroken;
  std::uint32_t child = is_object ? FieldTrie::root() : FieldTrie::kNone;

  while (true) {
    // At a value that belongs to `child`.
    const char first = peek();
    FieldValue* value = visit(child);
    bool closed = true;  // the value is complete: a comma or the end of what is around it comes next
    if (first == '{' || first == '[') {
      if (value != nullptr) value->kind = FieldKind::kCompound;
      if (++depth_ > kMaxJsonDepth) return Outcome::kTooDeep;
      frames_[depth_] = {.node = child, .element = 0, .is_array = first == '['};
      ++at_;
      closed = peek() == (first == '[' ? ']' : '}');
      if (closed) {
        ++at_;
        --depth_;
      }
    } else if (first == '\0' || !read_plain_value(first, value)) {
      return Outcome::kBroken;
    }
    while (closed) {
      if (depth_ == 0) {
        return at_ == places_.size() && is_object ? Outcome::kObject : Outcome::kBroken;
      }
      const char next = peek();
      ++at_;
      if (next == ',') {
        ++frames_[depth_].element;
        closed = false;
      } else if (next == (frames_[depth_].is_array ? ']' : '}')) {
        --depth_;
      } else {
        return Outcome::kBroken;
      }
    }
    const Frame& frame = frames_[depth_];
    if (!frame.is_array) {
      if (!read_key(child)) return Outcome::kBroken;
    } else {
      child = frame.node == FieldTrie::kNone ? FieldTrie::kNone : trie_.find(frame.node, frame.element);
    }
  }
}

}  // namespace tocsin
