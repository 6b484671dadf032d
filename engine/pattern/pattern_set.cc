#include "engine/pattern/pattern_set.h"

#include <map>
#include <optional>
#include <string>

#include "engine/base/ensure.h"
#include "engine/base/text.h"
#include "engine/event/json_text.h"
#include "engine/pattern/compiled_pattern.h"

namespace tocsin {

struct PatternSet::Compiled {
  CompiledPatterns patterns;
  std::vector<std::uint32_t> first_steps;  // by PatternId
  std::map<std::string, PatternId> ids;    // by the printed tree
};

PatternSet::PatternSet() : compiled_(std::make_unique<Compiled>()) {}
PatternSet::~PatternSet() = default;
PatternSet::PatternSet(PatternSet&&) noexcept = default;
PatternSet& PatternSet::operator=(PatternSet&&) noexcept = default;

PatternId PatternSet::add(const FilterPattern& pattern, Projection& projection) {
  const PatternId next{static_cast<std::uint32_t>(compiled_->first_steps.size())};
  const auto [known, fresh] = compiled_->ids.try_emplace(pattern.to_text(), next);
  if (fresh) compiled_->first_steps.push_back(compiled_->patterns.compile(pattern.tree(), projection));
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

  const Compiled* set = nullptr;
  const LogEvent* event = nullptr;
  std::uint64_t event_number = 0;
  std::vector<std::uint64_t> tests;     // 2 * event number + result
  std::vector<std::uint64_t> patterns;  // likewise
  std::vector<Lookup> lookups;          // which of a field's literals its value is
  LineTokens tokens;
  std::uint64_t tokens_of = 0;  // the event they are of
  JsonElements elements;
  std::string unescaped;

  bool holds(std::uint32_t index) {
    std::uint64_t& known = tests[index];
    if (known >> 1 != event_number) known = event_number << 1 | (evaluate(set->patterns.tests()[index]) ? 1U : 0U);
    return (known & 1) != 0;
  }

  std::uint32_t literal_of(const PatternTest& test, const FieldValue& value) {
    Lookup& lookup = lookups[test.literals];
    if (lookup.event != event_number) {
      lookup = {event_number, set->patterns.literals()[test.literals].find(value.text)};
    }
    return lookup.literal;
  }

  bool is_literal(const PatternTest& test, const FieldValue& value) {
    if (test.subject == PatternTest::Subject::kField) return literal_of(test, value) == test.operand;
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

PatternSet::Matcher::Matcher(const PatternSet& set) : state_(std::make_unique<State>()) {
  state_->set = set.compiled_.get();
  state_->tests.resize(state_->set->patterns.tests().size());
  state_->patterns.resize(set.size());
  state_->lookups.resize(state_->set->patterns.literals().size());
}

PatternSet::Matcher::~Matcher() = default;

void PatternSet::Matcher::begin(const LogEvent& event) {
  ENSURE(event.fields.size() >= state_->set->patterns.slots());
  state_->event = &event;
  ++state_->event_number;
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
