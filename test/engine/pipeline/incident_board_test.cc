#include "engine/pipeline/incident_board.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

constexpr Period kReach = Period::minutes(5);

StateTransition transition(const std::string& alarm, AlarmState to, int minute) {
  StateTransition result;
  result.alarm = alarm;
  result.to = to;
  result.at = EventTime{} + Period::minutes(minute);
  result.id = alarm + std::to_string(minute);
  return result;
}

TEST(IncidentBoard, AlarmsThatOverlapAreOneIncidentAndEachJoinsOnce) {
  IncidentBoard board;
  EXPECT_EQ(board.on_transition(transition("a", AlarmState::kOk, 0), kReach), nullptr);
  const std::string id = board.on_transition(transition("a", AlarmState::kAlarm, 1), kReach)->id;
  EXPECT_EQ(board.on_transition(transition("b", AlarmState::kAlarm, 2), kReach)->id, id);
  EXPECT_EQ(board.on_transition(transition("c", AlarmState::kOk, 3), kReach), nullptr);
  board.on_transition(transition("a", AlarmState::kOk, 3), kReach);
  const IncidentBoard::Incident* again = board.on_transition(transition("a", AlarmState::kAlarm, 4), kReach);
  ASSERT_EQ(again->alarms.size(), 2U);
  EXPECT_EQ(again->alarms[0].alarm, "a");
  EXPECT_EQ(again->alarms[0].since, EventTime{} + Period::minutes(1));
  EXPECT_EQ(again->alarms[1].alarm, "b");
}

TEST(IncidentBoard, ResolvesOnceAllHaveBeenQuietForLongEnough) {
  IncidentBoard board;
  board.on_transition(transition("a", AlarmState::kAlarm, 1), kReach);
  board.on_transition(transition("b", AlarmState::kAlarm, 1), kReach);
  board.on_transition(transition("a", AlarmState::kOk, 2), kReach);
  EXPECT_FALSE(board.next_timer());
  board.on_transition(transition("b", AlarmState::kInsufficientData, 3), kReach);
  EXPECT_EQ(board.next_timer(), EventTime{} + Period::minutes(5));
  // One that fires again in time keeps it open.
  board.on_transition(transition("a", AlarmState::kAlarm, 4), kReach);
  EXPECT_FALSE(board.next_timer());
  board.on_transition(transition("a", AlarmState::kOk, 6), kReach);
  EXPECT_FALSE(board.resolve(EventTime{} + Period::minutes(7)));
  const auto resolved = board.resolve(EventTime{} + Period::minutes(8));
  ASSERT_TRUE(resolved);
  EXPECT_EQ(resolved->opened, EventTime{} + Period::minutes(1));
  EXPECT_EQ(board.find(resolved->id), nullptr);
  EXPECT_NE(board.on_transition(transition("a", AlarmState::kAlarm, 9), kReach)->id, resolved->id);
}

TEST(SaysSomethingNew, OnlyWhereServiceCauseOrSeverityDiffer) {
  Finding before;
  before.services = {{.service = "payment", .score = 0.8}, {.service = "cart", .score = 0.2}};
  before.probable_cause = "payment: \"pool exhausted\" (first 10:03, 12 lines)";
  const struct {
    const char* what;
    void (*change)(Finding&);
    bool is_new;
  } cases[] = {
      {"nothing", [](Finding&) {}, false},
      {"more lines of the same",
       [](Finding& f) { f.probable_cause = "payment: \"pool exhausted\" (first 10:03, 99 lines)"; }, true},
      {"another second service", [](Finding& f) { f.services[1].service = "auth"; }, false},
      {"another first service", [](Finding& f) { f.services[0].service = "auth"; }, true},
      {"no service", [](Finding& f) { f.services.clear(); }, true},
      {"another cause", [](Finding& f) { f.probable_cause = "payment: disk full"; }, true},
      {"another severity", [](Finding& f) { f.severity = Severity::kCritical; }, true},
  };
  for (const auto& c : cases) {
    Finding now = before;
    c.change(now);
    EXPECT_EQ(says_something_new(before, now), c.is_new) << c.what;
  }
}

}  // namespace
}  // namespace tocsin
