// The states of the alarms over the event time so far, kept in a fixed number of cells: when time outgrows them, two
// become one and the graver state wins. Only alarms that have left OK are kept, kMaxAlarms of them. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/alarm/state_transition.h"
#include "engine/base/time.h"

namespace tocsin {

class AlarmRibbons {
 public:
  static constexpr std::size_t kCells = 512;
  static constexpr std::size_t kMaxAlarms = 200;

  // A column of a ribbon: nothing known yet, or a state.
  enum class Cell : std::uint8_t { kBlank, kOk, kInsufficientData, kAlarm };

  struct Ribbon {
    std::string alarm;
    AlarmState state = AlarmState::kInsufficientData;
    EventTime since;
    std::vector<Cell> cells;
  };

  void on_transition(const StateTransition& transition);
  void advance_to(EventTime now);

  std::size_t size() const { return ribbons_.size(); }
  std::size_t in_alarm() const;
  std::optional<EventTime> start() const { return start_; }
  EventTime now() const { return now_; }
  // At most `count`, the last to change first, each `columns` wide over start() to now.
  std::vector<Ribbon> latest(std::size_t count, std::size_t columns) const;

 private:
  struct Kept {
    std::string alarm;
    AlarmState state = AlarmState::kInsufficientData;
    EventTime since;
    std::uint64_t changed = 0;  // counts up with each transition
    std::array<Cell, kCells> cells{};
  };
  void widen(EventTime until);
  void paint(Kept& kept, EventTime from, EventTime to, AlarmState state) const;
  Kept* find_or_add(const StateTransition& transition);

  std::optional<EventTime> start_;
  EventTime now_;
  Period cell_ = Period::seconds(1);
  std::uint64_t changes_ = 0;
  std::vector<Kept> ribbons_;
};

}  // namespace tocsin
