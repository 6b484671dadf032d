#include "app/alarm_ribbon.h"

#include <algorithm>

namespace tocsin {
namespace {

AlarmRibbons::Cell cell_of(AlarmState state) {
  switch (state) {
    case AlarmState::kOk:
      return AlarmRibbons::Cell::kOk;
    case AlarmState::kAlarm:
      return AlarmRibbons::Cell::kAlarm;
    case AlarmState::kInsufficientData:
      return AlarmRibbons::Cell::kInsufficientData;
  }
  return AlarmRibbons::Cell::kBlank;
}

}  // namespace

void AlarmRibbons::on_transition(const StateTransition& transition) {
  advance_to(transition.at);
  Kept* kept = find_or_add(transition);
  if (kept == nullptr) return;
  paint(*kept, transition.since, transition.at, transition.from);
  kept->state = transition.to;
  kept->since = transition.at;
  kept->changed = ++changes_;
}

// An alarm gets its ribbon when it first leaves OK or fires; the oldest quiet one makes room.
AlarmRibbons::Kept* AlarmRibbons::find_or_add(const StateTransition& transition) {
  const auto known = std::ranges::find(ribbons_, transition.alarm, &Kept::alarm);
  if (known != ribbons_.end()) return &*known;
  if (transition.to != AlarmState::kAlarm && transition.from != AlarmState::kOk) return nullptr;
  if (ribbons_.size() == kMaxAlarms) {
    const auto oldest = std::ranges::min_element(ribbons_, [](const Kept& a, const Kept& b) {
      const bool a_fires = a.state == AlarmState::kAlarm, b_fires = b.state == AlarmState::kAlarm;
      return a_fires != b_fires ? b_fires : a.changed < b.changed;
    });
    ribbons_.erase(oldest);
  }
  ribbons_.push_back({.alarm = transition.alarm, .since = transition.at});
  return &ribbons_.back();
}

void AlarmRibbons::advance_to(EventTime now) {
  if (!start_) {
    start_ = now;
    now_ = now;
  }
  if (now <= now_) return;
  widen(now);
  now_ = now;
}

void AlarmRibbons::widen(EventTime until) {
  while (until - *start_ >= cell_ * static_cast<std::int64_t>(kCells)) {
    for (Kept& kept : ribbons_) {
      for (std::size_t i = 0; i < kCells / 2; ++i) kept.cells[i] = std::max(kept.cells[2 * i], kept.cells[2 * i + 1]);
      std::fill(kept.cells.begin() + kCells / 2, kept.cells.end(), Cell::kBlank);
    }
    cell_ = cell_ * 2;
  }
}

void AlarmRibbons::paint(Kept& kept, EventTime from, EventTime to, AlarmState state) const {
  from = std::max(from, *start_);
  if (to <= from) return;
  const auto first = static_cast<std::size_t>((from - *start_).ms / cell_.ms);
  const auto last = static_cast<std::size_t>(((to - *start_).ms - 1) / cell_.ms);
  for (std::size_t i = first; i <= last && i < kCells; ++i) kept.cells[i] = std::max(kept.cells[i], cell_of(state));
}

std::size_t AlarmRibbons::in_alarm() const {
  return static_cast<std::size_t>(std::ranges::count(ribbons_, AlarmState::kAlarm, &Kept::state));
}

std::vector<AlarmRibbons::Ribbon> AlarmRibbons::latest(std::size_t count, std::size_t columns) const {
  std::vector<const Kept*> order;
  for (const Kept& kept : ribbons_) order.push_back(&kept);
  std::ranges::sort(order, [](const Kept* a, const Kept* b) { return a->changed > b->changed; });
  if (order.size() > count) order.resize(count);
  std::vector<Ribbon> shown;
  for (const Kept* kept : order) {
    Kept current = *kept;
    // Its present state reaches up to now, the instant itself included.
    paint(current, current.since, now_ + Period{1}, current.state);
    Ribbon ribbon{.alarm = kept->alarm, .state = kept->state, .since = kept->since, .cells = {}};
    const auto used = static_cast<std::size_t>((now_ - *start_).ms / cell_.ms) + 1;
    for (std::size_t column = 0; column < columns; ++column) {
      const std::size_t begin = column * used / columns;
      const std::size_t end = std::max(begin + 1, (column + 1) * used / columns);
      ribbon.cells.push_back(
          *std::max_element(current.cells.begin() + static_cast<std::ptrdiff_t>(begin),
                            current.cells.begin() + static_cast<std::ptrdiff_t>(std::min(end, kCells))));
    }
    shown.push_back(std::move(ribbon));
  }
  return shown;
}

}  // namespace tocsin
