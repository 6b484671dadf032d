// NDJSON. Runs of whole lines are indexed at once (see json_structure.h) and then walked line by line; a run with a
// line that fails the indexing is indexed again line by line, so that one broken line costs its neighbours time but
// nothing else.
#include <algorithm>
#include <cstring>

#include "engine/event/event_plan.h"
#include "engine/event/json_line_walker.h"
#include "engine/event/json_structure.h"
#include "engine/event/line_cursor.h"
#include "engine/event/line_parsers.h"

namespace tocsin {
namespace {

// Bytes indexed at once: text, places and the events made of them stay in the processor's second cache.
constexpr std::size_t kRun = std::size_t{32} << 10;

class JsonScratch : public ParseScratch {
 public:
  JsonScratch(std::shared_ptr<const FieldTrie> for_trie, std::size_t fields)
      : trie(std::move(for_trie)), walker(*trie, fields) {}

  std::shared_ptr<const FieldTrie> trie;  // shared, so that its address can't become another parser's
  JsonStructure structure;
  JsonLineWalker walker;
};

class JsonLineParser : public LineParser {
 public:
  JsonLineParser(const LineParserOptions& options, const EventFields& fields, const Projection& projection)
      : max_line_(options.max_line),
        plan_(options, fields, projection),
        trie_(std::make_shared<FieldTrie>(plan_.paths())) {}

  void parse(ParsedBatch& batch) const override;

 private:
  struct Run {
    std::string_view text;
    std::size_t begin = 0;  // of the text in the batch
    bool indexed = false;
  };

  Run next_run(std::string_view bytes, std::size_t begin, JsonScratch& scratch) const;
  void parse_line(const Line& line, Run& run, JsonScratch& scratch, BatchScope scope, ParsedBatch& batch) const;
  JsonLineWalker::Outcome walk_alone(std::string_view text, JsonScratch& scratch, BatchArena& arena) const;

  std::size_t max_line_;
  EventPlan plan_;
  std::shared_ptr<const FieldTrie> trie_;
};

DeadReason why_broken(const Line& line) {
  if (std::memchr(line.text.data(), '\0', line.text.size()) != nullptr) return DeadReason::kNulByte;
  if (!is_valid_utf8_fast(line.text)) return DeadReason::kInvalidUtf8;
  return line.truncated ? DeadReason::kTooLong : DeadReason::kBrokenJson;
}

JsonScratch& scratch_of(BatchArena& arena, const std::shared_ptr<const FieldTrie>& trie, std::size_t fields) {
  // A batch object may go from one parser to another.
  auto* scratch = dynamic_cast<JsonScratch*>(arena.scratch().get());
  if (scratch == nullptr || scratch->trie != trie) {
    auto made = std::make_unique<JsonScratch>(trie, fields);
    scratch = made.get();
    arena.scratch() = std::move(made);
  }
  return *scratch;
}

JsonLineParser::Run JsonLineParser::next_run(std::string_view bytes, std::size_t begin, JsonScratch& scratch) const {
  std::size_t end = std::min(begin + kRun, bytes.size());
  if (end < bytes.size()) {
    const std::size_t back = bytes.rfind('\n', end - 1);
    end = back != std::string_view::npos && back >= begin ? back + 1
                                                          : std::min(bytes.find('\n', end), bytes.size() - 1) + 1;
  }
  Run run{.text = bytes.substr(begin, end - begin), .begin = begin};
  run.indexed = scratch.structure.index(run.text);
  if (run.indexed) scratch.walker.begin(run.text, scratch.structure.places());
  return run;
}

JsonLineWalker::Outcome JsonLineParser::walk_alone(std::string_view text, JsonScratch& scratch,
                                                   BatchArena& arena) const {
  if (!scratch.structure.index(text)) return JsonLineWalker::Outcome::kBroken;
  scratch.walker.begin(text, scratch.structure.places());
  return scratch.walker.walk(0, text.size(), arena);
}

void JsonLineParser::parse(ParsedBatch& batch) const {
  batch.events.clear();
  batch.dead.clear();
  batch.lines = 0;
  const BatchScope scope = plan_.begin(batch);
  JsonScratch& scratch = scratch_of(scope.arena, trie_, plan_.size());
  batch.raw.bytes.reserve(batch.raw.bytes.size() + kBatchPadding);
  const std::string_view bytes = batch.raw.bytes;
  batch.events.reserve(bytes.size() / 256 + 16);

  LineCursor cursor(batch.raw, max_line_);
  Run run;
  Line line;
  while (true) {
    const std::size_t begin = cursor.position();
    if (!cursor.next(line)) break;
    if (begin == run.begin + run.text.size()) run = next_run(bytes, begin, scratch);
    ++batch.lines;
    parse_line(line, run, scratch, scope, batch);
  }
}

void JsonLineParser::parse_line(const Line& line, Run& run, JsonScratch& scratch, BatchScope scope,
                                ParsedBatch& batch) const {
  const auto die = [&](DeadReason reason) {
    batch.dead.push_back({batch.events.size(), {.reason = reason, .origin = line.origin, .raw = line.text}});
  };
  using enum JsonLineWalker::Outcome;
  JsonLineWalker::Outcome outcome = kBroken;
  if (run.indexed && !line.truncated) {
    const auto begin = static_cast<std::size_t>(line.text.data() - run.text.data());
    outcome = scratch.walker.walk(begin, begin + line.text.size(), scope.arena);
  } else {
    run.indexed = false;  // indexing the line alone overwrites the run's places
    outcome = walk_alone(line.text, scratch, scope.arena);
  }
  if (outcome == kTooDeep) return die(DeadReason::kTooDeep);
  if (outcome == kBroken) return die(is_blank_line(line.text) ? DeadReason::kEmpty : why_broken(line));

  LogEvent& event = batch.events.emplace_back();
  event.raw = line.text;
  event.origin = line.origin;
  event.truncated = line.truncated;
  const std::optional<DeadReason> reason = plan_.finish(scratch.walker.values(), false, scope, event);
  if (!reason) return;
  batch.events.pop_back();
  die(*reason);
}

}  // namespace

std::unique_ptr<LineParser> make_json_line_parser(const LineParserOptions& options, const EventFields& fields,
                                                  const Projection& projection) {
  return std::make_unique<JsonLineParser>(options, fields, projection);
}

}  // namespace tocsin
