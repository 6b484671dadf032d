#include "engine/pattern/pattern_set.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "engine/base/ensure.h"
#include "engine/base/text.h"
#include "engine/event/json_text.h"
#include "engine/pattern/compiled_pattern.h"
#include "engine/pattern/pattern_index.h"
#include "engine/pattern/term_index.h"

namespace tocsin {

struct PatternSet::Compiled {
  CompiledPatterns patterns;
  std::vector<std::uint32_t> first_steps;  // by PatternId
  std::map<std::string, PatternId> ids;    // by the printed tree
  std::vector<std::vector<PatternAnchors>> anchors;
};

PatternSet::PatternSet() : compiled_(std::make_unique<Compiled>()) {}
PatternSet::~PatternSet() = default;
PatternSet::PatternSet(PatternSet&&) noexcept = default;
PatternSet& PatternSet::operator=(PatternSet&&) noexcept = default;

PatternId PatternSet::add(const FilterPattern& pattern, Projection& projection) {
  const PatternId next{static_cast<std::uint32_t>(compiled_->first_steps.size())};
  const auto [known, fresh] = compiled_->ids.try_emplace(pattern.to_text(), next);
  if (fresh) {
    compiled_->first_steps.push_back(compiled_->patterns.compile(pattern.tree(), projection));
    compiled_->anchors.push_back(compiled_->patterns.anchors(pattern.tree()));
  }
  return known->second;
}

std::size_t PatternSet::size() const {
  return compiled_->first_steps.size();
}

// What is known carries the number of the event it is known of, so that a new event costs no clearing.
struct PatternSet::Matcher::State {
  struct Lookup {
    std::uint64_t event = 0;
    std::uint32_t literal = TextIndex::kNone;
  };

  explicit State(const Compiled& compiled)
      : set(&compiled),
        index(compiled.patterns, compiled.anchors),
        term_index(compiled.patterns.terms()),
        tests(compiled.patterns.tests().size()),
        patterns(compiled.anchors.size()),
        lookups(compiled.patterns.literals().size()),
        listed(compiled.anchors.size()) {
    // Room for all, so that listing them allocates nothing.
    candidates.reserve(compiled.anchors.size());
  }

  const Compiled* set;
  PatternIndex index;
  TermIndex term_index;
  const LogEvent* event = nullptr;
  std::uint64_t event_number = 0;
  std::vector<std::uint64_t> tests;     // 2 * event number + result
  std::vector<std::uint64_t> patterns;  // likewise
  std::vector<Lookup> lookups;          // which of a field's literals its value is
  LineTokens tokens;
  std::uint64_t tokens_of = 0;  // the event they are of
  std::uint64_t terms_of = 0;   // the event of which all terms that it contains are known
  std::uint64_t candidates_of = 0;
  std::vector<PatternId> candidates;
  std::vector<std::uint64_t> listed;  // by pattern: the event it was listed for
  JsonElements elements;
  std::string unescaped;

  bool holds(std::uint32_t test) {
    std::uint64_t& known = tests[test];
    if (known >> 1 != event_number) known = event_number << 1 | (evaluate(set->patterns.tests()[test]) ? 1U : 0U);
    return (known & 1) != 0;
  }

  // Which of the list's literals the value is.
  std::uint32_t literal_of(std::uint32_t literals, const FieldValue& value) {
    Lookup& lookup = lookups[literals];
    if (lookup.event != event_number) lookup = {event_number, set->patterns.literals()[literals].find(value.text)};
    return lookup.literal;
  }

  void list_all_of(std::uint32_t test) {
    for (const std::uint32_t pattern : index.of_test(test)) {
      if (std::exchange(listed[pattern], event_number) != event_number) candidates.push_back({pattern});
    }
  }

  void list_candidates() {
    candidates_of = event_number;
    candidates.clear();
    for (const std::uint32_t pattern : index.always()) candidates.push_back({pattern});
    for (const PatternIndex::Field& field : index.fields()) {
      const FieldValue& value = event->field(field.slot);
      if (value.kind != FieldKind::kNumber && value.kind != FieldKind::kText) continue;
      const std::uint32_t literal = literal_of(field.literals, value);
      if (literal < field.by_literal.size()) {
        for (const std::uint32_t test : field.by_literal[literal]) list_all_of(test);
      }
      if (value.kind != FieldKind::kNumber) continue;
      const auto by_value = [](const auto& entry) { return entry.first; };
      auto equal = std::ranges::lower_bound(field.by_number, value.number, {}, by_value);
      for (; equal != field.by_number.end() && equal->first == value.number; ++equal) list_all_of(equal->second);
    }
    if (index.has_terms()) find_terms();
  }

  // All terms are looked for at once.
  void find_terms() {
    terms_of = event_number;
    term_index.search(event->raw, [this](std::uint32_t term) {
      const std::uint32_t test = set->patterns.tests_of_terms()[term];
      tests[test] = event_number << 1 | 1U;
      list_all_of(test);
    });
  }

  bool is_literal(const PatternTest& test, const FieldValue& value) {
    if (test.subject == PatternTest::Subject::kField) return literal_of(test.literals, value) == test.operand;
    return set->patterns.literals()[test.literals].text(test.operand) == value.text;
  }

