// A line as CloudWatch sees it when it tries a filter pattern: the whole line must be one JSON object, of equal keys
// the last counts, and there are no event parts ($.@level). Rules see more than that, through LineParser. One thread;
// the event and its fields are those of the last read().
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/event/batch_arena.h"
#include "engine/event/field_trie.h"
#include "engine/event/json_line_walker.h"
#include "engine/event/json_structure.h"
#include "engine/event/log_event.h"
#include "engine/event/projection.h"

namespace tocsin {

class RawLine {
 public:
  // `projection` must be complete.
  explicit RawLine(const Projection& projection);
  RawLine(const RawLine&) = delete;
  RawLine& operator=(const RawLine&) = delete;

  // The event has no fields but its text, which must outlive it.
  void read_text(std::string_view line);
  // False where the line is no JSON object; the event then has no fields.
  bool read_json(std::string_view line);

  const LogEvent& event() const { return event_; }

 private:
  FieldTrie trie_;
  JsonStructure structure_;
  JsonLineWalker walker_;
  ParsedBatch batch_;  // for its arena
  std::string padded_;
  std::vector<FieldValue> no_fields_;
  LogEvent event_;
};

}  // namespace tocsin
