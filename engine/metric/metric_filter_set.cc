#include "engine/metric/metric_filter_set.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "engine/base/text.h"
#include "engine/pattern/text_index.h"

namespace tocsin {
namespace {

constexpr std::uint32_t kNone = TextIndex::kNone;
constexpr std::size_t kMaxDimensionBytes = 1024;  // of one value; longer ones are cut

// The text that stands for a field's value as a dimension; empty where the value can't be one.
std::string_view dimension_text(const FieldValue& value) {
  std::string_view text;
  switch (value.kind) {
    case FieldKind::kNumber:
    case FieldKind::kText:
      text = value.text;
      break;
    case FieldKind::kBoolean:
      text = value.truth ? "true" : "false";
      break;
    case FieldKind::kAbsent:
    case FieldKind::kNull:
    case FieldKind::kCompound:
      break;
  }
  if (text.size() <= kMaxDimensionBytes) return text;
  std::size_t end = kMaxDimensionBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

std::optional<double> sample_of(const FieldValue& value) {
  std::optional<double> sample;
  if (value.kind == FieldKind::kNumber) sample = value.number;
  if (value.kind == FieldKind::kText) sample = parse_number(value.text);
  if (sample && !std::isfinite(*sample)) sample.reset();
  return sample;
}

// A field of the event, or of its line.
using Place = std::variant<FieldSlot, TokenPlace>;

FieldValue value_at(const Place& place, const LogEvent& event, PatternSet::Matcher& matcher) {
  if (const auto* slot = std::get_if<FieldSlot>(&place)) return event.field(*slot);
  const std::string_view text = matcher.token(std::get<TokenPlace>(place));
  return text.empty() ? FieldValue{} : FieldValue{.kind = FieldKind::kText, .text = text};
}

std::string name_of(const MetricFilter::Source& source) {
  if (const auto* path = std::get_if<FieldPath>(&source)) return to_text(*path);
  const auto& place = std::get<TokenPlace>(source);
  return "token " + std::to_string(static_cast<int>(place.kind)) + ' ' + std::to_string(place.index);
}

Place place_of(const MetricFilter::Source& source, Projection& projection) {
  if (const auto* path = std::get_if<FieldPath>(&source)) return projection.add(*path);
  return std::get<TokenPlace>(source);
}

// The fields that one or several filters take their dimensions from, and the combinations of values seen so far,
// numbered. Filters by the same fields share one lookup for each event.
struct DimensionFields {
  std::vector<Place> places;
  std::vector<std::string> paths;                // their names
  TextIndex combinations;                        // the value itself, or all values with their lengths
  std::vector<std::vector<std::string>> values;  // by combination
  std::uint64_t event = 0;                       // the event that `current` is of
  std::uint32_t current = kNone;
  std::string key;  // scratch

  void append_to_key(std::string_view text);
  std::uint32_t combination_of(const LogEvent& log_event, PatternSet::Matcher& matcher, std::uint64_t& overflowed);
  std::uint32_t number_of(std::string_view text, const LogEvent& log_event, PatternSet::Matcher& matcher,
                          std::uint64_t& overflowed);
  void save(StateWriter& out) const;
  void restore(StateReader& in, std::size_t fields);
};

void DimensionFields::append_to_key(std::string_view text) {
  const auto length = static_cast<std::uint16_t>(text.size());
  key += static_cast<char>(length & 0xFF);
  key += static_cast<char>(length >> 8);
  key += text;
}

// kNone where a value is missing.
std::uint32_t DimensionFields::combination_of(const LogEvent& log_event, PatternSet::Matcher& matcher,
                                              std::uint64_t& overflowed) {
  if (places.size() == 1) {
    const std::string_view text = dimension_text(value_at(places[0], log_event, matcher));
    return text.empty() ? kNone : number_of(text, log_event, matcher, overflowed);
  }
  key.clear();
  for (const Place& place : places) {
    const std::string_view text = dimension_text(value_at(place, log_event, matcher));
    if (text.empty()) return kNone;
    append_to_key(text);
  }
  return number_of(key, log_event, matcher, overflowed);
}

std::uint32_t DimensionFields::number_of(std::string_view text, const LogEvent& log_event, PatternSet::Matcher& matcher,
                                         std::uint64_t& overflowed) {
  const std::uint32_t known = combinations.find(text);
  if (known != kNone) return known;
  // The number after the last allowed one is kept for all that came too late.
  if (values.size() >= MetricFilterSet::kMaxDimensionValues) {
    ++overflowed;
    if (values.size() == MetricFilterSet::kMaxDimensionValues) {
      values.emplace_back(places.size(), std::string(MetricFilterSet::kOtherValue));
    }
    return static_cast<std::uint32_t>(MetricFilterSet::kMaxDimensionValues);
  }
  std::vector<std::string>& fresh = values.emplace_back();
  for (const Place& place : places) fresh.emplace_back(dimension_text(value_at(place, log_event, matcher)));
  return combinations.add(text);
}

// The entry for values that came too late, if there is one, is known by its place.
void DimensionFields::save(StateWriter& out) const {
  out.count(paths.size());
  for (const std::string& path : paths) out.text(path);
  out.count(values.size());
  for (const std::vector<std::string>& combination : values) {
    for (const std::string& value : combination) out.text(value);
  }
}

// Behind the paths. Into fields of which nothing has been seen.
void DimensionFields::restore(StateReader& in, std::size_t fields) {
  const std::size_t count = in.count();
  if (count > MetricFilterSet::kMaxDimensionValues + 1) in.fail();
  for (std::size_t number = 0; number < count && in.ok(); ++number) {
    std::vector<std::string>& combination = values.emplace_back();
    key.clear();
    for (std::size_t i = 0; i < fields; ++i) {
      append_to_key(combination.emplace_back(in.text()));
      if (combination.back().size() > kMaxDimensionBytes) in.fail();
    }
    if (number == MetricFilterSet::kMaxDimensionValues) return;
    if (combinations.add(fields == 1 ? combination[0] : key) != number) in.fail();  // it is there twice
  }
}

struct CompiledFilter {
  PatternId pattern;
  MetricName metric;
  std::size_t glob = 0;  // of its log groups
  double value = 1;
  std::optional<Place> value_place;
  std::optional<double> default_value;
  std::vector<std::string> dimension_names;
  std::uint32_t fields = kNone;       // index of the DimensionFields; kNone without dimensions
  std::vector<std::uint32_t> series;  // by combination; kNone: not made yet
};

}  // namespace

struct MetricFilterSet::State {
  std::vector<CompiledFilter> filters;
  std::vector<DimensionFields> fields;
  std::vector<std::string> globs;                      // of log groups, distinct
  std::vector<std::vector<bool>> fits;                 // by group id, by glob
  std::vector<std::vector<std::uint32_t>> of_pattern;  // filters by pattern, but those with a default value
  std::vector<std::uint32_t> with_default;             // every event concerns them
  std::vector<std::uint32_t> due;                      // scratch
  std::uint64_t event_number = 0;
  std::uint64_t overflowed = 0;