  const LineTokens& line_tokens() {
    if (tokens_of != event_number) tokens.read(event->raw);
    tokens_of = event_number;
    return tokens;
  }

  bool evaluate(const PatternTest& test) {
    switch (test.subject) {
      case PatternTest::Subject::kLine:
        return holds_for_line(test);
      case PatternTest::Subject::kField:
        return holds_for(test, event->field(test.slot));
      case PatternTest::Subject::kElements:
        return holds_for_elements(test);
      case PatternTest::Subject::kToken: {
        const std::string_view text = line_tokens().at(test.place);
        const std::optional<double> number = parse_number(text);
        if (!number) return holds_for(test, {.kind = FieldKind::kText, .text = text});
        return holds_for(test, {.kind = FieldKind::kNumber, .number = *number, .text = text});
      }
    }
    ENSURE(false);
  }

  bool holds_for_line(const PatternTest& test) {
    using Kind = PatternTest::Kind;
    if (test.kind == Kind::kTokenCount) return line_tokens().size() >= test.operand;
    if (test.kind == Kind::kRegex) return set->patterns.regexes()[test.operand]->found_in(event->raw);
    if (terms_of == event_number) return false;  // else it would be known
    return event->raw.find(set->patterns.terms()[test.operand]) != std::string_view::npos;
  }

  // One value suffices; NOT EXISTS means that there is none.
  bool holds_for_elements(const PatternTest& test) {
    const bool absent = test.kind == PatternTest::Kind::kNotExists;
    const FieldValue& whole = event->field(test.slot);
    elements.read(whole.kind == FieldKind::kCompound ? whole.text : std::string_view());
    for (const std::string_view element : elements.values()) {
      const FieldValue value = json_field(json_descendant(element, set->patterns.rests()[test.rest]), unescaped);
      if (value.kind != FieldKind::kAbsent && (absent || holds_for(test, value))) return !absent;
    }
    return absent;
  }

  bool holds_for(const PatternTest& test, const FieldValue& value) {
    using Kind = PatternTest::Kind;
    const bool is_number = value.kind == FieldKind::kNumber;
    const bool has_text = is_number || value.kind == FieldKind::kText;
    switch (test.kind) {
      case Kind::kTerm:
      case Kind::kTokenCount:
        break;
      case Kind::kText:
        return has_text && is_literal(test, value) != test.negated;
      case Kind::kNumber:
        if (is_number) return (value.number == test.number) != test.negated;
        return has_text && is_literal(test, value) != test.negated;
      case Kind::kWildcard:
        return has_text && set->patterns.wildcards()[test.operand].matches(value.text) != test.negated;
      case Kind::kRegex:
        return has_text && set->patterns.regexes()[test.operand]->found_in(value.text) != test.negated;
      case Kind::kLess:
        return is_number && value.number < test.number;
      case Kind::kLessOrEqual:
        return is_number && value.number <= test.number;
      case Kind::kGreater:
        return is_number && value.number > test.number;
      case Kind::kGreaterOrEqual:
        return is_number && value.number >= test.number;
      case Kind::kIsNull:  // of an array, `truth` says that it holds a null
        return value.kind == FieldKind::kNull || (value.kind == FieldKind::kCompound && value.truth);
      case Kind::kIsTrue:
        return value.kind == FieldKind::kBoolean && value.truth;
      case Kind::kIsFalse:
        return value.kind == FieldKind::kBoolean && !value.truth;
      case Kind::kNotExists:
        return value.kind == FieldKind::kAbsent;
    }
    ENSURE(false);
  }
};

PatternSet::Matcher::Matcher(const PatternSet& set) : state_(std::make_unique<State>(*set.compiled_)) {}

PatternSet::Matcher::~Matcher() = default;

void PatternSet::Matcher::begin(const LogEvent& event) {
  ENSURE(event.fields.size() >= state_->set->patterns.slots());
  state_->event = &event;
  ++state_->event_number;
}

std::span<const PatternId> PatternSet::Matcher::candidates() {
  if (state_->candidates_of != state_->event_number) state_->list_candidates();
  return state_->candidates;
}

std::string_view PatternSet::Matcher::token(TokenPlace place) {
  const LineTokens& tokens = state_->line_tokens();
  return place.index < tokens.size() ? tokens.at(place) : std::string_view();
}

bool PatternSet::Matcher::matches(PatternId pattern) {
  State& state = *state_;
  ENSURE(pattern.index < state.patterns.size());
  std::uint64_t& known = state.patterns[pattern.index];
  if (known >> 1 != state.event_number) {
    const std::vector<PatternStep>& steps = state.set->patterns.steps();
    std::uint32_t at = state.set->first_steps[pattern.index];
    while (at < CompiledPatterns::kReject) at = state.holds(steps[at].test) ? steps[at].if_true : steps[at].if_false;
    known = state.event_number << 1 | (at == CompiledPatterns::kAccept ? 1U : 0U);
  }
  return (known & 1) != 0;
}

}  // namespace tocsin
