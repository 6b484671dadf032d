// What the text formats have in common: each reads one line into the event's parts and the fields that it offers by
// name. All are constant after construction.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/event/batch_arena.h"
#include "engine/event/dead_letter.h"
#include "engine/event/field_trie.h"
#include "engine/event/line_parser.h"

namespace tocsin {

// One line while it is read.
struct TextLine {
  LogEvent& event;
  bool has_time = false;
  std::vector<FieldValue>& values;  // by field number
  BatchArena& arena;

  // Fields that nobody wants have the number FieldTrie::kNone and are passed over.
  void offer(std::uint32_t field, std::string_view text) {
    if (field != FieldTrie::kNone) values[field] = {.kind = FieldKind::kText, .text = text};
  }
  // As a number where it is one, else as a text.
  void offer_number(std::uint32_t field, std::string_view text);
};

class TextFormat {
 public:
  virtual ~TextFormat() = default;
  // Why the line is no event, or nothing. The line is valid UTF-8 without NUL and not blank.
  virtual std::optional<DeadReason> read(std::string_view text, TextLine& line) const = 0;
};

// The fields wanted of text lines: a path names the field whose name is the path's text, so that `a.b` finds a.b=1.
class TextFieldNames {
 public:
  explicit TextFieldNames(const std::vector<FieldPath>& paths);

  std::uint32_t number(std::string_view name) const {
    const std::uint32_t node = trie_.find(FieldTrie::root(), name);
    return node == FieldTrie::kNone ? FieldTrie::kNone : trie_.node(node).field;
  }
  // Different paths that are the same name ($.a.b and $['a.b']) get the same value.
  void fill_aliases(std::vector<FieldValue>& values) const;

 private:
  FieldTrie trie_;
  std::vector<std::pair<std::size_t, std::size_t>> aliases_;  // from and to
};

std::unique_ptr<TextFormat> make_syslog3164_format(const TextFieldNames& names, Period zone_offset);
std::unique_ptr<TextFormat> make_syslog5424_format(const TextFieldNames& names, Period zone_offset);
std::unique_ptr<TextFormat> make_combined_format(const TextFieldNames& names, Period zone_offset);
// The names must outlive the format.
std::unique_ptr<TextFormat> make_logfmt_format(const TextFieldNames& names);
std::unique_ptr<TextFormat> make_plain_format(const TextFieldNames& names, Period zone_offset);

// Adds the names that logfmt writers use to the candidates.
void add_logfmt_candidates(EventFields& fields);

}  // namespace tocsin