  std::uint32_t fields_of(std::vector<Place> places, std::vector<std::string> paths) {
    for (std::uint32_t i = 0; i < fields.size(); ++i) {
      if (fields[i].places == places) return i;
    }
    DimensionFields& fresh = fields.emplace_back();
    fresh.places = std::move(places);
    fresh.paths = std::move(paths);
    return static_cast<std::uint32_t>(fields.size() - 1);
  }

  // Which globs the group's name fits.
  const std::vector<bool>& globs_of(Group group) {
    if (group.id >= fits.size()) fits.resize(group.id + std::size_t{1});
    std::vector<bool>& known = fits[group.id];
    if (known.size() < globs.size()) {
      for (const std::string& glob : globs) known.push_back(matches_glob(glob, group.name));
    }
    return known;
  }

  // The filters that the event may concern, in their order.
  const std::vector<std::uint32_t>& due_for(PatternSet::Matcher& matcher) {
    due.assign(with_default.begin(), with_default.end());
    for (const PatternId pattern : matcher.candidates()) {
      if (pattern.index >= of_pattern.size()) continue;
      const std::vector<std::uint32_t>& more = of_pattern[pattern.index];
      due.insert(due.end(), more.begin(), more.end());
    }
    std::ranges::sort(due);
    return due;
  }

  // The combination of the event's dimension values, looked up once for all filters; 0 for a filter without dimensions.
  std::uint32_t combination(const CompiledFilter& filter, const LogEvent& event, PatternSet::Matcher& matcher) {
    if (filter.fields == kNone) return 0;
    DimensionFields& shared = fields[filter.fields];
    if (shared.event != event_number) {
      shared.event = event_number;
      shared.current = shared.combination_of(event, matcher, overflowed);
    }
    return shared.current;
  }

