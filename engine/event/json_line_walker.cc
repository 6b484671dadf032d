#include "engine/event/json_line_walker.h"

#include <cstring>

#include "engine/event/json_scalar.h"

namespace tocsin {
namespace {

bool is_json_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// true, false, null or a number; false where it is none of them.
bool read_literal(std::string_view token, FieldValue* value) {
  switch (token[0]) {
    case 't':
      if (token != "true") return false;
      if (value != nullptr) *value = {.kind = FieldKind::kBoolean, .truth = true};
      return true;
    case 'f':
      if (token != "false") return false;
      if (value != nullptr) *value = {.kind = FieldKind::kBoolean, .truth = false};
      return true;
    case 'n':
      if (token != "null") return false;
      if (value != nullptr) *value = {.kind = FieldKind::kNull};
      return true;
    default:
      if (double number = 0; read_short_number(token, number)) {
        if (value != nullptr) *value = {.kind = FieldKind::kNumber, .number = number, .text = token};
        return true;
      }
      if (!is_json_number(token)) return false;
      if (value != nullptr) *value = number_field(token);
      return true;
  }
}

}  // namespace

JsonLineWalker::JsonLineWalker(const FieldTrie& trie, std::size_t fields)
    : trie_(trie), values_(fields), seen_(trie.size(), 0), frames_(kMaxJsonDepth + 1) {
  touched_.reserve(fields);
}

void JsonLineWalker::begin(std::string_view text, std::span<const std::uint32_t> places) {
  text_ = text.data();
  text_size_ = text.size();
  place_ = places.data();
  last_ = place_ + places.size();
  find_backslash(0);
}

void JsonLineWalker::find_backslash(std::size_t from) {
  const void* found = from < text_size_ ? std::memchr(text_ + from, '\\', text_size_ - from) : nullptr;
  backslash_ = found != nullptr ? static_cast<std::size_t>(static_cast<const char*>(found) - text_) : text_size_;
}

JsonLineWalker::Outcome JsonLineWalker::walk(std::size_t begin, std::size_t end, BatchArena& arena) {
  for (const std::uint32_t field : touched_) values_[field] = {};
  touched_.clear();
  ++line_;
  while (place_ < last_ && *place_ < begin) ++place_;
  const Outcome outcome = run(end, arena);
  if (outcome == Outcome::kObject) return outcome;
  // A broken line may have been read on into the next one: take back what that moved.
  while (place_ < last_ && *place_ < end) ++place_;
  find_backslash(end);
  return outcome;
}

// Duplicate keys: the last one counts, so what an earlier one brought is forgotten with all below it.
void JsonLineWalker::clear(std::uint32_t node) {
  const FieldTrie::Node& from = trie_.node(node);
  if (from.field != FieldTrie::kNone) values_[from.field] = {};
  for (const FieldTrie::Node::Key& key : from.keys) clear(key.node);
  for (const auto& element : from.elements) clear(element.second);
}

inline FieldValue* JsonLineWalker::visit(std::uint32_t node) {
  if (node == FieldTrie::kNone) return nullptr;
  const FieldTrie::Node& to = trie_.node(node);
  if (to.inner) {
    if (seen_[node] == line_) clear(node);
    seen_[node] = line_;
  }
  if (to.field == FieldTrie::kNone) return nullptr;
  FieldValue& value = values_[to.field];
  if (value.kind == FieldKind::kAbsent) touched_.push_back(to.field);
  value = {};
  return &value;
}

// An array that is wanted as a whole remembers that it holds a null.
void JsonLineWalker::note_null(std::uint32_t array) {
  if (array == FieldTrie::kNone) return;
  const std::uint32_t field = trie_.node(array).field;
  if (field != FieldTrie::kNone) values_[field].truth = true;
}

// An object or array that is wanted as a whole has its text as it stands.
inline void JsonLineWalker::note_text(const Frame& frame, std::size_t end) {
  if (frame.node == FieldTrie::kNone) return;
  const std::uint32_t field = trie_.node(frame.node).field;
  if (field != FieldTrie::kNone) values_[field].text = {text_ + frame.begin, end - frame.begin};
}

// The place of a string's closing quote: the last character before the next place that is no blank.
inline std::size_t JsonLineWalker::string_end(std::size_t next) const {
  std::size_t end = next - 1;
  while (is_json_blank(text_[end])) --end;  // stops at the string's first quote at the latest
  return end;
}

bool JsonLineWalker::read_escaped(std::string_view inside, FieldValue* value, BatchArena& arena) {
  std::size_t size = 0;
  if (value == nullptr) return unescape_json(inside, nullptr, size);
  char* room = arena.room(inside.size());
  if (!unescape_json(inside, room, size)) return false;
  *value = {.kind = FieldKind::kText, .text = arena.keep(room, size)};
  return true;
}

inline bool JsonLineWalker::read_key(const std::uint32_t*& place, std::uint32_t node, BatchArena& arena,
                                     std::uint32_t& child) {
  const std::size_t begin = place[0] + std::size_t{1};
  const std::size_t colon = place[1];
  if (place >= last_ || text_[begin - 1] != '"' || text_[colon] != ':' || colon <= begin) return false;
  const std::size_t end = string_end(colon);
  if (end < begin) return false;
  place += 2;
  const std::string_view key(text_ + begin, end - begin);
  child = FieldTrie::kNone;
  if (has_escape(begin, end)) {
    FieldValue unescaped;
    if (!read_escaped(key, node != FieldTrie::kNone ? &unescaped : nullptr, arena)) return false;
    if (node != FieldTrie::kNone) child = trie_.find(node, unescaped.text);
  } else if (node != FieldTrie::kNone) {
    child = trie_.find_padded(node, key);
  }
  return true;
}

// A string or a literal.
inline bool JsonLineWalker::read_value(const std::uint32_t*& place, FieldValue* value, BatchArena& arena) {
  const std::size_t begin = place[0];
  const std::size_t next = place[1];
  if (place >= last_ || next <= begin) return false;
  ++place;
  const std::size_t end = string_end(next);
  if (text_[begin] != '"') return read_literal({text_ + begin, end + 1 - begin}, value);
  if (end <= begin || text_[end] != '"') return false;
  const std::string_view inside(text_ + begin + 1, end - begin - 1);
  if (has_escape(begin, end)) return read_escaped(inside, value, arena);
  if (value != nullptr) *value = {.kind = FieldKind::kText, .text = inside};
  return true;
}

// Behind a complete value: over the ends of what is around it, up to the comma before the next one.
inline JsonLineWalker::Next JsonLineWalker::close(const std::uint32_t*& place, Frame*& frame) {
  while (frame != frames_.data()) {
    if (place >= last_) return Next::kBroken;
    const char c = text_[*place++];
    if (c == ',') {
      ++frame->element;
      return frame->is_array ? Next::kElement : Next::kKey;
    }
    if (c != (frame->is_array ? ']' : '}')) return Next::kBroken;
    note_text(*frame, place[-1] + std::size_t{1});
    --frame;
  }
  return Next::kEnd;
}

JsonLineWalker::Outcome JsonLineWalker::run(std::size_t end, BatchArena& arena) {
  const std::uint32_t* place = place_;
  if (place >= last_ || *place >= end) return Outcome::kBroken;
  const bool is_object = text_[*place] == '{';
  if (!is_object && text_[*place] != '[') return Outcome::kBroken;
  std::uint32_t child = is_object ? FieldTrie::root() : FieldTrie::kNone;
  Frame* frame = frames_.data();
  Frame* const deepest = frame + kMaxJsonDepth;

  while (place < last_) {
    FieldValue* value = visit(child);
    const char first = text_[*place];
    Next next = Next::kEnd;
    if (first == '{' || first == '[') {
      if (value != nullptr) value->kind = FieldKind::kCompound;
      if (frame == deepest) return *place < end ? Outcome::kTooDeep : Outcome::kBroken;
      *++frame = {.node = child, .element = 0, .begin = *place, .is_array = first == '['};
      ++place;
      if (place < last_ && text_[*place] == (first == '[' ? ']' : '}')) {
        ++place;
        note_text(*frame, place[-1] + std::size_t{1});
        --frame;
        next = close(place, frame);
      } else {
        next = first == '[' ? Next::kElement : Next::kKey;
      }
    } else {
      if (!read_value(place, value, arena)) return Outcome::kBroken;
      if (first == 'n' && frame->is_array) note_null(frame->node);
      next = close(place, frame);
    }
    switch (next) {
      case Next::kKey:
        if (!read_key(place, frame->node, arena, child)) return Outcome::kBroken;
        break;
      case Next::kElement:
        child = frame->node == FieldTrie::kNone ? FieldTrie::kNone : trie_.find(frame->node, frame->element);
        break;
      case Next::kEnd:
        // The last bracket closes this line's object and nothing stands behind it in the line.
        if (!is_object || place[-1] >= end || *place < end) return Outcome::kBroken;
        place_ = place;
        return Outcome::kObject;
      case Next::kBroken:
        return Outcome::kBroken;
    }
  }
  return Outcome::kBroken;
}

}  // namespace tocsin
