// The board as bytes: the states of the alarms, and which series were looked at for new ones.
#include <algorithm>

#include "engine/pipeline/alarm_board.h"

namespace tocsin {
namespace {

// What decides which series an alarm is made for.
std::string series_wanted(const AlarmDefinition& alarm) {
  StateWriter out;
  for (const MetricQuery& query : alarm.metrics) {
    out.flag(query.expression.has_value());
    out.text(query.metric.ns);
    out.text(query.metric.name);
    for (const Dimension& dimension : query.dimensions) {
      out.text(dimension.name);
      out.text(dimension.value);
    }
  }
  return out.take();
}

bool has_dimension(const MetricId& id, const std::string& name) {
  return std::ranges::find(id.dimensions, name, &Dimension::name) != id.dimensions.end();
}

}  // namespace

void AlarmBoard::save(StateWriter& out) const {
  out.count(definitions_.size());
  for (std::size_t d = 0; d < definitions_.size(); ++d) {
    out.text(definitions_[d].name);
    out.text(definitions_[d].for_each);
    out.count(alarms_[d].size());
    for (const Alarm& alarm : alarms_[d]) {
      out.text(alarm.value);
      out.number(static_cast<std::uint64_t>(alarm.state));
      out.time(alarm.since);
      out.number(alarm.sequence);
    }
    out.text(series_wanted(definitions_[d]));
    out.count(seen_[d].size());
    for (const std::size_t seen : seen_[d]) out.number(seen);
    out.count(waiting_[d].size());
    for (const SeriesId series : waiting_[d]) out.number(series.index);
  }
}

// The alarms of one definition; of none: they are read and forgotten.
void AlarmBoard::restore_alarms(StateReader& in, std::optional<std::size_t> definition) {
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    const std::string value(in.text());
    const auto state = static_cast<AlarmState>(in.number_below(3));
    const EventTime since = in.instant();
    const std::uint64_t sequence = in.number();
    if (!definition) continue;
    const bool may_be = value.empty() == definitions_[*definition].for_each.empty();
    if (!may_be || !values_[*definition].insert(value).second) return in.fail();
    add_alarm(*definition, value, since);
    alarms_[*definition].back().state = state;
    alarms_[*definition].back().sequence = sequence;
  }
}

// Where a definition now looks at other metrics than it did, its series are looked for from the beginning.
void AlarmBoard::restore(StateReader& in, const MetricStore& metrics, const MetricStore::SavedSeries& saved) {
  for (std::size_t left = in.count(); left > 0 && in.ok(); --left) {
    const std::string name(in.text());
    const std::string for_each(in.text());
    const auto found = std::ranges::find(definitions_, name, &AlarmDefinition::name);
    std::optional<std::size_t> definition;
    if (found != definitions_.end() && found->for_each == for_each) {
      definition = static_cast<std::size_t>(found - definitions_.begin());
    }
    restore_alarms(in, definition);
    const bool is_same = in.text() == (definition ? series_wanted(*found) : std::string());
    std::vector<std::size_t> seen(in.count());
    for (std::size_t& one : seen) one = in.number();
    std::vector<SeriesId> waiting;
    for (std::size_t more = in.count(); more > 0 && in.ok(); --more) {
      const std::size_t index = in.number_below(saved.size());
      if (!in.ok() || !saved[index]) continue;
      waiting.push_back(*saved[index]);
      if (!has_dimension(metrics.id(waiting.back()), for_each)) in.fail();
    }
    if (!in.ok() || !definition || !is_same || seen.size() != found->metrics.size()) continue;
    seen_[*definition] = std::move(seen);
    waiting_[*definition] = std::move(waiting);
  }
}

}  // namespace tocsin
