#include "engine/event/raw_line.h"

#include "engine/event/line_parser.h"

namespace tocsin {

RawLine::RawLine(const Projection& projection)
    : trie_(projection.paths()), walker_(trie_, projection.size()), no_fields_(projection.size()) {}

void RawLine::read_text(std::string_view line) {
  event_.raw = line;
  event_.message = line;
  event_.fields = no_fields_;
}

bool RawLine::read_json(std::string_view line) {
  read_text(line);
  padded_.reserve(line.size() + kBatchPadding);
  padded_ = line;
  if (!structure_.index(padded_)) return false;
  walker_.begin(padded_, structure_.places());
  if (walker_.walk(0, padded_.size(), BatchArena::prepare(batch_)) != JsonLineWalker::Outcome::kObject) return false;
  event_.fields = walker_.values();
  return true;
}

}  // namespace tocsin