  SeriesId series(CompiledFilter& filter, std::uint32_t combination, MetricStore& store) {
    if (combination >= filter.series.size()) filter.series.resize(combination + 1, kNone);
    std::uint32_t& known = filter.series[combination];
    if (known == kNone) {
      MetricId id{filter.metric, {}};
      for (std::size_t i = 0; i < filter.dimension_names.size(); ++i) {
        id.dimensions.push_back({filter.dimension_names[i], fields[filter.fields].values[combination][i]});
      }
      known = store.series(id).index;
    }
    return {known};
  }
};

MetricFilterSet::MetricFilterSet(const std::vector<MetricFilter>& filters, PatternSet& patterns, Projection& projection)
    : state_(std::make_unique<State>()) {
  for (const MetricFilter& filter : filters) {
    CompiledFilter compiled;
    compiled.pattern = patterns.add(filter.pattern, projection);
    compiled.metric = filter.metric;
    const auto glob = std::ranges::find(state_->globs, filter.log_group);
    compiled.glob = static_cast<std::size_t>(glob - state_->globs.begin());
    if (glob == state_->globs.end()) state_->globs.push_back(filter.log_group);
    if (const auto* source = std::get_if<MetricFilter::Source>(&filter.value)) {
      compiled.value_place = place_of(*source, projection);
    } else {
      compiled.value = std::get<double>(filter.value);
    }
    std::vector<Place> places;
    std::vector<std::string> paths;
    for (const MetricFilter::DimensionField& dimension : filter.dimensions) {
      compiled.dimension_names.push_back(dimension.name);
      places.push_back(place_of(dimension.field, projection));
      paths.push_back(name_of(dimension.field));
    }
    if (places.empty()) {
      compiled.default_value = filter.default_value;
    } else {
      compiled.fields = state_->fields_of(std::move(places), std::move(paths));
    }
    const auto number = static_cast<std::uint32_t>(state_->filters.size());
    if (compiled.default_value) {
      state_->with_default.push_back(number);
    } else {
      if (compiled.pattern.index >= state_->of_pattern.size()) state_->of_pattern.resize(compiled.pattern.index + 1);
      state_->of_pattern[compiled.pattern.index].push_back(number);
    }
    state_->filters.push_back(std::move(compiled));
  }
}

MetricFilterSet::~MetricFilterSet() = default;
MetricFilterSet::MetricFilterSet(MetricFilterSet&&) noexcept = default;

std::size_t MetricFilterSet::on_event(const LogEvent& event, Group group, PatternSet::Matcher& matcher,
                                      MetricStore& store) {
  State& state = *state_;
  ++state.event_number;
  std::size_t too_old = 0;
  const std::vector<bool>& fits = state.globs_of(group);
  for (const std::uint32_t index : state.due_for(matcher)) {
    CompiledFilter& filter = state.filters[index];
    if (!fits[filter.glob]) continue;
    std::optional<double> sample;
    if (!matcher.matches(filter.pattern)) {
      sample = filter.default_value;
    } else if (filter.value_place) {
      sample = sample_of(value_at(*filter.value_place, event, matcher));
    } else {
      sample = filter.value;
    }
    if (!sample) continue;
    const std::uint32_t combination = state.combination(filter, event, matcher);
    if (combination == kNone) continue;
    if (!store.record(state.series(filter, combination, store), event.time, *sample)) ++too_old;
  }
  return too_old;
}

std::uint64_t MetricFilterSet::overflowed() const {
  return state_->overflowed;
}

void MetricFilterSet::save(StateWriter& out) const {
  out.number(state_->overflowed);
  out.count(state_->fields.size());
  for (const DimensionFields& fields : state_->fields) fields.save(out);
}

void MetricFilterSet::restore(StateReader& in) {
  state_->overflowed = in.number();
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    std::vector<std::string> paths;
    for (std::size_t more = in.count(); more > 0; --more) paths.emplace_back(in.text());
    const auto known = std::ranges::find(state_->fields, paths, &DimensionFields::paths);
    if (paths.empty() || (known != state_->fields.end() && !known->values.empty())) in.fail();
    DimensionFields forgotten;
    (known == state_->fields.end() ? forgotten : *known).restore(in, paths.size());
  }
}

}  // namespace tocsin
