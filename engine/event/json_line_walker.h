// Reads JSON lines along their structural characters: checks the whole grammar, also of what nobody wants, and puts the
// wanted fields into an array of values. One walker per parse() call at a time.
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

  JsonLineWalker(const FieldTrie& trie, std::size_t fields);

  // The lines to come: a text that JsonStructure has indexed, its places (with sentinels behind them), and
  // kBatchPadding readable bytes behind the text. The walker keeps views of both.
  void begin(std::string_view text, std::span<const std::uint32_t> places);
  // The line that is text[begin, end); lines come in order. Texts with escapes are unescaped into the arena.
  Outcome walk(std::size_t begin, std::size_t end, BatchArena& arena);
  // By field number, of the line walked last.
  std::span<const FieldValue> values() const { return values_; }

 private:
  struct Frame {
    std::uint32_t node = FieldTrie::kNone;
    std::uint32_t element = 0;
    std::uint32_t begin = 0;  // the place of its bracket in the text
    bool is_array = false;
  };
  enum class Next { kKey, kElement, kEnd, kBroken };

  Outcome run(std::size_t end, BatchArena& arena);
  Next close(const std::uint32_t*& place, Frame*& frame);
  bool read_key(const std::uint32_t*& place, std::uint32_t node, BatchArena& arena, std::uint32_t& child);
  bool read_value(const std::uint32_t*& place, FieldValue* value, BatchArena& arena);
  bool read_escaped(std::string_view inside, FieldValue* value, BatchArena& arena);
  FieldValue* visit(std::uint32_t node);
  void clear(std::uint32_t node);
  void note_null(std::uint32_t array);
  void note_text(const Frame& frame, std::size_t end);
  std::size_t string_end(std::size_t next) const;
  bool has_escape(std::size_t begin, std::size_t end) {
    if (backslash_ < begin) find_backslash(begin);
    return backslash_ < end;
  }
  void find_backslash(std::size_t from);

  const FieldTrie& trie_;
  const char* text_ = nullptr;
  std::size_t text_size_ = 0;
  const std::uint32_t* place_ = nullptr;  // the first that no line walked so far has
  const std::uint32_t* last_ = nullptr;   // behind the last
  std::size_t backslash_ = 0;             // the first backslash that may lie ahead, or the text's size
  std::uint64_t line_ = 0;
  std::vector<FieldValue> values_;
  std::vector<std::uint32_t> touched_;  // fields set in this line
  std::vector<std::uint64_t> seen_;     // by node: the line it was last met in
  std::vector<Frame> frames_;
};

}  // namespace tocsin
