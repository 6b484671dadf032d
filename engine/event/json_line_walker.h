// Reads one JSON line along its structural characters: checks the whole grammar, also of what nobody wants, and puts
// the wanted fields into an array of values. One walker per parse() call.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "engine/event/batch_arena.h"
#include "engine/event/field_trie.h"

namespace tocsin {

// Nesting deeper than this makes a line a dead letter.
inline constexpr std::size_t kMaxJsonDepth = 1024;

class JsonLineWalker {
 public:
  enum class Outcome { kObject, kBroken, kTooDeep };

  explicit JsonLineWalker(const FieldTrie& trie, std::size_t fields);

  // A new text; the walker keeps a view of it.
  void set_text(std::string_view text);
  // The line that is text[begin, end), with the structural places in it. Texts with escapes are unescaped into the
  // arena.
  Outcome walk(std::size_t begin, std::size_t end, std::span<const std::uint32_t> places, BatchArena& arena);
  // By field number, of the line walked last.
  std::span<const FieldValue> values() const { return values_; }

 private:
  struct Frame {
    std::uint32_t node = FieldTrie::kNone;
    std::uint32_t element = 0;
    bool is_array = false;
  };

  Outcome run();
  bool read_key(std::uint32_t& child);
  bool read_string(FieldValue* value);
  bool read_scalar(FieldValue* value);
  bool read_plain_value(char first, FieldValue* value);
  FieldValue* visit(std::uint32_t node);
  void clear(std::uint32_t node);
  bool string_at_place(std::string_view& inside, bool& has_escape);
  bool has_backslash(std::size_t begin, std::size_t end);
  // The end of the token at the current place: the next place, less the blanks before it.
  std::size_t token_end() const;

  char peek() const { return at_ < places_.size() ? text_[places_[at_]] : '\0'; }

  const FieldTrie& trie_;
  std::string_view text_;
  std::span<const std::uint32_t> places_;
  std::size_t at_ = 0;
  std::size_t line_end_ = 0;
  std::size_t backslash_ = 0;  // the first backslash at or behind the current place, or text_.size()
  BatchArena* arena_ = nullptr;
  std::uint64_t line_ = 0;
  std::vector<FieldValue> values_;
  std::vector<std::uint32_t> touched_;  // fields set in this line
  std::vector<std::uint64_t> seen_;     // by node: the line it was last met in
  std::vector<Frame> frames_;
  std::size_t depth_ = 0;
};

}  // namespace tocsin
